const HOUR_MS = 3_600_000;
export const HOURS_OF_WEEK = 7 * 24;
/** 1970 began on a Thursday. */
const FIRST_HOUR = 3 * 24;

/** From 0, the first of Monday, to 167: in UTC, for comparing one week with another. */
export function hourOfWeek(epochMs: number): number {
  return (Math.floor(epochMs / HOUR_MS) + FIRST_HOUR) % HOURS_OF_WEEK;
}

/** How much of each hour of the week lies between two moments, in hours. */
export function hoursBetween(from: number, to: number): readonly number[] {
  const hours = Array.from({ length: HOURS_OF_WEEK }, () => 0);
  for (let at = from; at < to;) {
    const end = Math.min(to, (Math.floor(at / HOUR_MS) + 1) * HOUR_MS);
    const hour = hourOfWeek(at);
    hours[hour] = (hours[hour] ?? 0) + (end - at) / HOUR_MS;
    at = end;
  }
  return hours;
}
