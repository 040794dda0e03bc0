import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { noFigures, type RuleFigures } from "../../src/ledger/figures.ts";
import {
  type ExpectedSends,
  judgeForecast,
  judgeSends,
  lengthInWords,
  readForecast,
  sayOutcome,
} from "../../src/ledger/forecast.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const expecting = (low: number, value = low, high = value): ExpectedSends => ({
  rule: "welcome",
  channel: "sms",
  perDay: { value, low, high },
});
const verdict = (sent: number, elapsed: number, expected = expecting(900, 1_000, 1_100)) =>
  judgeSends(expected, sent, elapsed).verdict;

describe("what was sent against what a plan expects", () => {
  test("is not judged in the first minutes, nor after the first week", () => {
    expect(verdict(100_000, 10 * MINUTE - 1)).toBe("too early");
    expect(verdict(100_000, 10 * MINUTE)).toBe("above");
    expect(verdict(100_000, 7 * DAY)).toBe("above");
    expect(verdict(100_000, 7 * DAY + 1)).toBe("over");
  });

  test("may be what a busy hour brings, and no more than a busy day", () => {
    // Of 1,000 a day, an hour has 42 on average.
    expect(verdict(170, HOUR)).toBe("within");
    expect(verdict(400, HOUR)).toBe("above");
    expect(verdict(1_700, DAY)).toBe("within");
    expect(verdict(2_000, DAY)).toBe("above");
    expect(judgeSends(expecting(1_000), 0, 12 * HOUR).band?.high).toBe(judgeSends(expecting(1_000), 0, DAY).band?.high);
  });

  test("is too little only once a whole day is over", () => {
    expect(verdict(0, 23 * HOUR)).toBe("within");
    expect(verdict(0, DAY)).toBe("below");
    expect(verdict(300, DAY)).toBe("within");
    expect(verdict(300, 3 * DAY)).toBe("below");
  });

  test("is moved by chance alone when little is expected; far too many are told all the same", () => {
    expect(verdict(0, DAY, expecting(5))).toBe("too few");
    expect(verdict(30, DAY, expecting(0))).toBe("too few");
    expect(verdict(39, DAY, expecting(0))).toBe("above");
  });

  test("is unknown where the plan could not tell, however many there are", () => {
    const outcome = judgeSends({ rule: "welcome", channel: "sms", perDay: null }, 9_999, DAY);
    expect(outcome).toMatchObject({ verdict: "unknown", expected: null, band: null });
  });

  test("never calls for alarm when messages come one by one as the plan has them, whatever hours they come in", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 50_000 }), fc.integer({ min: 10, max: 7 * 24 * 60 }), (aDay, minutes) => {
        const even = Math.round((aDay * minutes) / (24 * 60));
        expect(["within", "too few"]).toContain(verdict(even, minutes * MINUTE, expecting(aDay)));
      }),
    );
  });

  test("stays above with more of the same", () => {
    fc.assert(
      fc.property(fc.nat(5_000), fc.nat(20_000), fc.integer({ min: 10, max: 9_000 }), (aDay, sent, minutes) => {
        const before = verdict(sent, minutes * MINUTE, expecting(aDay));
        if (before === "above") expect(verdict(sent + 1, minutes * MINUTE, expecting(aDay))).toBe("above");
      }),
    );
  });
});

function figures(channels: Readonly<Record<string, number>>): RuleFigures {
  const rest = {
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
  return {
    ...noFigures,
    channels: Object.fromEntries(Object.entries(channels).map(([name, sent]) => [name, { ...rest, sent }])),
  };
}

test("counts from what was sent when the release was made, by rule and channel, and says it in words", () => {
  const at = Date.parse("2026-03-06T15:00:00Z");
  const email = { ...expecting(240), channel: "email" };
  const standing = { plan: "abcdef0123456789", release: 7, at, rules: [expecting(240), email], before: [1_000, 50] };
  const now = at + 3 * HOUR;
  const outcomes = judgeForecast(standing, () => figures({ sms: 1_030, email: 950 }), now);
  expect(outcomes.map(({ sent, verdict: said }) => [sent, said])).toEqual([
    [30, "within"],
    [900, "above"],
  ]);
  const [, above] = outcomes;
  expect(above === undefined ? "" : sayOutcome(above, standing, now)).toBe(
    "900 messages through email in 3 hours since release 7, where its plan abcdef012345 expects about 30 and 0 to 234 would be no surprise",
  );
  // A store that was restored has fewer than before: that is no negative count.
  expect(judgeForecast(standing, () => noFigures, now).map(({ sent }) => sent)).toEqual([0, 0]);
});

test("says how long in words", () => {
  expect([0, 30 * MINUTE, 119 * MINUTE, 120 * MINUTE, 47 * HOUR, 48 * HOUR].map(lengthInWords)).toEqual([
    "1 minute",
    "30 minutes",
    "119 minutes",
    "2 hours",
    "47 hours",
    "2 days",
  ]);
});

test("takes nothing else for a forecast", () => {
  const good = { plan: "abc", rules: [expecting(1), { rule: "r", channel: "sms", perDay: null }] };
  expect(readForecast(good)).toEqual(good);
  const bad: readonly unknown[] = [
    null,
    undefined,
    "forecast",
    { plan: "abc" },
    { plan: 1, rules: [] },
    { plan: "x".repeat(65), rules: [] },
    { plan: "abc", rules: [{ rule: "r", channel: null, perDay: null }] },
    { plan: "abc", rules: [{ rule: "r", channel: "sms", perDay: { value: 1, low: -1, high: 2 } }] },
    { plan: "abc", rules: [{ rule: "r", channel: "sms", perDay: { value: "1", low: 0, high: 2 } }] },
    { plan: "abc", rules: Array.from({ length: 201 }, () => expecting(1)) },
  ];
  for (const value of bad) expect(readForecast(value)).toBeNull();
});
