import { describe, expect, it } from "vitest";
import type { OutgoingMessage, SendOutcome } from "../../src/core/model/outgoing.ts";
import type { Workspace } from "../../src/core/model/rulebook.ts";
import { createLog } from "../../src/observe/log.ts";
import { type Alert, MOST_IN_HOUR } from "../../src/runtime/alert-book.ts";
import { ALERTS_KEY, createAlerts } from "../../src/runtime/alerts.ts";
import { createPauses } from "../../src/runtime/pauses.ts";
import { type TroubleParts, watchTrouble } from "../../src/runtime/watch-trouble.ts";
import { openMemoryStore } from "../../src/store/memory.ts";
import { rule, rulebook } from "../core/given.ts";
import { virtualClock } from "../support/virtual-clock.ts";
import { deployedOf, fakeProvider } from "./fake-deployment.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

interface Given {
  readonly alerts?: Workspace["alerts"];
  readonly owner?: string;
  readonly answer?: () => SendOutcome | Promise<SendOutcome>;
}

function house({ alerts = { channel: "sales", to: null }, owner, answer }: Given = {}) {
  const clock = virtualClock();
  const store = openMemoryStore({ clock });
  const sent: OutgoingMessage[] = [];
  const printed: string[] = [];
  const log = createLog({ write: (line) => void printed.push(line) });
  const provider = fakeProvider({
    async send(message) {
      sent.push(message);
      return answer?.() ?? { kind: "accepted", providerMessageId: null };
    },
  });
  const welcome = rule({ id: "welcome", owner: owner ?? null });
  const deployed = deployedOf(rulebook([welcome], { alerts }), provider);
  const outcomes: string[] = [];
  const metrics = { alerted: (kind: string, outcome: string) => void outcomes.push(`${kind} ${outcome}`) };
  const open = () => createAlerts({ store, clock, log, metrics, deployed: () => deployed });
  return { clock, store, sent, printed, outcomes, log, open, desk: open() };
}

const givenUp = (fields: Partial<Alert> = {}): Alert => ({
  kind: "retries_exhausted",
  about: "welcome",
  rule: "welcome",
  says: "a message of the rule welcome was given up after all its tries",
  times: 1,
  repeats: false,
  ...fields,
});

describe("an alert", () => {
  it("is told once an hour for each cause, with how often it happened", async () => {
    const { clock, desk, sent } = house();
    for (let minute = 0; minute < 130; minute += 1) {
      await desk.raise([givenUp()]);
      await desk.tellDue();
      await clock.pass(MINUTE);
    }
    expect(sent.map(({ content }) => /\((\d+) times/.exec(content["text"] ?? "")?.[1] ?? "once")).toEqual([
      "once",
      "60",
      "60",
    ]);
    expect(sent[0]).toMatchObject({ channel: "sales", kind: "slack", to: null, attempt: 1 });
    expect(sent[0]?.content["text"]).toBe(
      "Heed (acme): a message of the rule welcome was given up after all its tries. See them with `heed dlq list`; `heed dlq replay` tries them again.",
    );
    expect(new Set(sent.map(({ intentId }) => intentId)).size).toBe(3);
  });

  it("tells the rest of its hour although nothing more happens", async () => {
    const { clock, desk, sent } = house();
    await desk.raise([givenUp()]);
    await desk.tellDue();
    await desk.raise([givenUp({ times: 7 })]);
    await clock.pass(HOUR - 1);
    await desk.tellDue();
    expect(sent).toHaveLength(1);
    await clock.pass(1);
    await desk.tellDue();
    expect(sent[1]?.content["text"]).toContain("(7 times since");
  });

  it("of a state that lasts comes again each hour, or never, as it says", async () => {
    const { clock, desk, sent } = house();
    const lasting = [
      givenUp({ kind: "lane_stopped", about: "sms", times: 0, repeats: true }),
      givenUp({ kind: "self_paused", times: 0 }),
    ];
    for (let minute = 0; minute < 125; minute += 1) {
      await desk.raise(lasting);
      await desk.tellDue();
      await clock.pass(MINUTE);
    }
    expect(sent.map(({ content }) => content["subject"])).toEqual([
      "Heed (acme): lane stopped, sms",
      "Heed (acme): self paused, welcome",
      "Heed (acme): lane stopped, sms",
      "Heed (acme): lane stopped, sms",
    ]);
  });

  it("is told by one process alone, and by another when that one dies before it could", async () => {
    const { open, sent } = house();
    await open().raise([givenUp()]);
    await Promise.all([open().tellDue(), open().tellDue(), open().tellDue()]);
    expect(sent).toHaveLength(1);
    let isDying = true;
    const dying = house({
      answer: () => (isDying ? new Promise(() => undefined) : { kind: "accepted", providerMessageId: null }),
    });
    await dying.desk.raise([givenUp()]);
    void dying.desk.tellDue();
    await dying.clock.pass(MINUTE - 1);
    isDying = false;
    await dying.open().tellDue();
    expect(dying.sent).toHaveLength(1);
    await dying.clock.pass(1);
    await dying.open().tellDue();
    expect(dying.sent).toHaveLength(2);
  });

  it("is tried five times and no more within the hour while its provider is down, and is written down", async () => {
    const { clock, store, desk, sent, outcomes, printed } = house({
      answer: () => ({ kind: "retryable", code: "http_503", afterMs: null }),
    });
    for (let minute = 0; minute < 59; minute += 1) {
      await desk.raise([givenUp()]);
      await desk.tellDue();
      await clock.pass(MINUTE);
    }
    expect(sent.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4, 5]);
    expect(outcomes).toEqual(Array.from({ length: 5 }, () => "retries_exhausted retryable"));
    expect(printed.join("")).toContain("could not tell of trouble");
    const lines = await store.history(ALERTS_KEY, { limit: 10 });
    expect(lines.map(({ body }) => JSON.parse(new TextDecoder().decode(body)))).toMatchObject([
      {
        kind: "command",
        rule: "welcome",
        detail: { command: "alert", actor: "heed", outcome: "retryable", channel: "sales" },
      },
    ]);
  });

  it("is never one of a flood, however many causes there are", async () => {
    const { clock, desk, sent, outcomes } = house();
    const many = Array.from({ length: 200 }, (_, index) => givenUp({ about: `rule-${index}`, rule: `rule-${index}` }));
    for (let look = 0; look < 5; look += 1) {
      await desk.raise(many);
      await desk.tellDue();
      await clock.pass(MINUTE);
    }
    expect(sent).toHaveLength(MOST_IN_HOUR);
    expect(outcomes.filter((outcome) => outcome.endsWith("held_back"))).toHaveLength(200 - MOST_IN_HOUR);
  });

  it("goes to the rule's owner, too, by a channel of that name or an address", async () => {
    const owned = house({ alerts: { channel: "sales", to: null }, owner: "sales-ops" });
    await owned.desk.raise([givenUp()]);
    await owned.desk.tellDue();
    expect(owned.sent.map(({ content }) => content["text"])).toEqual([
      expect.stringContaining("It is a rule of sales-ops."),
    ]);
    const mailed = house({ alerts: { channel: "email", to: "on-call@acme.example" }, owner: "ana@acme.example" });
    await mailed.desk.raise([givenUp()]);
    await mailed.desk.tellDue();
    expect(mailed.sent.map(({ kind, to }) => [kind, to])).toEqual([
      ["email", "on-call@acme.example"],
      ["email", "ana@acme.example"],
    ]);
  });
});

