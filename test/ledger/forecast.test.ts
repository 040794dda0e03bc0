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
  week: null,
});
/** A Friday, 15:00. */
const START = Date.parse("2026-03-06T15:00:00Z");
const verdict = (sent: number, elapsed: number, expected = expecting(900, 1_000, 1_100)) =>
  judgeSends(expected, sent, START, START + elapsed).verdict;

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
    const most = (elapsed: number) => judgeSends(expecting(1_000), 0, START, START + elapsed).band?.high;
    expect(most(12 * HOUR)).toBe(most(DAY));
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
    const outcome = judgeSends({ ...expecting(0), perDay: null }, 9_999, START, START + DAY);
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

describe("a plan that knows the hours of the week", () => {
  /** So many on each day at nine, and none else. */
  const atNine = (count: number): ExpectedSends => ({
    ...expecting(count),
    week: Array.from({ length: 168 }, (_, hour) => (hour % 24 === 9 ? count : 0)),
  });
  const said = (expected: ExpectedSends, sent: number, from: string, to: string) => {
    const { verdict: verdictNow, expected: mean, band } = judgeSends(expected, sent, Date.parse(from), Date.parse(to));
    return { verdict: verdictNow, mean, band };
  };

  test("expects what it had in the same hours, and takes no more for a surprise than that", () => {
    const night = ["2026-03-06T20:00:00Z", "2026-03-07T04:00:00Z"] as const;
    expect(said(atNine(1_000), 0, ...night)).toMatchObject({ mean: 0, verdict: "too few" });
    expect(said(atNine(1_000), 400, ...night)).toMatchObject({ verdict: "above" });
    // Without the hours, they might be a busy evening's.
    expect(verdict(400, 8 * HOUR)).toBe("within");
    const morning = ["2026-03-07T06:00:00Z", "2026-03-07T14:00:00Z"] as const;
    expect(said(atNine(1_000), 1_000, ...morning)).toMatchObject({ mean: 1_000, verdict: "within" });
    expect(said(atNine(1_000), 1_700, ...morning).verdict).toBe("above");
    // And nothing where there should be a thousand is seen on the same day.
    expect(said(atNine(1_000), 0, ...morning).verdict).toBe("below");
  });

  test("forgives an hour or two: clocks change", () => {
    expect(said(atNine(1_000), 1_000, "2026-03-07T06:00:00Z", "2026-03-07T08:30:00Z").verdict).not.toBe("above");
    expect(said(atNine(1_000), 0, "2026-03-07T06:00:00Z", "2026-03-07T10:30:00Z").verdict).toBe("within");
  });

  test("counts parts of hours, and goes round the week", () => {
    const even: ExpectedSends = { ...expecting(240), week: Array.from({ length: 168 }, () => 10) };
    expect(said(even, 0, "2026-03-08T23:30:00Z", "2026-03-09T02:15:00Z").mean).toBeCloseTo(27.5);
    expect(said(even, 0, "2026-03-02T00:00:00Z", "2026-03-09T00:00:00Z").mean).toBeCloseTo(1_680);
    const monday = { ...even, week: even.week?.map((count, hour) => (hour === 0 ? count : 0)) ?? null };
    expect(said(monday, 0, "2026-03-08T23:30:00Z", "2026-03-09T00:30:00Z").mean).toBeCloseTo(5);
  });

  test("of which a sample saw nothing may still have what its upper bound allows", () => {
    const unseen: ExpectedSends = {
      rule: "r",
      channel: "sms",
      perDay: { value: 0, low: 0, high: 480 },
      week: Array.from({ length: 168 }, () => 0),
    };
    expect(said(unseen, 100, "2026-03-06T15:00:00Z", "2026-03-06T20:00:00Z").verdict).toBe("too few");
    expect(said(unseen, 200, "2026-03-06T15:00:00Z", "2026-03-06T20:00:00Z").verdict).toBe("above");
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
  const good = { plan: "abc", rules: [expecting(1), { ...expecting(0), perDay: null, week: Array(168).fill(1) }] };
  expect(readForecast(good)).toEqual(good);
  const { week: _, ...short } = expecting(1);
  expect(readForecast({ plan: "abc", rules: [short] })).toEqual({ plan: "abc", rules: [expecting(1)] });
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
    { plan: "abc", rules: [{ ...expecting(1), week: [1, 2, 3] }] },
    { plan: "abc", rules: [{ ...expecting(1), week: Array(168).fill(-1) }] },
  ];
  for (const value of bad) expect(readForecast(value)).toBeNull();
});
