import { parseDuration } from "../conditions/parse-duration.ts";
import { addDuration } from "../core/time/duration.ts";
import { isTimeZone } from "../core/time/instant.ts";
import { type MomentSpan, type MomentWindow, parseMoment, resolveMoment, resolveWindow } from "./moment.ts";
import type { CaseRun } from "./parsed-tests.ts";
import { type Cast, personOf } from "./test-cast.ts";

/** Between them lies every zone there is, so that what is true in both is true wherever the contact may be. */
const outermostZones = ["Etc/GMT-14", "Etc/GMT+12"];

/** The zones in which a time of a case is to be understood: the contact's own when the test says it, else any. */
export function zonesOf(contact: string | undefined, cast: Cast): readonly string[] {
  const zone = contact === undefined ? null : (personOf(contact, cast)?.timeZone ?? null);
  return zone !== null && isTimeZone(zone) ? [zone] : outermostZones;
}

/** Epoch milliseconds of the last moment of a case; days are those of the zone. */
export function endOf({ start, horizon }: CaseRun, zone: string): number {
  const length = parseDuration(horizon);
  return length === null ? start : addDuration(start, length, zone);
}

export function spanIn(window: MomentWindow, { start }: CaseRun, zone: string): MomentSpan {
  return resolveWindow(window, start, zone);
}

/** Epoch milliseconds at which an event of a case happens and arrives; null when it is not written as a moment. */
export function timesOf(
  { at, arrives = at }: { readonly at: string; readonly arrives?: string },
  { start }: CaseRun,
  zone: string,
): { readonly happens: number; readonly arrives: number } | null {
  const [happens, arrival] = [parseMoment(at), parseMoment(arrives)];
  if (happens === null || arrival === null) return null;
  return { happens: resolveMoment(happens, start, zone), arrives: resolveMoment(arrival, start, zone) };
}