describe("who looks for trouble", () => {
  async function watched() {
    const place = house();
    const pauses = createPauses(place.store, place.clock);
    let stopped: readonly string[] = [];
    const begin = (otherwise: Partial<Pick<TroubleParts, "clock" | "store">> = {}) =>
      watchTrouble({
        ...place,
        ...otherwise,
        alerts: place.open(),
        pauses,
        stoppedChannels: () => stopped,
        isFirst: () => true,
        isWanted: () => true,
        onLook: async () => undefined,
      });
    const bury = (id: string, body: object) =>
      place.store.commit({
        key: `id:${id}`,
        base: "new",
        body: Buffer.from("{}"),
        wakeAt: null,
        emit: [{ lane: "dead", key: `id:${id}`, id, body: Buffer.from(JSON.stringify(body)) }],
      });
    const letter = (intent: string) => ({ reason: "provider.failed", intent, attempt: 3, enrollment: null });
    return { ...place, pauses, begin, bury, letter, stop: (channels: readonly string[]) => void (stopped = channels) };
  }

  it("tells of each dead letter once, also after a restart, and of none that lay there before the first look", async () => {
    const { clock, begin, bury, letter, sent } = await watched();
    await bury("old", letter("i0"));
    const first = begin();
    await clock.pass(20_000);
    expect(sent).toEqual([]);
    await bury("a", letter("i1"));
    await bury("b", letter("i2"));
    await bury("c", { some: "noise" });
    await clock.pass(20_000);
    expect(sent.map(({ content }) => content["subject"])).toEqual([
      "Heed (acme): retries exhausted, unknown",
      "Heed (acme): dead letters, unreadable",
    ]);
    expect(sent[0]?.content["text"]).toContain("(2 times since");
    await first.stop();
    const second = begin();
    await clock.pass(3 * HOUR);
    expect(sent).toHaveLength(2);
    await second.stop();
  });

  it("tells of a clock that was set, by how much, and of one that is apart from the store's", async () => {
    const { clock, store, begin, sent } = await watched();
    let offMs = 0;
    const machine = { ...clock, now: () => clock.now() + offMs };
    const watch = begin({ clock: machine, store: { ...store, traits: { ...store.traits, shared: true } } });
    const texts = () => sent.map(({ content }) => content["text"]?.split(".")[0]);
    await clock.pass(20_000);
    offMs = -3_000;
    await clock.pass(10 * MINUTE);
    expect(texts()).toEqual([]);
    offMs = 57_000;
    await clock.pass(20_000);
    expect(texts()).toEqual(["Heed (acme): the clock of a machine was set forward by 60 seconds"]);
    await clock.pass(6 * MINUTE);
    expect(texts()[1]).toBe("Heed (acme): the clock of a machine is 57 seconds ahead of the store's");
    offMs = -63_000;
    await clock.pass(HOUR);
    expect(texts()).toContain("Heed (acme): the clock of a machine was set back by 120 seconds");
    expect(texts()).toContain("Heed (acme): the clock of a machine is 63 seconds behind the store's");
    await watch.stop();
  });

  it("tells of rules that paused themselves, and of lanes that stopped", async () => {
    const { clock, begin, pauses, stop, sent } = await watched();
    const watch = begin();
    await pauses.pause({
      target: "rule:welcome",
      reason: "self_paused",
      since: clock.now(),
      until: null,
      note: "too many bounces",
    });
    await pauses.pause({ target: "all", reason: "paused", since: clock.now(), until: null, note: "a person's own" });
    stop(["sms"]);
    await clock.pass(30_000);
    expect(sent.map(({ content }) => content["subject"]).toSorted()).toEqual([
      "Heed (acme): lane stopped, sms",
      "Heed (acme): self paused, welcome",
    ]);
    expect(sent.some(({ content }) => content["text"]?.includes("too many bounces"))).toBe(true);
    await watch.stop();
  });
});
