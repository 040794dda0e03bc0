import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { calendarWindow } from "../../../src/core/time/calendar-window.ts";
import { formatLocalTime, nextLocalTime, parseLocalTime } from "../../../src/core/time/local-time.ts";
import { CHANGES, DAY, faceAt, MINUTE, momentOfFace, ZONES } from "./wall-clock.ts";

test("reads and writes times of day", () => {
  expect(["00:00", "09:15", "23:59", "24:00"].map(parseLocalTime)).toEqual([0, 555, 1439, 1440]);
  expect(["9:15", "24:01", "12:60", "noon", ""].map(parseLocalTime)).toEqual([null, null, null, null, null]);
  expect([0, 555, 1440].map(formatLocalTime)).toEqual(["00:00", "09:15", "24:00"]);
});

describe("the next time of day", () => {
  const at = (moment: string, time: string, zone: string): string =>
    new Date(nextLocalTime(parseLocalTime(time) ?? -1, Date.parse(moment), zone)).toISOString();

  test.each([
    ["exactly that time is now", "2026-03-06T09:15:00-05:00", "09:15", "2026-03-06T14:15:00.000Z"],
    ["a millisecond later is tomorrow", "2026-03-06T09:15:00.001-05:00", "09:15", "2026-03-07T14:15:00.000Z"],
    ["in the gap it is later", "2026-03-08T00:00:00-05:00", "02:30", "2026-03-08T07:30:00.000Z"],
    ["of two it is the first", "2026-11-01T00:00:00-04:00", "01:30", "2026-11-01T05:30:00.000Z"],
    ["between the two it is tomorrow", "2026-11-01T01:45:00-04:00", "01:30", "2026-11-02T06:30:00.000Z"],
  ])("%s", (_what, moment, time, expected) => {
    expect(at(moment, time, "America/New_York")).toBe(expected);
  });

  test("exists on a date that a zone skipped", () => {
    // Samoa left out 30 December 2011.
    expect(at("2011-12-29T23:00:00-10:00", "09:15", "Pacific/Apia")).toBe("2011-12-30T19:15:00.000Z");
  });

  test("is what a naive reading of the wall clock finds", () => {
    const moment = fc
      .tuple(fc.constantFrom(...CHANGES), fc.integer({ min: -3_000, max: 3_000 }))
      .map(([change, minutes]) => change + minutes * MINUTE);
    const quarter = fc.integer({ min: 0, max: 95 }).map((quarters) => quarters * 15);
    fc.assert(
      fc.property(moment, quarter, fc.constantFrom(...ZONES), (from, time, zone) => {
        const today = Math.floor(faceAt(from, zone) / DAY) * DAY + time * MINUTE;
        const candidates = [today, today + DAY].map((face) => momentOfFace(face, zone));
        expect(nextLocalTime(time, from, zone)).toBe(Math.min(...candidates.filter((found) => found >= from)));
      }),
      { numRuns: 500 },
    );
  });
});

describe("a calendar window", () => {
  const span = (unit: "day" | "week" | "month", moment: string, zone: string): readonly string[] => {
    const { from, to } = calendarWindow(unit, Date.parse(moment), zone);
    return [from, to].map((each) => new Date(each).toISOString());
  };

  test.each([
    ["day", "2026-03-08T12:00:00-04:00", "2026-03-08T05:00:00.000Z", "2026-03-09T04:00:00.000Z"],
    ["week", "2026-03-08T12:00:00-04:00", "2026-03-02T05:00:00.000Z", "2026-03-09T04:00:00.000Z"],
    ["month", "2026-03-08T12:00:00-04:00", "2026-03-01T05:00:00.000Z", "2026-04-01T04:00:00.000Z"],
    ["week", "2027-01-01T00:00:00-05:00", "2026-12-28T05:00:00.000Z", "2027-01-04T05:00:00.000Z"],
    ["month", "2028-02-29T23:59:59.999-05:00", "2028-02-01T05:00:00.000Z", "2028-03-01T05:00:00.000Z"],
  ] as const)("of a %s around %s", (unit, moment, from, to) => {
    expect(span(unit, moment, "America/New_York")).toEqual([from, to]);
  });

  test("begins with the first minute of a day that has no midnight", () => {
    // Egypt turns its clocks at midnight on the last Friday of April.
    expect(span("day", "2026-04-24T12:00:00+03:00", "Africa/Cairo")[0]).toBe("2026-04-23T22:00:00.000Z");
  });

  test("holds its moment, and ends where the next begins", () => {
    const unit = fc.constantFrom("day", "week", "month");
    const moment = fc.integer({ min: Date.parse("2025-01-01Z"), max: Date.parse("2029-01-01Z") });
    fc.assert(
      fc.property(unit, moment, fc.constantFrom(...ZONES), (each, at, zone) => {
        const { from, to } = calendarWindow(each, at, zone);
        expect(from <= at && at < to).toBe(true);
        expect(calendarWindow(each, to, zone).from).toBe(to);
        expect(calendarWindow(each, to - 1, zone).from).toBe(from);
      }),
      { numRuns: 300 },
    );
  });
});
