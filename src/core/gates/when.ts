import { askCondition, type Asking } from "../run.ts";
import { type GateVerdict, pass, skip, type Speaking } from "./gate.ts";

/** The step's own condition. False skips this step and nothing else. */
export function* when({ run, step, facts }: Speaking): Asking<GateVerdict> {
  if (step.when === null) return pass;
  return (yield* askCondition(run, step.when, facts)) ? pass : skip("when.false");
}
