import { Temporal } from "temporal-polyfill";

/** Epoch milliseconds of an RFC 3339 time, or null when the text is not one (a local time without a zone is not). */
export function parseInstant(text: string): number | null {
  try {
    return Temporal.Instant.from(text).epochMilliseconds;
  } catch {
    return null;
  }
}

/** RFC 3339 in UTC. */
export function formatInstant(epochMs: number): string {
  return Temporal.Instant.fromEpochMilliseconds(Math.floor(epochMs)).toString();
}

/** Whether the runtime's time zone data knows this IANA name. */
export function isTimeZone(name: string): boolean {
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name);
    // Offsets such as "+05:30" are accepted by Temporal but are no zone: they know no clock changes.
    return !/^[+-]/.test(name);
  } catch {
    return false;
  }
}
