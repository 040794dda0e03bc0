import type { JsonObject } from "../model/json.ts";
import { reachesContact } from "../model/rulebook.ts";
import { hoursAround, nextOpen, type Opening, WEEKDAYS } from "../time/weekly-window.ts";
import { zonesNamed } from "../zones.ts";
import { defer, type GateVerdict, type Saw, type Speaking } from "./gate.ts";

/** A toll-free number may be anywhere; the account names the first few. */
const MOST_ZONES = 6;

/** The rule's window; null when it has none, or the message is not for the contact. */
export function windowOpening({ run, rule, channel }: Speaking): Opening | null {
  if (rule.window === null || !reachesContact(channel.kind)) return null;
  return { hours: rule.window, zones: zonesNamed(rule.window.zone, run.contact, run.rulebook.workspace) };
}

/** The hours that the channel's quiet hours leave to marketing, wherever the contact may be; null when all are left. */
export function quietOpening({ rule, channel, zones }: Speaking): Opening | null {
  if (rule.class !== "marketing" || channel.quietHours === null || !reachesContact(channel.kind)) return null;
  const hours = hoursAround(channel.quietHours);
  return hours === null ? null : { hours, zones: zones.all };
}

/** Waits for a moment that satisfies both at once. When there is none, the enrollment expires: silence is the safe side. */
export function waitForHours(
  speaking: Speaking,
  reason: "window.deferred" | "quiet_hours.deferred",
  saw: Saw,
): GateVerdict {
  const openings = [windowOpening(speaking), quietOpening(speaking)].flatMap((opening) => opening ?? []);
  const open = nextOpen(openings, speaking.run.now);
  if (open === null) return defer(reason, speaking.enrollment.expiresAt, () => ({ ...saw(), never_opens: true }));
  return defer(reason, open, saw);
}

/** When it may speak, in minutes since midnight, where clocks were read, and how we know: a rule may name the zone itself. */
export function hoursSeen({ zones }: Speaking, { hours, zones: where }: Opening, ofContact: boolean): JsonObject {
  const { days, from, to } = hours;
  const open = { ...(days !== WEEKDAYS && { days }), from, to };
  return { open, zones: where.slice(0, MOST_ZONES), zone_source: ofContact ? zones.source : "rule" };
}
