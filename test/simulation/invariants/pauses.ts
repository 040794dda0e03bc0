import type { Violate, Watch } from "../sightings.ts";
import { beganCalls } from "./calls.ts";

/** Pauses are read anew this often at the least. */
const FRESH_MS = 500;

/** I3, the kill switch: what was paused for half a second when a message was looked at does not begin. */
export function pauses(violate: Violate): Watch {
  /** By target, since when it is paused, and until when. */
  const paused = new Map<string, { readonly since: number; readonly until: number }>();
  return {
    see(sighting, now) {
      if (sighting.kind === "resumed") paused.delete(sighting.target);
      if (sighting.kind === "paused") {
        const { target, until } = sighting;
        const since = paused.get(target)?.since ?? now;
        paused.set(target, { since, until: until ?? Number.POSITIVE_INFINITY });
      }
      if (sighting.kind !== "committed") return;
      for (const { rule, channel, lastCallAt } of beganCalls(sighting)) {
        for (const target of ["all", `rule:${rule}`, `channel:${channel}`]) {
          const pause = paused.get(target);
          if (pause === undefined || pause.until <= (lastCallAt ?? 0) || sighting.readAt <= pause.since + FRESH_MS)
            continue;
          violate(`${rule} began a message although ${target} was paused`);
        }
      }
    },
  };
}
