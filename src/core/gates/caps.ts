import { type Cap, type MessageClass, reachesContact } from "../model/rulebook.ts";
import { calendarWindow } from "../time/calendar-window.ts";
import { addDuration, subtractDuration } from "../time/duration.ts";
import { zoneNamed } from "../zones.ts";
import { defer, type GateVerdict, pass, skip, type Speaking } from "./gate.ts";

/**
 * Caps per contact, exact: the place is taken in the same commit that begins the call, so two rules in the same
 * millisecond cannot both take the last one. A rule's caps count that rule's sends, the workspace's count all. A send
 * counts until `within` after it; at that very moment its place is free again.
 */
export function caps(speaking: Speaking): GateVerdict {
  if (!reachesContact(speaking.channel.kind)) return pass;
  let until: number | null = null;
  for (const { cap, own } of capsOf(speaking)) {
    if (cap.per !== "contact") continue;
    const free = freeAt(speaking, cap, own);
    if (free === null) continue;
    if (cap.onExceed === "drop") return skip("cap.reached");
    until = Math.max(until ?? free, free);
  }
  return until === null ? pass : defer("cap.deferred", until);
}

/** The caps that count this message: the rule's own and the workspace's. */
export function capsOf({ rule, run, channel }: Speaking): readonly { readonly cap: Cap; readonly own: boolean }[] {
  const concerns = (cap: Cap): boolean => fits(cap, channel.name, rule.class);
  return [
    ...rule.caps.filter(concerns).map((cap) => ({ cap, own: true })),
    ...run.rulebook.workspace.caps.filter(concerns).map((cap) => ({ cap, own: false })),
  ];
}

function fits(cap: Cap, channel: string, messageClass: MessageClass): boolean {
  return (cap.channel === null || cap.channel === channel) && (cap.class === null || cap.class === messageClass);
}

/** When this cap has a place again, in epoch milliseconds, or null when it has one now. */
function freeAt({ run, rule, intent, zones }: Speaking, cap: Cap, own: boolean): number | null {
  const { contact, now } = run;
  const { channels } = run.rulebook.workspace;
  const window = windowOf(cap, now, zones.zone, (zone) => zoneNamed(zone, contact, run.rulebook.workspace));
  const counted = contact.taken
    .filter((place) => {
      const kind = channels.get(place.channel)?.kind;
      return (
        place.intent !== intent.id &&
        window.counts(place.at) &&
        (!own || place.rule === rule.id) &&
        fits(cap, place.channel, place.class) &&
        (kind === undefined || reachesContact(kind))
      );
    })
    .map((place) => place.at)
    .sort((a, b) => a - b);
  if (counted.length < cap.max) return null;
  // When enough of the oldest have left the window.
  return Math.max(window.leaves(counted[counted.length - cap.max] ?? now), now + 1);
}

interface CountedWindow {
  counts(at: number): boolean;
  /** When a message of then is not counted any more. */
  leaves(at: number): number;
}

function windowOf({ within }: Cap, now: number, days: string, named: (zone: string) => string): CountedWindow {
  if (within.kind === "calendar") {
    const { from, to } = calendarWindow(within.unit, now, named(within.zone));
    return { counts: (at) => at >= from, leaves: () => to };
  }
  const since = subtractDuration(now, within.length, days);
  // A calendar day may end a little later than it began to count.
  return { counts: (at) => at > since, leaves: (at) => addDuration(at, within.length, days) };
}
