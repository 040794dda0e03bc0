import fc from "fast-check";
import { Temporal } from "temporal-polyfill";
import { expect, test } from "vitest";
import { addDuration, subtractDuration } from "../../../src/core/time/duration.ts";
import { daySpan, localDay, plainDate } from "../../../src/core/time/local-days.ts";
import { CHANGES, DAY, faceAt, HOUR, MINUTE, ZONES } from "./wall-clock.ts";

const zone = fc.constantFrom(...ZONES, "Pacific/Apia", "America/Sao_Paulo");
const moment = fc.oneof(
  fc
    .tuple(fc.constantFrom(...CHANGES), fc.integer({ min: -3 * 1_440, max: 3 * 1_440 }))
    .map(([change, minutes]) => change + minutes * MINUTE),
  fc.integer({ min: Date.parse("2011-01-01Z"), max: Date.parse("2030-01-01Z") }),
);

test("days are those of the calendar: what Temporal says, whatever the clocks do in between", () => {
  fc.assert(
    fc.property(moment, zone, fc.integer({ min: 0, max: 400 }), fc.boolean(), (at, where, days, weeks) => {
      const count = weeks ? Math.ceil(days / 7) : days;
      const local = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(where);
      const unit = weeks ? "w" : "d";
      const by = weeks ? { weeks: count } : { days: count };
      expect(addDuration(at, { count, unit }, where)).toBe(local.add(by).epochMilliseconds);
      expect(subtractDuration(at, { count, unit }, where)).toBe(local.subtract(by).epochMilliseconds);
    }),
    { numRuns: 3_000 },
  );
});

test("the local day is the date on the wall, and its span holds the moment", () => {
  fc.assert(
    fc.property(moment, zone, (at, where) => {
      const day = localDay(at, where);
      expect(day).toBe(Math.floor(faceAt(at, where) / DAY));
      const { start, length } = daySpan(day, where);
      expect(start <= at && at < start + length).toBe(true);
      expect(length).toBeGreaterThanOrEqual(22 * HOUR);
    }),
    { numRuns: 1_000 },
  );
});

test("a date that a zone left out has no length", () => {
  // Samoa went from 29 December 2011 to the 31st.
  const day = Date.parse("2011-12-30Z") / DAY;
  expect(plainDate(day).toString()).toBe("2011-12-30");
  expect(daySpan(day, "Pacific/Apia").length).toBe(0);
});
