import { reachesContact } from "../model/rulebook.ts";
import { hoursAround, nextOpen, type Opening } from "../time/weekly-window.ts";
import { zonesNamed } from "../zones.ts";
import { defer, type GateVerdict, type Speaking } from "./gate.ts";

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
export function waitForHours(speaking: Speaking, reason: "window.deferred" | "quiet_hours.deferred"): GateVerdict {
  const openings = [windowOpening(speaking), quietOpening(speaking)].flatMap((opening) => opening ?? []);
  return defer(reason, nextOpen(openings, speaking.run.now) ?? speaking.enrollment.expiresAt);
}
