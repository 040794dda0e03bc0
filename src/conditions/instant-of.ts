import { parseInstant } from "../core/time/instant.ts";
import type { Json } from "../core/model/json.ts";

/** Below it a number is seconds, from it on milliseconds: 1e11 seconds is the year 5138, 1e11 milliseconds is March 1973. */
const firstMilliseconds = 1e11;

/**
 * Epoch milliseconds of a time in data, or null when the value is no time. Sources write times as RFC 3339 text, as a
 * plain date (read as the start of that day in UTC), and as epoch seconds or milliseconds.
 */
export function instantOf(value: Json | undefined): number | null {
  if (typeof value === "number") {
    if (!Number.isFinite(value)) return null;
    return Math.abs(value) < firstMilliseconds ? value * 1000 : value;
  }
  if (typeof value !== "string" || value.length > 40) return null;
  return parseInstant(/^\d{4}-\d{2}-\d{2}$/.test(value) ? `${value}T00:00:00Z` : value);
}
