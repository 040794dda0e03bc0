import { Temporal } from "temporal-polyfill";
import type { Duration, DurationRange } from "../model/rulebook.ts";
import { DAY_MS, daySpan, localDay } from "./local-days.ts";

const EXACT_MS = { s: 1_000, m: 60_000, h: 3_600_000 } as const;
const DAYS = { d: 1, w: 7 } as const;

/**
 * The moment `duration` after `fromMs`. `s`, `m` and `h` are exact; `d` and `w` are calendar days in `zone`, so a day
 * is 23 or 25 hours when the clock changes, and a local time in the gap moves later.
 */
export function addDuration(fromMs: number, duration: Duration, zone: string): number {
  return shift(fromMs, duration, zone, 1);
}

/** The moment `duration` before `fromMs`: the far end of a rolling window. */
export function subtractDuration(fromMs: number, duration: Duration, zone: string): number {
  return shift(fromMs, duration, zone, -1);
}

function shift(fromMs: number, { count, unit }: Duration, zone: string, sign: 1 | -1): number {
  if (unit !== "d" && unit !== "w") return fromMs + sign * count * EXACT_MS[unit];
  const days = sign * count * DAYS[unit];
  const day = localDay(fromMs, zone);
  const [from, to] = [daySpan(day, zone), daySpan(day + days, zone)];
  // Between two days of 24 hours the clock is what has passed since midnight.
  if (from.length === DAY_MS && to.length === DAY_MS) return to.start + (fromMs - from.start);
  const local = Temporal.Instant.fromEpochMilliseconds(fromMs).toZonedDateTimeISO(zone);
  return local.add({ days }).epochMilliseconds;
}

/** A length in milliseconds where no moment gives a calendar: days count 24 hours. For comparing, never for scheduling. */
export function nominalMs({ count, unit }: Duration): number {
  return unit === "d" || unit === "w" ? count * DAYS[unit] * 24 * EXACT_MS.h : count * EXACT_MS[unit];
}

/** The moment a delay ends. Its place between the two ends is `fraction`, in [0, 1]. */
export function addRange(fromMs: number, range: DurationRange, zone: string, fraction: number): number {
  const earliest = addDuration(fromMs, range.min, zone);
  const latest = addDuration(fromMs, range.max, zone);
  return earliest + Math.round(Math.max(0, latest - earliest) * fraction);
}
