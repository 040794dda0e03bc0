import fc from "fast-check";
import { expect, test } from "vitest";
import { decide, deliberate } from "../../src/core/decide.ts";
import type { SendOutcome } from "../../src/core/model/outgoing.ts";
import type { Rule } from "../../src/core/model/rulebook.ts";
import { branch, emit, flow, hold, send, tag, wait, waitFor, waitUntil } from "./flow.ts";
import { CHANNELS, type Decided, on, rule, rulebook, type World, world } from "./given.ts";
import { faceAt } from "./time/wall-clock.ts";

/**
 * Random lives of contacts under rules that use most of the language, and what must hold of every one of them. A life is
 * days of many decisions, so a few dozen take some seconds.
 */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const ZONES = { c1: "America/New_York", c2: "Asia/Kathmandu", c3: "Australia/Lord_Howe" } as const;
type Who = keyof typeof ZONES;

const trigger = (event: string): Rule["trigger"] => ({ match: on(event), maxAge: { count: 24, unit: "h" } });
const RULES = rulebook(
  [
    rule({
      id: "promo",
      class: "marketing",
      reentry: { policy: "parallel", cooldown: null },
      holdout: 0.5,
      goal: { match: on("order"), within: { count: 2, unit: "d" }, value: null },
      stopOn: [{ match: on("order"), same: null }],
      steps: flow(send(["sms", "email"], { onFailure: [send("sales")] }), wait(3, "h"), send("email")),
    }),
    rule({
      id: "office",
      window: { days: ["mon", "tue", "wed", "thu", "fri"], from: 9 * 60 + 15, to: 17 * 60, zone: "contact" },
      reentry: "restart",
      steps: flow(
        branch({ odd: [tag("tag", "odd")] }, [emit("even")]),
        send("sms"),
        waitFor({ match: on("clicked"), timeout: { count: 1, unit: "d" }, then: [send("sales")] }),
        waitUntil(10 * 60),
        send("email", { content: { subject: "Hello", text: "hello", html: "<p>hello</p>" } }),
      ),
    }),
    rule({ id: "hush", trigger: trigger("ticket"), steps: flow(hold({ kind: "class", class: "marketing" }, 1, "d")) }),
    rule({
      id: "even",
      trigger: trigger("even"),
      steps: flow(send("email", { content: { subject: "Even", text: "hello" } })),
    }),
  ],
  {
    consent: { sms: "opt_out" },
    channels: new Map(
      CHANNELS.map((channel) => [channel.name, { ...channel, quietHours: { from: 21 * 60, to: 8 * 60 } }]),
    ),
    caps: [
      { max: 2, per: "contact", channel: "sms", class: null, within: { count: 24, unit: "h" }, onExceed: "defer" },
      {
        max: 1,
        per: "contact",
        channel: "email",
        class: "marketing",
        within: { kind: "calendar", unit: "day", zone: "contact" },
        onExceed: "drop",
      },
      { max: 2, per: "workspace", channel: null, class: null, within: { count: 2, unit: "h" }, onExceed: "defer" },
    ],
  },
);

const outcome: fc.Arbitrary<SendOutcome> = fc.oneof(
  { weight: 6, arbitrary: fc.constant({ kind: "accepted", providerMessageId: null } as const) },
  { weight: 1, arbitrary: fc.constant({ kind: "retryable", code: "503", afterMs: null } as const) },
  { weight: 1, arbitrary: fc.constant({ kind: "rejected", code: "400", class: "other" } as const) },
  { weight: 1, arbitrary: fc.constant({ kind: "ambiguous", code: "timeout" } as const) },
);
const happening = fc.record({
  after: fc.oneof(
    fc.constant(0),
    fc.integer({ min: 0, max: 12 * 60 }).map((minutes) => minutes * MINUTE),
  ),
  who: fc.constantFrom<Who>("c1", "c2", "c3"),
  type: fc.oneof(
    { weight: 5, arbitrary: fc.constant("lead.created") },
    {
      weight: 5,
      arbitrary: fc.constantFrom("clicked", "order", "ticket", "sms.opted_out", "sms.opted_in", "email.replied"),
    },
  ),
  lateBy: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: HOUR })),
});
const life = fc.record({
  happenings: fc.array(happening, { minLength: 1, maxLength: 25 }),
  outcomes: fc.array(outcome, { maxLength: 30 }),
});
type Life = typeof life extends fc.Arbitrary<infer One> ? One : never;

