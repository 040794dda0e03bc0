import type { PausesPort } from "../console/pauses-api.ts";
import { formatInstant } from "../core/time/instant.ts";
import type { KillSwitch } from "../runtime/kill-switch.ts";
import { readPauseTarget } from "../runtime/pauses.ts";

/** The kill switch in the words of the API. */
export function pausesPort(killSwitch: KillSwitch): PausesPort {
  return {
    async list() {
      const pauses = await killSwitch.pauses();
      return pauses.map(({ target, reason, note, since, until }) => {
        return {
          target,
          reason,
          note,
          since: formatInstant(since),
          until: until === null ? null : formatInstant(until),
        };
      });
    },
    pause(text, note, untilMs) {
      const target = readPauseTarget(text);
      return target === null ? null : killSwitch.pause(target, note, untilMs);
    },
    resume(text) {
      const target = readPauseTarget(text);
      return target === null ? null : killSwitch.resume(target);
    },
  };
}
