import type { PausesPort, PauseView, Resumed } from "../console/pauses-api.ts";
import { formatInstant } from "../core/time/instant.ts";
import { type KillSwitch, ReasonNeeded, type SwitchedBy } from "../runtime/kill-switch.ts";
import { type PauseTarget, readPauseTarget, type StandingPause } from "../runtime/pauses.ts";

function viewOf({ target, reason, note, actor, since, until }: StandingPause): PauseView {
  const view = {
    target,
    reason,
    note,
    since: formatInstant(since),
    until: until === null ? null : formatInstant(until),
  };
  return actor === undefined ? view : { ...view, by: actor };
}

/** The kill switch in the words of the API. */
export function pausesPort(killSwitch: KillSwitch): PausesPort {
  return {
    async list() {
      const pauses = await killSwitch.pauses();
      return pauses.map(viewOf);
    },
    pause(text, note, untilMs, by = "") {
      const target = readPauseTarget(text);
      return target === null ? null : killSwitch.pause(target, note, untilMs, by === "" ? undefined : by);
    },
    resume(text, { by, note } = { by: "", note: "" }) {
      const target = readPauseTarget(text);
      return target === null ? null : resumed(killSwitch, target, { ...(by !== "" && { actor: by }), note });
    },
  };
}

async function resumed(killSwitch: KillSwitch, target: PauseTarget, by: Partial<SwitchedBy>): Promise<Resumed> {
  try {
    return { resumed: await killSwitch.resume(target, by) };
  } catch (fault) {
    if (fault instanceof ReasonNeeded) return { needed: fault.message };
    throw fault;
  }
}
