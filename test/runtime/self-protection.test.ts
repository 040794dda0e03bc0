import { PassThrough } from "node:stream";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type HourFigures, noFigures, type RuleFigures } from "../../src/ledger/figures.ts";
import { createLog } from "../../src/observe/log.ts";
import { keepForecast } from "../../src/runtime/forecasts.ts";
import { createPauses } from "../../src/runtime/pauses.ts";
import { protectRules } from "../../src/runtime/self-protection.ts";
import { judgeFigures, LEAST, type ProtectionLimits, type Trip } from "../../src/runtime/self-protection-judgement.ts";
import { openMemoryStore } from "../../src/store/memory.ts";
import type { Store } from "../../src/store/store.ts";
import { virtualClock } from "../support/virtual-clock.ts";

const HOUR = 3_600_000;
const now = Date.parse("2026-03-06T19:30:00Z");
const hour = Math.floor(now / HOUR);
const limits: ProtectionLimits = { rateFactor: 10, optOutRate: 0.05, bounceRate: 0.1, errorRate: 0.2 };

/** Figures by how many hours ago. */
function figures(ago: Readonly<Record<number, HourFigures>>, at = hour): RuleFigures {
  return { ...noFigures, hours: Object.fromEntries(Object.entries(ago).map(([h, f]) => [at - Number(h), f])) };
}

function everyHour(sent: number, hours: number): Readonly<Record<number, HourFigures>> {
  return Object.fromEntries(Array.from({ length: hours }, (_, index) => [index + 1, { sent }]));
}

const tripsOf = (known: RuleFigures, by = limits): readonly Trip[] =>
  judgeFigures(known, by, now).map(({ trip }) => trip);

describe("what leaves its band", () => {
  it("is a rate of more than the factor times its mean", () => {
    expect(tripsOf(figures({ ...everyHour(20, 168), 0: { sent: 200 } }))).toEqual([]);
    expect(tripsOf(figures({ ...everyHour(20, 168), 0: { sent: 201 } }))).toEqual(["rate"]);
    expect(judgeFigures(figures({ ...everyHour(20, 168), 0: { sent: 201 } }), limits, now)[0]?.note).toBe(
      "201 messages in this hour, and 20 an hour over the last 7 days: more than self_protection.rate_factor allows (10)",
    );
  });

  it("is no burst of a rule that speaks once a day, and is one of twice as much", () => {
    const daily = Object.fromEntries([24, 48, 72, 96].map((h) => [h, { sent: 1_000 }]));
    expect(tripsOf(figures({ ...daily, 0: { sent: 1_300 } }))).toEqual([]);
    expect(tripsOf(figures({ ...daily, 0: { sent: 2_001 } }))).toEqual(["rate"]);
  });

  it("is nothing of a rule that is younger than a day: its first day has a limit of its own", () => {
    expect(tripsOf(figures({ ...everyHour(1, LEAST.hoursKnown - 1), 0: { sent: 900 } }))).toEqual([]);
    expect(tripsOf(figures({ ...everyHour(1, LEAST.hoursKnown), 0: { sent: 900 } }))).toEqual(["rate"]);
  });

  it("is a share beyond its limit of the last 24 hours, and of no earlier ones", () => {
    expect(tripsOf(figures({ 3: { sent: 100, optedOut: 5, bounced: 10, failed: 20 } }))).toEqual([]);
    expect(tripsOf(figures({ 3: { sent: 100, optedOut: 6 } }))).toEqual(["opt_outs"]);
    expect(tripsOf(figures({ 3: { sent: 100 }, 23: { bounced: 11 } }))).toEqual(["bounces"]);
    expect(tripsOf(figures({ 3: { sent: 100 }, 24: { bounced: 11 } }))).toEqual([]);
    expect(tripsOf(figures({ 3: { sent: 40, failed: 11 } }))).toEqual(["errors"]);
  });

  it("is nothing where heed.yaml sets no limit", () => {
    const none: ProtectionLimits = { rateFactor: null, optOutRate: null, bounceRate: null, errorRate: null };
    const all = figures({ ...everyHour(1, 168), 0: { sent: 9_000, optedOut: 900, bounced: 910, failed: 9_000 } });
    expect(tripsOf(all, none)).toEqual([]);
    expect(tripsOf(all)).toEqual(["rate", "opt_outs", "bounces", "errors"]);
  });

  const counts = fc.record({
    sent: fc.nat(300),
    failed: fc.nat(80),
    bounced: fc.nat(60),
    optedOut: fc.nat(60),
  });
  const weeks = fc.dictionary(fc.integer({ min: 0, max: 200 }).map(String), counts, { maxKeys: 40 });

  it("never trips below the least counts, whatever the limits", () => {
    const few = fc.dictionary(
      fc.integer({ min: 0, max: 200 }).map(String),
      fc.record({ sent: fc.constant(2), failed: fc.nat(3), bounced: fc.nat(60), optedOut: fc.nat(60) }),
      { maxKeys: 9 },
    );
    const strict: ProtectionLimits = { rateFactor: 2, optOutRate: 0, bounceRate: 0, errorRate: 0 };
    fc.assert(
      fc.property(few, (ago) => {
        expect(tripsOf(figures(ago), strict)).toEqual([]);
      }),
    );
    fc.assert(
      fc.property(weeks, (ago) => {
        const mild = Object.fromEntries(
          Object.entries(ago).map(([h, f]) => [h, { sent: Math.min(f.sent, LEAST.sentInHour - 1) }]),
        );
        expect(tripsOf(figures(mild), strict)).toEqual([]);
      }),
    );
  });

  it("stays beyond its limit with more of the same", () => {
    const more: Readonly<Record<Exclude<Trip, "forecast">, HourFigures>> = {
      rate: { sent: 50 },
      opt_outs: { optedOut: 5 },
      bounces: { bounced: 5 },
      errors: { failed: 5 },
    };
    fc.assert(
      fc.property(
        weeks,
        fc.constantFrom<Exclude<Trip, "forecast">>("rate", "opt_outs", "bounces", "errors"),
        (ago, trip) => {
          const added = more[trip];
          const last: HourFigures = ago["0"] ?? {};
          const now0: HourFigures = {
            sent: (last.sent ?? 0) + (added.sent ?? 0),
            failed: (last.failed ?? 0) + (added.failed ?? 0),
            bounced: (last.bounced ?? 0) + (added.bounced ?? 0),
            optedOut: (last.optedOut ?? 0) + (added.optedOut ?? 0),
          };
          if (tripsOf(figures(ago)).includes(trip)) expect(tripsOf(figures({ ...ago, 0: now0 }))).toContain(trip);
        },
      ),
      { numRuns: 500 },
    );
  });
});

