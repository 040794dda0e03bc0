import { type Asking, askPaused } from "../run.ts";
import { defer, type GateVerdict, pass, type Speaking } from "./gate.ts";

/** A pause that ends when somebody says so is looked at again after this long. */
export const LOOK_AGAIN_MS = 30_000;

/** The kill switch, before all else. What is paused waits and is judged anew. */
export function* paused({ run, rule, channel }: Speaking): Asking<GateVerdict> {
  const pause = yield* askPaused(run, rule.id, channel.name);
  return pause === null ? pass : defer(pause.reason, pause.until ?? run.now + LOOK_AGAIN_MS);
}
