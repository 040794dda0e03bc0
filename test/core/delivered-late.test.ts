import { describe, expect, test } from "vitest";
import type { Contact } from "../../src/core/model/contact.ts";
import type { Input } from "../../src/core/model/decision.ts";
import type { CanonicalEvent } from "../../src/core/model/event.ts";
import { arrive, arriveAt } from "./post.ts";
import { CHANNELS, on, rule, rulebook, START, type World, world } from "./given.ts";

/** What a transport delivers again when documents have forgotten it, and their account has not. */

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const phone = "+12025550143";
const token = "bk3RNwTe3H0:CI2k_HHwgIpoDKCIZvvDMExUdFQ3P1";
const patient = { match: on("lead.created"), maxAge: { count: 30, unit: "d" } } as const;
const [sms] = CHANNELS;
const app = { ...sms, name: "app", kind: "push", provider: "fake", from: null } as const;

type Given = Partial<CanonicalEvent> & { readonly event_type: string };
type Took = readonly [key: string, input: Input];

interface Story extends World {
  /** What was delivered so far, each as it came. */
  readonly took: Took[];
}

function story(): Story {
  const channels = new Map(
    [...CHANNELS, { ...app, ratePerSecond: null, quietHours: null, price: null }].map((one) => [one.name, one]),
  );
  const w = world(rulebook([rule({ id: "r", trigger: patient, reentry: "parallel" })], { channels }));
  const took: Took[] = [];
  const deliver = w.deliver.bind(w);
  w.deliver = (key, input) => {
    const mayComeAgain = input.kind !== "wake" && input.kind !== "ticket" && input.kind !== "reconciled";
    const delivered = mayComeAgain && input.appendedAt === undefined ? { ...input, appendedAt: w.now } : input;
    if (mayComeAgain) took.push([key, delivered]);
    return deliver(key, delivered);
  };
  return Object.assign(w, { took });
}

/** Days on, everybody has decided something else, and remembers nothing of before. */
function daysPass(w: Story): void {
  w.now += 5 * DAY;
  for (const key of w.contacts.keys()) w.event({ event_type: "page.viewed", event_id: `later ${key}` }, key);
}

/** Without the ids they remember: a duplicate marks nothing, but what is left alone may. */
const known = (w: World): unknown =>
  [...w.contacts].map(([key, { seen: _ids, ...contact }]: [string, Contact]) => [key, contact]);

function comesAgain(w: Story, took: readonly Took[]): void {
  const before = [known(w), w.calls.length, w.records.length];
  for (const [key, input] of took) w.deliver(key, input);
  expect([known(w), w.calls.length, w.records.length]).toEqual(before);
}

const named = (contact_id: string, more: Partial<CanonicalEvent> = {}): Given => ({
  event_type: "contact.identified",
  contact_id,
  ...more,
});

describe("what comes again when its document has forgotten it", () => {
  test("changes nothing and starts nothing, but what was never decided is decided", () => {
    const w = story();
    w.event(named("c1", { address: { phone } }));
    w.event({ event_type: "lead.created" });
    const took = [...w.took];
    daysPass(w);
    comesAgain(w, took);
    const at = new Date(START).toISOString();
    const event = { schema_version: 1, event_id: "missed", event_type: "lead.created", occurred_at: at } as const;
    const missed: CanonicalEvent = { ...event, received_at: at, provider: "test", contact_id: "c1", data: {} };
    w.deliver("id:c1", { kind: "event", id: "test:missed", event: missed, appendedAt: START });
    expect(w.calls).toHaveLength(2);
  });

  test("is counted as the duplicate that it is", () => {
    const w = story();
    w.event({ event_type: "lead.created", event_id: "lead" });
    const took = [...w.took];
    daysPass(w);
    const reasons: unknown[] = [];
    w.witness = ({ decision }) => reasons.push(...decision.records.map(({ event, reason }) => [event, reason]));
    comesAgain(w, took);
    expect(reasons).toEqual([["lead", "event.duplicate"]]);
  });

  test("is no question while the document remembers", () => {
    const w = story();
    w.event({ event_type: "lead.created", event_id: "lead" });
    w.now += 2 * DAY;
    w.event({ event_type: "page.viewed" });
    let asked = 0;
    w.witness = ({ answers }) => (asked += answers.size);
    comesAgain(w, w.took.slice(0, 1));
    expect(asked).toBe(0);
  });

  test("does not take a device away that was given back since", () => {
    const w = story();
    const device = { address: { push: token } };
    w.event(named("c1", device));
    w.event(named("c2", device), "id:c2");
    w.event(named("c1", device));
    const took = [...w.took];
    daysPass(w);
    comesAgain(w, took);
    expect(w.contact().addresses.push?.address).toBe(token);
  });

  test("does not hand over a second time what has passed through a contact that was merged", () => {
    const w = story();
    w.mail = [];
    w.event({ event_type: "lead.created", address: { phone } }, `phone:${phone}`);
    w.event(named("c2", { address: { phone } }), "id:c2");
    w.event({ event_type: "contact.merged", data: { from: "c2" } });
    // What the address hands over is on its way when its contact becomes another one.
    arriveAt(w, `phone:${phone}`);
    arrive(w);
    w.mail = null;
    expect(w.took.filter(([, { kind }]) => kind === "handover").length).toBeGreaterThan(2);
    const took = [...w.took];
    daysPass(w);
    comesAgain(w, took);
  });

  test("is not about whoever began again under the name of somebody who was erased", () => {
    const w = story();
    w.event(named("c2"), "id:c2");
    w.event({ event_type: "contact.merged", data: { from: "c2" } });
    const took = [...w.took];
    w.now += HOUR;
    w.event({ event_type: "contact.erased" });
    w.now += HOUR;
    w.event(named("c2"), "id:c2");
    daysPass(w);
    w.accounts.clear();
    const merges = took.filter(([, { kind }]) => kind === "merge");
    expect(merges).toHaveLength(1);
    comesAgain(w, merges);
    expect(w.contact("id:c2").pointsTo).toEqual([]);
  });
});