function protectedRules() {
  const clock = virtualClock(now);
  const store = openMemoryStore({ clock });
  const pauses = createPauses(store, clock);
  const log = createLog(new PassThrough());
  const begin = () => protectRules({ store, clock, log, pauses, limits: () => limits });
  const at = () => Math.floor(clock.now() / HOUR);
  return {
    clock,
    store,
    pauses,
    begin,
    bounced: () => new Map([["welcome", figures({ 0: { sent: 100, bounced: 30 } }, at())]]),
    fine: () => new Map([["welcome", figures({ 0: { sent: 100 } }, at())]]),
    both: () => new Map([["welcome", figures({ 0: { sent: 100, bounced: 30, optedOut: 9 } }, at())]]),
  };
}

describe("a rule that says more than its plan expects", () => {
  /** A release of now, whose plan expects forty messages a day through a channel that sent 1,000 before. */
  async function released(number: number, store: Store, at: number): Promise<void> {
    const perDay = { value: 40, low: 30, high: 50 };
    await keepForecast(
      store,
      { number, at },
      { plan: "f".repeat(64), rules: [{ rule: "welcome", channel: "sms", perDay, week: null }] },
    );
  }
  const sent = (count: number, rule = "welcome"): ReadonlyMap<string, RuleFigures> => {
    const channel = {
      sent: count,
      statuses: {},
      replied: 0,
      optedOut: 0,
      rejected: 0,
      failed: 0,
      parked: 0,
      cost: {},
      converted: 0,
      value: 0,
    };
    return new Map([[rule, { ...noFigures, channels: { sms: channel } }]]);
  };

  it("pauses itself after the first minutes, and names plan and numbers; others are free", async () => {
    const { clock, store, begin, pauses } = protectedRules();
    await released(3, store, clock.now());
    await clock.pass(9 * 60_000);
    await begin()(sent(5_000));
    expect(await pauses.list()).toEqual([]);
    await clock.pass(51 * 60_000);
    await begin()(sent(38));
    await begin()(sent(5_000, "other"));
    expect(await pauses.list()).toEqual([]);
    await begin()(sent(90));
    expect(await pauses.list()).toMatchObject([
      {
        target: "rule:welcome",
        reason: "self_paused",
        note: "90 messages through sms in 60 minutes since release 3, where its plan ffffffffffff expects about 1.7 and 0 to 38 would be no surprise",
      },
    ]);
  });

  it("goes on for all of the release when a person let it, and is held to the plan of the next one", async () => {
    const { clock, store, begin, pauses } = protectedRules();
    await released(3, store, clock.now());
    await clock.pass(HOUR);
    await begin()(sent(90));
    await pauses.resume("rule:welcome", "olga", "a campaign");
    await begin()(sent(200));
    await clock.pass(30 * HOUR);
    await begin()(sent(900));
    expect(await pauses.list()).toEqual([]);
    await released(4, store, clock.now());
    await clock.pass(HOUR);
    await begin()(sent(1_000));
    expect(await pauses.list()).toHaveLength(1);
  });

  it("is not paused by a plan of a release that was replaced, or that could not tell, nor after its first week", async () => {
    const { clock, store, begin, pauses } = protectedRules();
    await released(3, store, clock.now());
    await keepForecast(store, { number: 4, at: clock.now() }, null);
    await clock.pass(HOUR);
    await begin()(sent(5_000));
    const unknown = { rule: "welcome", channel: "sms", perDay: null, week: null };
    await keepForecast(store, { number: 5, at: clock.now() }, { plan: "p", rules: [unknown] });
    await clock.pass(HOUR);
    await begin()(sent(9_000));
    await released(6, store, clock.now());
    await clock.pass(8 * 24 * HOUR);
    await begin()(sent(99_000));
    expect(await pauses.list()).toEqual([]);
  });
});

