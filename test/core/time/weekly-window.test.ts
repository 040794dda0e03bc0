import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseLocalTime } from "../../../src/core/time/local-time.ts";
import {
  hoursAround,
  isOpen,
  longestClosure,
  nextOpen,
  type Weekday,
  WEEKDAYS,
  type WeeklyHours,
  windowNeverMeetsQuietHours,
  windowNeverOpens,
} from "../../../src/core/time/weekly-window.ts";
import { CHANGES, DAY, faceAt, HOUR, MINUTE, momentOfFace, ZONES } from "./wall-clock.ts";

const NEW_YORK = "America/New_York";
const OFFICE = hours("09:15", "17:00", ["mon", "tue", "wed", "thu", "fri"]);

function hours(from: string, to: string, days: readonly Weekday[] = WEEKDAYS): WeeklyHours {
  return { days, from: parseLocalTime(from) ?? -1, to: parseLocalTime(to) ?? -1 };
}

function next(at: string, window: WeeklyHours, ...zones: readonly string[]): string | null {
  const moment = nextOpen([{ hours: window, zones: zones.length === 0 ? [NEW_YORK] : zones }], Date.parse(at));
  return moment === null ? null : new Date(moment).toISOString();
}

describe("a weekly window", () => {
  test.each([
    ["2 AM on a Saturday waits until Monday 9:15", "2026-03-07T02:00:00-05:00", "2026-03-09T13:15:00.000Z"],
    ["the minute it opens is open", "2026-03-06T09:15:00-05:00", "2026-03-06T14:15:00.000Z"],
    ["the last millisecond is open", "2026-03-06T16:59:59.999-05:00", "2026-03-06T21:59:59.999Z"],
    ["the minute it closes is closed", "2026-03-06T17:00:00-05:00", "2026-03-09T13:15:00.000Z"],
  ])("%s", (_what, at, expected) => {
    expect(next(at, OFFICE)).toBe(expected);
  });

  test("may cross midnight, and belongs to the day it opens on", () => {
    const night = hours("22:00", "06:00", ["fri"]);
    expect(next("2026-03-07T05:59:00-05:00", night)).toBe("2026-03-07T10:59:00.000Z");
    expect(next("2026-03-07T06:00:00-05:00", night)).toBe("2026-03-14T02:00:00.000Z");
    expect(next("2026-03-06T01:00:00-05:00", night)).toBe("2026-03-07T03:00:00.000Z");
  });

  test("opens later when its opening falls into the gap of a clock change", () => {
    expect(next("2026-03-08T00:00:00-05:00", hours("02:30", "05:00"))).toBe("2026-03-08T07:30:00.000Z");
  });

  test("opens at the first of two when its opening comes twice", () => {
    expect(next("2026-11-01T00:00:00-04:00", hours("01:30", "05:00"))).toBe("2026-11-01T05:30:00.000Z");
  });

  test("leaves out a day whose hours lie in the gap", () => {
    expect(next("2026-03-08T00:00:00-05:00", hours("02:30", "03:00"))).toBe("2026-03-09T06:30:00.000Z");
  });

  test("can open all day long", () => {
    expect(next("2026-03-08T23:59:00-04:00", hours("00:00", "24:00", ["sun"]))).toBe("2026-03-09T03:59:00.000Z");
    expect(next("2026-03-09T00:00:00-04:00", hours("00:00", "24:00", ["sun"]))).toBe("2026-03-15T04:00:00.000Z");
  });

  test("must be open in all zones of a number at once", () => {
    const both = ["America/New_York", "America/Los_Angeles"];
    expect(next("2026-03-06T09:15:00-05:00", OFFICE, ...both)).toBe("2026-03-06T17:15:00.000Z");
    expect(next("2026-03-06T17:00:00-05:00", OFFICE, ...both)).toBe("2026-03-09T16:15:00.000Z");
  });

  test("never opens where zones share no open moment", () => {
    expect(next("2026-03-06T00:00:00Z", OFFICE, "Europe/Kaliningrad", "Asia/Kamchatka")).toBeNull();
    expect(next("2026-03-06T00:00:00Z", hours("09:00", "09:00"))).toBeNull();
    expect(next("2026-03-06T00:00:00Z", hours("09:00", "10:00", []))).toBeNull();
  });

  test("and quiet hours make one next moment that satisfies both", () => {
    const quiet = hoursAround({ from: 21 * 60, to: 8 * 60 });
    expect(quiet).not.toBeNull();
    if (quiet === null) return;
    const openings = [
      { hours: hours("07:00", "09:00", ["mon"]), zones: ["Europe/Berlin"] },
      { hours: quiet, zones: ["Europe/London"] },
    ];
    // Monday 07:00 in Berlin is 06:00 in London; 08:00 in London is 09:00 in Berlin, when the window has closed.
    expect(nextOpen(openings, Date.parse("2026-03-06T00:00:00Z"))).toBeNull();
    const later = [{ hours: hours("07:00", "09:01", ["mon"]), zones: ["Europe/Berlin"] }, openings[1]].flatMap(
      (opening) => opening ?? [],
    );
    expect(nextOpen(later, Date.parse("2026-03-06T00:00:00Z"))).toBe(Date.parse("2026-03-09T08:00:00Z"));
  });
});