function live({ happenings, outcomes }: Life, witness: World["witness"] = null): World {
  const w = world(RULES);
  w.witness = witness;
  w.outcomes.push(...outcomes);
  w.reconciliation = { kind: "impossible" };
  w.conditions["odd"] = ({ facts }) => JSON.stringify(facts["event"]).length % 2 === 1;
  happenings.forEach(({ after, who, type, lateBy }) => {
    w.pass(after);
    const occurred_at = new Date(w.now - lateBy).toISOString();
    const address = { phone: `+1202555014${who.slice(1)}`, email: `${who}@example.com` };
    w.event({ event_type: "contact.identified", address, data: { traits: { time_zone: ZONES[who] } } }, `id:${who}`);
    w.event({ event_type: type, address, occurred_at }, `id:${who}`);
  });
  w.pass(5 * 24 * HOUR);
  return w;
}

interface Began {
  readonly at: number;
  readonly who: Who;
  readonly rule: string;
  readonly channel: string;
  readonly attempt: number;
  /** False when it surely was not sent. */
  readonly counts: boolean;
}

/** Every call, with what came of it, from the account of what happened. */
function callsOf(w: World): readonly Began[] {
  return w.calls.map(({ intentId, attempt, ruleId, channel, contactId }, index) => {
    const results = w.records.filter(({ intent, detail }) => intent === intentId && detail?.["attempt"] === attempt);
    const counts = results.some(({ reason }) => reason === "sent" || reason === "provider.unknown");
    const who = contactId === "c1" || contactId === "c2" || contactId === "c3" ? contactId : "c1";
    return { at: w.callTimes[index] ?? Number.NaN, who, rule: ruleId, channel, attempt, counts };
  });
}

const minuteOf = (moment: number, who: Who): number => Math.floor(faceAt(moment, ZONES[who]) / MINUTE) % 1_440;
const marketing = ({ rule: id }: Began): boolean => id === "promo";

test("every life keeps to caps, hours, arms and silence, as a naive recount sees them", () => {
  let sends = 0;
  fc.assert(
    fc.property(life, (each) => {
      const w = live(each);
      const calls = callsOf(w).filter(({ channel }) => channel !== "sales");
      sends += calls.length;
      const sent = callsOf(w).filter(({ counts }) => counts);
      for (const who of ["c1", "c2", "c3"] as const) {
        const texts = sent.filter((one) => one.who === who && one.channel === "sms");
        for (const { at } of texts) {
          const inside = texts.filter((other) => other.at <= at && other.at > at - 24 * HOUR);
          expect(inside.length).toBeLessThanOrEqual(2);
        }
        const days = sent
          .filter((one) => one.who === who && one.channel === "email" && marketing(one))
          .map(({ at }) => Math.floor(faceAt(at, ZONES[who]) / (24 * HOUR)));
        expect(new Set(days).size).toBe(days.length);
      }
      // Counted by all workers together: once for all attempts, when the first begins, and not given back.
      const begun = callsOf(w).filter(({ attempt }) => attempt === 1);
      for (const { at } of begun) {
        const inside = begun.filter((other) => other.at <= at && other.at > at - 2 * HOUR);
        expect(inside.length).toBeLessThanOrEqual(2);
      }
      for (const call of calls) {
        const minute = minuteOf(call.at, call.who);
        if (marketing(call)) expect(minute >= 8 * 60 && minute < 21 * 60).toBe(true);
        if (call.rule !== "office") continue;
        const weekday = new Date(faceAt(call.at, ZONES[call.who])).getUTCDay();
        expect(weekday > 0 && weekday < 6 && minute >= 9 * 60 + 15 && minute < 17 * 60).toBe(true);
      }
      const held = w.records.filter(({ kind, detail }) => kind === "enrolled" && detail?.["arm"] === "holdout");
      const heldOut = new Set(held.flatMap(({ enrollment }) => enrollment ?? []));
      const spoke = w.records.filter(({ reason, enrollment }) => reason === "sent" && heldOut.has(enrollment ?? ""));
      expect(spoke).toEqual([]);
    }),
    { numRuns: 40 },
  );
  expect(sends).toBeGreaterThan(100);
});

