import { judge } from "../looking-up.ts";
import type { Asking } from "../run.ts";
import { type GateVerdict, pass, passed, skip, type Speaking, unanswered } from "./gate.ts";

/** The step's own condition. False skips this step and nothing else. */
export function* when({ run, step, enrollment, facts }: Speaking): Asking<GateVerdict> {
  if (step.when === null) return pass;
  const verdict = yield* judge(run, enrollment, step.when, facts);
  if ("reason" in verdict) return unanswered(verdict);
  const { holds, tests } = verdict;
  return holds ? passed(() => ({ tests })) : skip("when.false", () => ({ tests }));
}
