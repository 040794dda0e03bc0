import { expect, test } from "vitest";
import type { Intent } from "../../src/core/model/contact.ts";
import { on, rule, rulebook, sendStep, type World, world } from "./given.ts";

/** Stories that once ended badly. */

const MIN = 60_000;
const HOUR = 60 * MIN;
const DAY = 24 * HOUR;
const OLD = "+12025550143";
const NEW = "+12025550144";

function firstIntent(w: World, key = "id:c1"): Intent {
  const [intent] = Object.values(w.contact(key).intents);
  if (intent === undefined) throw new Error("expected an intent");
  return intent;
}

test(`a text from a number the contact gave up does not make it the contact's number again`, () => {
  const w = world(rulebook([rule({ id: "code" })]));
  w.event({ event_type: "x", address: { phone: OLD } });
  w.pass(DAY);
  w.event({ event_type: "contact.updated", address: { phone: NEW } });
  w.pass(DAY);
  // A stranger who has OLD now writes; the door knows only the phone.
  w.event({ event_type: "sms.received", data: { text: "who is this?" }, address: { phone: OLD } }, `phone:${OLD}`);
  w.event({ event_type: "lead.created", contact_id: "c1" });
  expect(w.calls.map((c) => c.to)).toEqual([NEW]);
});

test("a report of a mail to the old address does not undo an address change", () => {
  const r = rule({ id: "r", steps: [sendStep("email")] });
  const w = world(rulebook([r]));
  w.event({ event_type: "x", address: { email: "old@example.com" } });
  w.pass(HOUR);
  w.event({ event_type: "contact.updated", address: { email: "new@example.com" } });
  w.pass(MIN);
  w.event({ event_type: "email.bounced", message_id: "m0", address: { email: "old@example.com" } });
  w.event({ event_type: "lead.created" });
  expect(w.calls.map((c) => c.to)).toEqual(["new@example.com"]);
});

test("an address never hands its events to a weaker one", () => {
  const w = world(rulebook([rule({ id: "r" })]));
  w.event(
    { event_type: "sms.received", data: { text: "STOP" }, address: { email: "a@example.com", phone: OLD } },
    "email:a@example.com",
  );
  expect(w.contact("email:a@example.com").pointsTo).toEqual([]);
  w.event({ event_type: "lead.created", address: { email: "a@example.com" } }, "email:a@example.com");
  const enrolled = w.records.filter((r) => r.kind === "enrolled");
  expect(enrolled).toHaveLength(1);
});

test("an enrollment is never handed round between two documents", () => {
  const w = world(rulebook([rule({ id: "r", delay: { min: { count: 1, unit: "h" }, max: { count: 1, unit: "h" } } })]));
  w.event({ event_type: "lead.created", address: { email: "a@example.com" } }, "email:a@example.com");
  expect(() =>
    w.event(
      { event_type: "sms.received", data: { text: "STOP" }, address: { email: "a@example.com", phone: OLD } },
      "email:a@example.com",
    ),
  ).not.toThrow();
});

test(`a webhook that proves a message was taken stops the repeat after a wrong "not found"`, () => {
  const w = world(rulebook([rule({ id: "r" })]));
  w.outcomes.push({ kind: "ambiguous", code: "timeout" });
  w.event({ event_type: "lead.created", address: { phone: OLD } });
  w.pass(6_000);
  const intent = firstIntent(w);
  expect(intent.state.kind).toBe("unknown");
  // freeze: not_found, then backoff; the callback arrives during the backoff
  w.deliver("id:c1", { kind: "reconciled", id: "rec", intent: intent.id, attempt: 1, outcome: { kind: "not_found" } });
  w.event({ event_type: "sms.delivered", message_id: intent.id, address: { phone: OLD } });
  w.pass(20 * MIN);
  expect(w.calls).toHaveLength(1);
});

test(`a late yes of an attempt stops the repeat after a wrong "not found"`, () => {
  const w = world(rulebook([rule({ id: "r" })]));
  w.outcomes.push({ kind: "ambiguous", code: "timeout" });
  w.event({ event_type: "lead.created", address: { phone: OLD } });
  w.pass(6_000);
  const intent = firstIntent(w);
  w.deliver("id:c1", { kind: "reconciled", id: "rec", intent: intent.id, attempt: 1, outcome: { kind: "not_found" } });
  w.deliver("id:c1", {
    kind: "result",
    id: "res",
    intent: intent.id,
    attempt: 1,
    outcome: { kind: "accepted", providerMessageId: "SM1" },
  });
  w.pass(20 * MIN);
  expect(w.calls).toHaveLength(1);
  expect(w.contact().taken, "its place in the caps is taken again").toHaveLength(1);
});