test("a life that is lived again is the same to the letter, and survives being written down at every step", () => {
  fc.assert(
    fc.property(life, (each) => {
      const [once, again] = [live(each), live(each)];
      expect(again.records).toEqual(once.records);
      for (const [key, contact] of once.contacts) {
        expect(again.contacts.get(key)).toEqual(contact);
        expect(JSON.parse(JSON.stringify(contact))).toEqual(contact);
      }
    }),
    { numRuns: 15 },
  );
});

test("every life comes to rest, with nothing left that waits for no moment", () => {
  fc.assert(
    fc.property(life, (each) => {
      const w = live(each);
      w.pass(40 * 24 * HOUR);
      for (const contact of w.contacts.values()) {
        expect(contact.enrollments).toEqual({});
        const open = Object.values(contact.intents).filter(
          ({ state }) => state.kind === "queued" || state.kind === "deferred",
        );
        expect(open).toEqual([]);
      }
    }),
    { numRuns: 15 },
  );
});

test("no wake-up leaves its contact due at once, not even where newer rules were deployed elsewhere", () => {
  const hurried = (each: Rule): Rule => ({ ...each, expires: { count: 3, unit: "h" } });
  const newest = rulebook([...RULES.rules.values()].map(hurried), RULES.workspace);
  let late = 0;
  fc.assert(
    fc.property(life, ({ happenings, outcomes }) => {
      const w = world(newest);
      w.outdated = true;
      w.outcomes.push(...outcomes);
      w.witness = ({ contact, input, now, decision }) => {
        if (input.kind !== "wake" || "ask" in decision || decision.wakeAt === null) return;
        expect(decision.wakeAt).toBeGreaterThan(now);
        if (Object.values(contact.enrollments).some(({ expiresAt }) => expiresAt <= now)) late += 1;
      };
      for (const { who, type, after } of happenings) {
        w.rules = newest;
        w.event({ event_type: type, address: { phone: `+1202555014${who.slice(1)}` } }, `id:${who}`);
        w.rules = rulebook([], RULES.workspace);
        w.pass(after);
      }
    }),
    { numRuns: 15 },
  );
  expect(late).toBeGreaterThan(0);
});

/** As the runtime decides: each answer as soon as it is asked for. */
function deliberated({ contact, input, answers, now }: Omit<Decided, "decision">): Decided["decision"] {
  const deliberation = deliberate(RULES, contact, input, now);
  let step = deliberation.next();
  while (!step.done) {
    const answer = answers.get(step.value.id);
    if (answer === undefined) throw new Error(`nobody has answered ${step.value.id}`);
    step = deliberation.next(answer);
  }
  return step.value;
}

test("every decision of every life is the same whatever answers are there first, and asks for nothing but the others", () => {
  let several = 0;
  fc.assert(
    fc.property(life, fc.infiniteStream(fc.nat()), (each, draws) => {
      const draw = (below: number): number => Number(draws.next().value) % below;
      live(each, ({ contact, input, answers, now, decision }) => {
        const shuffled = [...answers].map((answer) => ({ answer, at: draw(1_000) })).sort((a, b) => a.at - b.at);
        if (shuffled.length > 1) several += 1;
        const known = new Map(shuffled.slice(draw(shuffled.length + 1)).map(({ answer }) => answer));
        const before = JSON.stringify(contact);
        for (;;) {
          const again = decide(RULES, contact, input, known, now);
          expect(JSON.stringify(contact), "what a decision is given stays as it was").toBe(before);
          if (!("ask" in again)) {
            expect(again).toEqual(decision);
            return expect(deliberated({ contact, input, answers, now })).toEqual(decision);
          }
          for (const { id } of again.ask) {
            expect(known.has(id)).toBe(false);
            const answer = answers.get(id);
            expect(answer).toBeDefined();
            if (answer !== undefined) known.set(id, answer);
          }
        }
      });
    }),
    { numRuns: 15 },
  );
  expect(several).toBeGreaterThan(50);
});
