import { Temporal } from "temporal-polyfill";

/** A date on a calendar, as days since 1970-01-01. */
export type LocalDay = number;

export const DAY_MS = 86_400_000;

/** A date as it passes in one zone: when it begins, in epoch milliseconds, and how long it is. */
export interface DaySpan {
  readonly start: number;
  /** 24 hours, unless the clocks change; 0 of a date that the zone left out. */
  readonly length: number;
}

/**
 * Every decision about a window asks for the same few days again and again, and Temporal takes its time. On a day of 24
 * hours the clock is what has passed since its start; only the others need Temporal for what is in them.
 */
const known = new Map<string, Map<LocalDay, DaySpan>>();
const MOST_DAYS = 10_000;
let count = 0;

export function daySpan(day: LocalDay, zone: string): DaySpan {
  const found = known.get(zone)?.get(day);
  if (found !== undefined) return found;
  const start = startOf(day, zone);
  const span = { start, length: startOf(day + 1, zone) - start };
  remember(day, zone, span);
  return span;
}

function remember(day: LocalDay, zone: string, span: DaySpan): void {
  if (count >= MOST_DAYS) {
    known.clear();
    count = 0;
  }
  const days = known.get(zone) ?? new Map<LocalDay, DaySpan>();
  known.set(zone, days.set(day, span));
  count += 1;
}

/** The date in `zone` at this moment. */
export function localDay(atMs: number, zone: string): LocalDay {
  // No zone is a whole day away from UTC.
  let day = Math.floor(atMs / DAY_MS) - 1;
  while (atMs >= endOf(daySpan(day, zone))) day += 1;
  return day;
}

function endOf({ start, length }: DaySpan): number {
  return start + length;
}

export function plainDate(day: LocalDay): Temporal.PlainDate {
  return EPOCH.add({ days: day });
}

const EPOCH = Temporal.PlainDate.from("1970-01-01");

/** A day begins when its first minute does, be that 01:00. */
function startOf(day: LocalDay, zone: string): number {
  return plainDate(day).toZonedDateTime({ timeZone: zone }).epochMilliseconds;
}