test("a blind repeat keeps the place of a message that may have been sent", () => {
  const cap = {
    max: 1,
    per: "contact",
    channel: "sms",
    class: null,
    within: { count: 24, unit: "h" },
    onExceed: "drop",
  } as const;
  const a = rule({ id: "a", steps: [sendStep("sms", { onAmbiguous: "retry" })] });
  const b = rule({ id: "b", trigger: { match: on("b"), maxAge: { count: 24, unit: "h" } } });
  const w = world(rulebook([a, b], { caps: [cap] }));
  w.outcomes.push({ kind: "ambiguous", code: "timeout" });
  w.event({ event_type: "lead.created", address: { phone: OLD } });
  w.pass(6_000);
  const intent = firstIntent(w);
  w.deliver("id:c1", { kind: "reconciled", id: "rec", intent: intent.id, attempt: 1, outcome: { kind: "impossible" } });
  w.event({ event_type: "b" });
  w.pass(HOUR);
  expect(w.calls.map((c) => c.ruleId).filter((id) => id === "b")).toEqual([]);
});

test("a cap over a year counts for a year", () => {
  const cap = {
    max: 1,
    per: "contact",
    channel: "sms",
    class: null,
    within: { count: 365, unit: "d" },
    onExceed: "drop",
  } as const;
  const w = world(rulebook([rule({ id: "a" })], { caps: [cap] }));
  w.event({ event_type: "lead.created", address: { phone: OLD } });
  w.pass(100 * DAY);
  w.event({ event_type: "x" });
  w.event({ event_type: "lead.created" });
  expect(w.calls).toHaveLength(1);
});

test("a reply that happened after the trigger but arrived before it ends the enrollment", () => {
  const w = world(
    rulebook(
      [rule({ id: "m", class: "marketing", delay: { min: { count: 1, unit: "h" }, max: { count: 1, unit: "h" } } })],
      { consent: { sms: "opt_out", email: "opt_out" } },
    ),
  );
  const t0 = new Date(w.now).toISOString();
  w.pass(MIN);
  w.event({ event_type: "sms.received", data: { text: "please no" }, address: { phone: OLD } });
  w.pass(MIN);
  w.event({ event_type: "lead.created", occurred_at: t0 });
  w.pass(2 * HOUR);
  expect(w.calls).toHaveLength(0);
});

test("message ids that are names of every object are ids like others", () => {
  const w = world(rulebook([]));
  for (const id of ["constructor", "__proto__", "toString"])
    expect(() => w.event({ event_type: "sms.delivered", message_id: id, address: { phone: OLD } })).not.toThrow();
});

test("an address that thousands of contacts claim stays a small document", () => {
  const w = world(rulebook([]));
  const key = `phone:${OLD}`;
  for (let i = 0; i < 7000; i++)
    w.deliver(key, { kind: "link", id: `l${i}`, contact: `id:${"0".repeat(32)}${i}`, number: 1 });
  expect(JSON.stringify(w.contact(key)).length).toBeLessThan(256 * 1024);
});

test("a rule that runs side by side does so fifty times at the most", () => {
  const w = world(
    rulebook([
      rule({ id: "p", reentry: "parallel", delay: { min: { count: 7, unit: "d" }, max: { count: 7, unit: "d" } } }),
    ]),
  );
  for (let i = 0; i < 500; i++) w.event({ event_type: "lead.created", data: { page: "x".repeat(200) } });
  expect(JSON.stringify(w.contact()).length).toBeLessThan(256 * 1024);
});

test("attributes that would outgrow the document are not taken in", () => {
  const w = world(rulebook([]));
  for (let i = 0; i < 300; i++)
    w.event({ event_type: "contact.updated", data: { traits: { [`k${i}`]: "x".repeat(1000) } } });
  expect(JSON.stringify(w.contact()).length).toBeLessThan(256 * 1024);
});

test("a webhook settles a call that was under way when its address was linked", () => {
  const w = world(rulebook([rule({ id: "r" })]));
  w.outcomes.push({ kind: "ambiguous", code: "timeout" });
  w.event({ event_type: "lead.created", address: { phone: OLD } }, `phone:${OLD}`);
  const intent = firstIntent(w, `phone:${OLD}`);
  w.event({ event_type: "contact.identified", contact_id: "c1", address: { phone: OLD } });
  w.event({ event_type: "sms.delivered", message_id: intent.id, address: { phone: OLD } }, `phone:${OLD}`);
  expect(firstIntent(w, `phone:${OLD}`).state.kind).toBe("accepted");
});

test("more messages that wait for the morning than a document remembers settled ones are all sent", () => {
  const window = { days: ["sat"], from: 9 * 60, to: 17 * 60, zone: "contact" } as const;
  const rules = ["one", "two"].map((id) => rule({ id, reentry: "parallel", window }));
  const w = world(rulebook(rules));
  for (let number = 0; number < 40; number += 1) w.event({ event_type: "lead.created", address: { phone: OLD } });
  expect(Object.keys(w.contact().enrollments)).toHaveLength(80);
  w.pass(DAY);
  expect(w.calls).toHaveLength(80);
  expect(w.contact().enrollments).toEqual({});
  // Of those that are settled, no more than it remembers.
  expect(Object.keys(w.contact().intents).length).toBeLessThanOrEqual(50);
});
