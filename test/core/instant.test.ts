import fc from "fast-check";
import { Temporal } from "temporal-polyfill";
import { expect, test } from "vitest";
import { formatInstant, isTimeZone, parseInstant } from "../../src/core/time/instant.ts";

const viaTemporal = (text: string): number | null => {
  try {
    return Temporal.Instant.from(text).epochMilliseconds;
  } catch {
    return null;
  }
};

test("reads every RFC 3339 time as Temporal does, and refuses what Temporal refuses", () => {
  const digits = (count: number, most: number) =>
    fc.integer({ min: 0, max: most }).map((value) => String(value).padStart(count, "0"));
  const time = fc
    .tuple(digits(4, 9999), digits(2, 13), digits(2, 32), digits(2, 24), digits(2, 60), digits(2, 61))
    .map(([y, m, d, h, min, s]) => `${y}-${m}-${d}T${h}:${min}:${s}`);
  const fraction = fc.constantFrom("", ".1", ".123", ".123456789");
  const zone = fc.constantFrom("Z", "z", "+00:00", "-05:00", "+05:30", "+1400", "-24:00", "+05:60");
  fc.assert(
    fc.property(time, fraction, zone, (t, f, z) => {
      expect(parseInstant(t + f + z)).toBe(viaTemporal(t + f + z));
    }),
    { numRuns: 5_000 },
  );
});

const noMoments = [
  "2026-03-06T14:00:00",
  "2026-03-06",
  "14:00",
  "",
  "yesterday",
  "1700000000",
  "2026-03-06T14:00Z",
  "2026-03-06T14:00:00.Z",
  "2026-03-06T14:00:00.1234567890Z",
  "2026-03-06T14:00:00Z\n",
  " 2026-03-06T14:00:00Z",
  "2026-3-06T14:00:00Z",
  "2026/03/06T14:00:00Z",
  "2026-03-06T14:00:00+5:00",
  "2026-03-06T14:00:00+05:",
  "2026-03-06T14:00:00+05:0",
  "2026-03-06T14:00:00+05:000",
  "2026-03-06T14:00:0٣Z",
  "-026-03-06T14:00:00Z",
];

test.each(noMoments)("does not take %j for a moment", (text) => {
  expect(parseInstant(text)).toBeNull();
});

test("writes every moment as Temporal does, those beyond years of four digits too", () => {
  const edges = [-62_167_219_200_001, -62_167_219_200_000, -1, 0, 253_402_300_799_999, 253_402_300_800_000];
  const moments = fc.oneof(
    fc.constantFrom(...edges),
    fc.integer({ min: -8_640_000_000_000_000, max: 8_640_000_000_000_000 }),
    fc.integer({ min: -70_000_000_000_000, max: 260_000_000_000_000 }),
    fc.integer({ min: -70_000_000_000, max: 260_000_000_000 }).map((seconds) => seconds * 1_000),
    // The days around the ends of February in each year.
    fc.tuple(fc.integer({ min: 0, max: 9999 }), fc.integer({ min: 57, max: 61 })).map(([y, d]) => Date.UTC(y, 0, d)),
  );
  fc.assert(
    fc.property(moments, (ms) => {
      expect(formatInstant(ms)).toBe(Temporal.Instant.fromEpochMilliseconds(ms).toString());
    }),
    { numRuns: 5_000 },
  );
});

test("what it writes it reads again", () => {
  fc.assert(
    fc.property(fc.integer({ min: -62_000_000_000_000, max: 250_000_000_000_000 }), (ms) => {
      expect(parseInstant(formatInstant(ms))).toBe(ms);
    }),
  );
});

test.each([
  ["America/New_York", true],
  ["UTC", true],
  ["Mars/Phobos", false],
  ["+05:30", false],
  ["", false],
])("%j is a zone: %j", (name, expected) => {
  expect(isTimeZone(name)).toBe(expected);
});
