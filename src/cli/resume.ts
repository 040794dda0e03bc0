import type { Clock } from "../core/model/clock.ts";
import { longestWait } from "../core/time/look-again.ts";
import { ReasonNeeded } from "../runtime/kill-switch.ts";
import { actorHere } from "./actor.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import type { Output } from "./output.ts";
import { inWords, targetOf } from "./pause.ts";
import { withKillSwitch } from "./reach-kill-switch.ts";
import { BadSetting, type RunSettings } from "./run-settings.ts";

export interface ResumeFlags {
  readonly reason?: string;
}

/** Ends a pause. What waited is judged anew and sent if it still should be. Throws `BadSetting`. */
export async function resume(
  named: string | undefined,
  { reason = "" }: ResumeFlags,
  settings: RunSettings,
  clock: Clock,
  io: Output,
): Promise<ExitCode> {
  const target = targetOf(named);
  const resumed = await withKillSwitch(settings, clock, io, async (killSwitch) => {
    const standing = (await killSwitch.pauses()).find((pause) => pause.target === target);
    const done = await killSwitch.resume(target, { actor: actorHere(), note: reason });
    return done && { since: standing?.since ?? clock.now() };
  }).catch((fault: unknown): never => {
    throw fault instanceof ReasonNeeded ? new BadSetting(fault.message) : fault;
  });
  if (resumed !== false) {
    io.out(`resumed ${inWords(target)}: what waits is judged anew within ${longestWait(clock.now(), resumed.since)}\n`);
    return EXIT.fine;
  }
  io.err(`heed resume: ${inWords(target)} was not paused; heed pause --list shows what is\n`);
  return EXIT.findings;
}