test("quiet hours of no length are never quiet", () => {
  expect(hoursAround({ from: 480, to: 480 })).toBeNull();
});

/** Spans of one zone's hours around a moment, worked out day by day on the wall clock. */
function naiveSpans(window: WeeklyHours, zone: string, around: number, days: number): readonly (readonly number[])[] {
  const midnight = Math.floor(faceAt(around, zone) / DAY) * DAY;
  const spans: (readonly number[])[] = [];
  for (let day = -2; day <= days; day++) {
    const face = midnight + day * DAY;
    const name = WEEKDAYS[(new Date(face).getUTCDay() + 6) % 7];
    if (name === undefined || !window.days.includes(name) || window.from === window.to) continue;
    const from = momentOfFace(face + window.from * MINUTE, zone);
    const to = momentOfFace(face + (window.to > window.from ? 0 : DAY) + window.to * MINUTE, zone);
    if (from < to) spans.push([from, to]);
  }
  return spans;
}

const anyHours = fc.record({
  days: fc.uniqueArray(fc.constantFrom(...WEEKDAYS), { minLength: 1 }),
  from: fc.integer({ min: 0, max: 95 }).map((quarter) => quarter * 15),
  to: fc.integer({ min: 0, max: 96 }).map((quarter) => quarter * 15),
});
const anyMoment = fc
  .tuple(fc.constantFrom(...CHANGES), fc.integer({ min: -3 * 24 * 4, max: 3 * 24 * 4 }), fc.constantFrom(0, 0, 1, -1))
  .map(([change, quarters, slip]) => change + quarters * 15 * MINUTE + slip);

test("one zone: open exactly when a naive reading of the wall clock says so, and next when it says so", () => {
  fc.assert(
    fc.property(anyHours, fc.constantFrom(...ZONES), anyMoment, (window, zone, at) => {
      const spans = naiveSpans(window, zone, at, 15);
      const inside = spans.some(([from = 0, to = 0]) => from <= at && at < to);
      const expected = inside ? at : Math.min(...spans.map(([from = 0]) => from).filter((from) => from >= at));
      const opening = [{ hours: window, zones: [zone] }];
      expect(nextOpen(opening, at)).toBe(Number.isFinite(expected) ? expected : null);
      expect(isOpen(opening, at)).toBe(inside);
    }),
    { numRuns: 200 },
  );
});

test("several zones: the next moment is open in each of them, and no quarter of an hour before it is", () => {
  const someZones = fc.uniqueArray(fc.constantFrom(...ZONES), { minLength: 2, maxLength: 3 });
  fc.assert(
    fc.property(anyHours, someZones, anyMoment, (window, zones, at) => {
      const open = (moment: number): boolean =>
        zones.every((zone) =>
          naiveSpans(window, zone, moment, 1).some(([from = 0, to = 0]) => from <= moment && moment < to),
        );
      const found = nextOpen([{ hours: window, zones }], at);
      const until = Math.min(found ?? at + 8 * DAY, at + 8 * DAY);
      if (found !== null) expect(open(found)).toBe(true);
      for (let moment = at; moment < until; moment += 4 * HOUR - 15 * MINUTE) expect(open(moment)).toBe(false);
    }),
    { numRuns: 25 },
  );
});

const anyQuietHours = fc.record({
  from: fc.integer({ min: 0, max: 95 }).map((quarter) => quarter * 15),
  to: fc.integer({ min: 0, max: 95 }).map((quarter) => quarter * 15),
});

test("quiet hours: quiet exactly when a naive reading of the wall clock says so", () => {
  fc.assert(
    fc.property(anyQuietHours, fc.constantFrom(...ZONES), anyMoment, (quiet, zone, at) => {
      const around = hoursAround(quiet);
      const spans = naiveSpans({ days: WEEKDAYS, ...quiet }, zone, at, 1);
      const isQuiet = spans.some(([from = 0, to = 0]) => from <= at && at < to);
      expect(around !== null && !isOpen([{ hours: around, zones: [zone] }], at)).toBe(isQuiet);
    }),
    { numRuns: 100 },
  );
});

