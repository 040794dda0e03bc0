import { type Cap, type Duration, reachesContact } from "../model/rulebook.ts";
import { zoneOf } from "../run.ts";
import { addDuration, subtractDuration } from "../time/duration.ts";
import { type GateVerdict, pass, skip, type Speaking } from "./gate.ts";

/**
 * Caps per contact, exact: the place is taken in the same commit that begins the call, so two rules in the same
 * millisecond cannot both take the last one. A rule's caps count that rule's sends, the workspace's count all. A send
 * counts until `within` after it; at that very moment its place is free again.
 */
export function caps(speaking: Speaking): GateVerdict {
  if (!reachesContact(speaking.channel.kind)) return pass;
  const { rule, run } = speaking;
  let until: number | null = null;
  for (const { cap, own } of [
    ...rule.caps.map((cap) => ({ cap, own: true })),
    ...run.rulebook.workspace.caps.map((cap) => ({ cap, own: false })),
  ]) {
    const free = freeAt(speaking, cap, own);
    if (free === null) continue;
    if (cap.onExceed === "drop") return skip("cap.reached");
    until = Math.max(until ?? free, free);
  }
  return until === null ? pass : { kind: "defer", reason: "cap.deferred", until };
}

/** When this cap has a place again, in epoch milliseconds, or null when it has one now or does not concern this send. */
function freeAt({ run, rule, channel, intent }: Speaking, cap: Cap, own: boolean): number | null {
  if (cap.channel !== null && cap.channel !== channel.name) return null;
  if (cap.class !== null && cap.class !== rule.class) return null;
  const zone = zoneOf(run.contact, run.rulebook.workspace);
  const since = subtractDuration(run.now, lengthOf(cap), zone);
  const counted = run.contact.taken
    .filter(
      (place) =>
        place.intent !== intent.id &&
        place.at > since &&
        (!own || place.rule === rule.id) &&
        (cap.channel === null || place.channel === cap.channel) &&
        (cap.class === null || place.class === cap.class),
    )
    .map((place) => place.at)
    .sort((a, b) => a - b);
  if (counted.length < cap.max) return null;
  // When enough of the oldest have left the window. A calendar day may end a little later than it began to count.
  const leaving = counted[counted.length - cap.max] ?? run.now;
  return Math.max(addDuration(leaving, lengthOf(cap), zone), run.now + 1);
}

function lengthOf({ within }: Cap): Duration {
  if (within.kind === "calendar") throw new Error("a calendar cap was deployed, which is not run yet");
  return within.length;
}
