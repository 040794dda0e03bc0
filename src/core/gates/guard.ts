import { judge } from "../looking-up.ts";
import type { Asking } from "../run.ts";
import { end, type GateVerdict, pass, passed, type Speaking, unanswered } from "./gate.ts";

/** The rule's guard, on the state of this very moment. False ends the enrollment. */
export function* guard({ run, rule, enrollment, facts }: Speaking): Asking<GateVerdict> {
  if (rule.guard === null) return pass;
  const verdict = yield* judge(run, enrollment, rule.guard, facts);
  if ("reason" in verdict) return unanswered(verdict);
  const { holds, tests } = verdict;
  return holds ? passed(() => ({ tests })) : end("guard.false", () => ({ tests }));
}
