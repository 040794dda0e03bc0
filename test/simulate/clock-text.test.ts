import fc from "fast-check";
import { expect, test } from "vitest";
import { parseMoment, resolveMoment } from "../../src/rulebook/moment.ts";
import { elapsed } from "../../src/simulate/clock-text.ts";

const zone = "America/New_York";
const start = Date.parse("2026-03-06T14:00:00-05:00");

test.each([
  ["2026-03-06T14:00:00-05:00", "+0s"],
  ["2026-03-06T14:09:30-05:00", "+9m 30s"],
  // Clocks go forward in the night before the 8th, and this day has 23 hours.
  ["2026-03-08T14:00:00-04:00", "+2d"],
  ["2026-03-08T13:59:00-04:00", "+1d 22h 59m"],
  ["2026-03-09T14:15:00-04:00", "+3d 15m"],
])("%s is %s after the start", (at, text) => {
  expect(elapsed(Date.parse(at), start, zone)).toBe(text);
});

test("what is printed means the same moment when a test says it", () => {
  const seconds = fc.integer({ min: 0, max: 400 * 86_400 });
  const zones = fc.constantFrom("America/New_York", "Europe/London", "Australia/Lord_Howe", "Asia/Tokyo");
  fc.assert(
    fc.property(seconds, fc.integer({ min: 0, max: 365 * 24 }), zones, (later, hours, place) => {
      const from = start + hours * 3_600_000;
      const at = from + later * 1_000;
      const moment = parseMoment(elapsed(at, from, place).slice(1));
      expect(moment === null ? null : resolveMoment(moment, from, place)).toBe(at);
    }),
  );
});
