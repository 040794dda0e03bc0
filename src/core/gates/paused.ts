import { bounded, GLANCE } from "../model/bounded.ts";
import { type Asking, askPaused } from "../run.ts";
import { lookAgain } from "../time/look-again.ts";
import { defer, type GateVerdict, pass, type Speaking } from "./gate.ts";

/** The kill switch, before all else. What is paused waits and is judged anew. */
export function* paused({ run, rule, channel }: Speaking): Asking<GateVerdict> {
  const pause = yield* askPaused(run, rule.id, channel.name);
  if (pause === null) return pass;
  const { since, until: ends, target = "", note = "" } = pause;
  const saw = () => ({ since, ends, target, ...(note !== "" && { note: bounded(note, GLANCE) }) });
  // Somebody may resume it sooner than was said.
  return defer(pause.reason, Math.min(pause.until ?? Number.POSITIVE_INFINITY, lookAgain(run.now, pause.since)), saw);
}
