import { askCondition, type Asking } from "../run.ts";
import { end, type GateVerdict, pass, type Speaking } from "./gate.ts";

/** The rule's guard, on the state of this very moment. False ends the enrollment. */
export function* guard({ run, rule, facts }: Speaking): Asking<GateVerdict> {
  if (rule.guard === null) return pass;
  return (yield* askCondition(run, rule.guard, facts)) ? pass : end("guard.false");
}
