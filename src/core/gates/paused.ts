import { type Asking, askPaused } from "../run.ts";
import { defer, type GateVerdict, pass, type Speaking } from "./gate.ts";

/** A pause that ends when somebody says so is looked at again after a tenth of the time it has stood, within these bounds. */
export const LOOK_AGAIN_MS = 30_000;
const LOOK_AGAIN_MAX_MS = 10 * 60_000;
const PART_OF_PAUSE = 0.1;

/** The kill switch, before all else. What is paused waits and is judged anew. */
export function* paused({ run, rule, channel }: Speaking): Asking<GateVerdict> {
  const pause = yield* askPaused(run, rule.id, channel.name);
  return pause === null ? pass : defer(pause.reason, pause.until ?? lookAgain(run.now, pause.since));
}

function lookAgain(now: number, since: number): number {
  return now + Math.min(Math.max((now - since) * PART_OF_PAUSE, LOOK_AGAIN_MS), LOOK_AGAIN_MAX_MS);
}