describe("a rule that leaves its band", () => {
  it("pauses itself and says why; others go on", async () => {
    const { begin, bounced, pauses } = protectedRules();
    await begin()(new Map([...bounced(), ["other", figures({ 0: { sent: 500 } })]]));
    expect(await pauses.list()).toMatchObject([
      {
        target: "rule:welcome",
        reason: "self_paused",
        until: null,
        note: "of 100 messages in the last 24 hours, 30 bounced: more than self_protection.bounce_rate allows (10%)",
      },
    ]);
  });

  it("is trusted for a day when a person has let it go on, also by the process that comes next", async () => {
    const { clock, begin, bounced, pauses } = protectedRules();
    await begin()(bounced());
    await pauses.resume("rule:welcome");
    await begin()(bounced());
    expect(await pauses.list()).toEqual([]);
    await clock.pass(24 * HOUR - 1);
    await begin()(bounced());
    expect(await pauses.list()).toEqual([]);
    await clock.pass(1);
    await begin()(bounced());
    expect(await pauses.list()).toHaveLength(1);
  });

  it("pauses for another cause all the same", async () => {
    const { begin, bounced, both, pauses } = protectedRules();
    const protect = begin();
    await protect(bounced());
    await pauses.resume("rule:welcome");
    await protect(both());
    expect(await pauses.list()).toMatchObject([{ note: expect.stringContaining("9 opted out: ") }]);
  });

  it("is trusted from when it was let go on, although all was well then", async () => {
    const { clock, begin, bounced, fine, pauses } = protectedRules();
    const protect = begin();
    await protect(bounced());
    await pauses.resume("rule:welcome");
    await protect(fine());
    await clock.pass(25 * HOUR);
    await protect(bounced());
    expect(await pauses.list()).toHaveLength(1);
  });

  it("leaves a person's pause as it is, and takes its end for no trust", async () => {
    const { clock, begin, bounced, pauses } = protectedRules();
    const protect = begin();
    await pauses.pause({ target: "rule:welcome", reason: "paused", since: clock.now(), until: null, note: "by hand" });
    await protect(bounced());
    expect(await pauses.list()).toMatchObject([{ reason: "paused", note: "by hand" }]);
    await pauses.resume("rule:welcome");
    await protect(bounced());
    expect(await pauses.list()).toMatchObject([{ reason: "self_paused" }]);
  });
});
