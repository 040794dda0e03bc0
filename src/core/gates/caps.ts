import type { JsonObject } from "../model/json.ts";
import { type Cap, type MessageClass, reachesContact } from "../model/rulebook.ts";
import { calendarWindow } from "../time/calendar-window.ts";
import { addDuration, subtractDuration } from "../time/duration.ts";
import { zoneNamed } from "../zones.ts";
import { defer, type GateVerdict, pass, passed, skip, type Speaking } from "./gate.ts";

/**
 * Caps per contact, exact: the place is taken in the same commit that begins the call, so two rules in the same
 * millisecond cannot both take the last one. A rule's caps count that rule's sends, the workspace's count all. A send
 * counts until `within` after it; at that very moment its place is free again.
 */
export function caps(speaking: Speaking): GateVerdict {
  if (!reachesContact(speaking.channel.kind)) return pass;
  const counted = capsOf(speaking).filter(({ cap }) => cap.per === "contact");
  if (counted.length === 0) return pass;
  const looked = counted.map(({ cap, own }) => look(speaking, cap, own));
  const full = looked.filter(({ free }) => free !== null);
  const saw = () => ({ caps: looked.slice(0, MOST_TOLD).map(lookTold) });
  if (full.some(({ cap }) => cap.onExceed === "drop")) return skip("cap.reached", saw);
  const until = Math.max(...full.map(({ free }) => free ?? 0));
  return full.length === 0 ? passed(saw) : defer("cap.deferred", until, saw);
}

/** Of more caps than this the account tells the first. */
const MOST_TOLD = 12;

interface Look {
  readonly cap: Cap;
  readonly own: boolean;
  readonly taken: number;
  /** Where calendar days begin, for a cap over those. */
  readonly zone: string;
  /** When there is a place again, in epoch milliseconds; null when there is one now. */
  readonly free: number | null;
}

function lookTold({ cap, own, taken, zone, free }: Look): JsonObject {
  return { ...capTold(cap, own, zone), max: cap.max, taken, ...(free !== null && { free_at: free }) };
}

/** What a cap limits, for the account; `zone` is where its calendar days begin, if it counts those. */
export function capTold(cap: Cap, own: boolean, zone: string): JsonObject {
  return {
    kind: "cap",
    of: own ? "rule" : "workspace",
    per: cap.per,
    ...(cap.channel !== null && { channel: cap.channel }),
    ...(cap.class !== null && { class: cap.class }),
    within: lengthOf(cap),
    ...(cap.within.kind === "calendar" && { zone }),
  };
}

/** `24h`, or the unit of a calendar. */
export function lengthOf({ within }: Cap): string {
  return within.kind === "calendar" ? within.unit : `${within.length.count}${within.length.unit}`;
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

/** How many places of a cap are taken. */
function look({ run, rule, intent, zones }: Speaking, cap: Cap, own: boolean): Look {
  const { contact, now } = run;
  const { channels } = run.rulebook.workspace;
  const { within } = cap;
  const zone = within.kind === "calendar" ? zoneNamed(within.zone, contact, run.rulebook.workspace) : zones.zone;
  const window = windowOf(cap, now, zone);
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
  const taken = counted.length;
  if (taken < cap.max) return { cap, own, taken, zone, free: null };
  // When enough of the oldest have left the window.
  return { cap, own, taken, zone, free: Math.max(window.leaves(counted[taken - cap.max] ?? now), now + 1) };
}

interface CountedWindow {
  counts(at: number): boolean;
  /** When a message of then is not counted any more. */
  leaves(at: number): number;
}

function windowOf({ within }: Cap, now: number, zone: string): CountedWindow {
  if (within.kind === "calendar") {
    const { from, to } = calendarWindow(within.unit, now, zone);
    return { counts: (at) => at >= from, leaves: () => to };
  }
  const since = subtractDuration(now, within.length, zone);
  // A calendar day may end a little later than it began to count.
  return { counts: (at) => at > since, leaves: (at) => addDuration(at, within.length, zone) };
}