test("a window and quiet hours, each in zones of its own: the next moment suits both, and none before it does", () => {
  const oneZone = fc.constantFrom(...ZONES);
  let found = 0;
  fc.assert(
    fc.property(anyHours, oneZone, anyQuietHours, oneZone, anyMoment, (window, zone, quiet, quietZone, at) => {
      const around = hoursAround(quiet);
      const isIn = (hours: WeeklyHours, where: string, moment: number): boolean =>
        naiveSpans(hours, where, moment, 1).some(([from = 0, to = 0]) => from <= moment && moment < to);
      const suits = (moment: number): boolean =>
        isIn(window, zone, moment) && !isIn({ days: WEEKDAYS, ...quiet }, quietZone, moment);
      const openings = [{ hours: window, zones: [zone] }];
      const next = nextOpen(around === null ? openings : [...openings, { hours: around, zones: [quietZone] }], at);
      if (next !== null) expect(suits(next)).toBe(true);
      if (next !== null) found += 1;
      const until = Math.min(next ?? at + 8 * DAY, at + 8 * DAY);
      for (let moment = at; moment < until; moment += 4 * HOUR - 15 * MINUTE) expect(suits(moment)).toBe(false);
    }),
    { numRuns: 15 },
  );
  expect(found).toBeGreaterThan(0);
});

describe("for the checker", () => {
  test("a window of no days or no length never opens", () => {
    expect(windowNeverOpens(hours("09:00", "09:00"))).toBe(true);
    expect(windowNeverOpens(hours("09:00", "17:00", []))).toBe(true);
    expect(windowNeverOpens(OFFICE)).toBe(false);
  });

  test.each([
    ["22:00", "07:00", "21:00", "08:00", true],
    ["22:00", "08:01", "21:00", "08:00", false],
    ["21:00", "08:00", "21:00", "08:00", true],
    ["20:59", "22:00", "21:00", "08:00", false],
    ["12:30", "13:30", "12:00", "14:00", true],
    ["00:00", "24:00", "12:00", "14:00", false],
    ["09:00", "10:00", "08:00", "08:00", false],
  ])("a window %s to %s and quiet hours %s to %s: never meet is %s", (from, to, quietFrom, quietTo, never) => {
    const quiet = hours(quietFrom, quietTo);
    expect(windowNeverMeetsQuietHours(hours(from, to), quiet)).toBe(never);
  });

  test("what it says of a zone without clock changes is what happens there", () => {
    const anyQuiet = anyHours.map(({ from, to }) => ({ from, to: to % 1440 }));
    fc.assert(
      fc.property(anyHours, anyQuiet, (window, quiet) => {
        const around = hoursAround(quiet);
        if (around === null || windowNeverOpens(window)) return;
        const openings = [window, around].map((each) => ({ hours: each, zones: ["Asia/Kolkata"] }));
        expect(nextOpen(openings, CHANGES[0] ?? 0) === null).toBe(windowNeverMeetsQuietHours(window, quiet));
      }),
      { numRuns: 300 },
    );
  });

  const friday17 = (4 * 24 + 17) * 60;

  test("the longest closure of office hours is the weekend", () => {
    expect(longestClosure([OFFICE])).toEqual({ from: friday17, minutes: 64 * 60 + 15 });
  });

  test.each([
    ["nothing, when it is always open", [hours("00:00", "24:00")], { from: 0, minutes: 0 }],
    ["never ending, when hours do not meet", [hours("09:00", "10:00"), hours("10:00", "11:00")], null],
    ["around the end of the week", [hours("12:00", "13:00", ["wed"])], { from: (2 * 24 + 13) * 60, minutes: 167 * 60 }],
    ["what quiet hours add", [OFFICE, hours("08:00", "16:00")], { from: friday17 - 60, minutes: 65 * 60 + 15 }],
    ["over midnight", [hours("22:00", "06:00", ["sun"])], { from: 6 * 60, minutes: 160 * 60 }],
  ])("the longest closure is %s", (_what, all, expected) => {
    expect(longestClosure(all)).toEqual(expected);
  });

  test("in a zone without clock changes nobody waits longer than the longest closure, and somebody does that long", () => {
    // Kolkata is 5:30 ahead; this is a Monday at midnight there.
    const monday = Date.parse("2026-03-02T00:00:00+05:30");
    fc.assert(
      fc.property(anyHours, fc.integer({ min: 0, max: 7 * 1440 - 1 }), (window, at) => {
        const closure = longestClosure([window]);
        if (closure === null) return;
        const waitFrom = (minute: number): number => {
          const now = monday + minute * MINUTE;
          return ((nextOpen([{ hours: window, zones: ["Asia/Kolkata"] }], now) ?? Number.NaN) - now) / MINUTE;
        };
        expect(waitFrom(closure.from)).toBe(closure.minutes);
        expect(waitFrom(at)).toBeLessThanOrEqual(closure.minutes);
      }),
      { numRuns: 200 },
    );
  });
});
