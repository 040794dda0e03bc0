import { moveTo } from "../ending.ts";
import { factsOfEnrollment } from "../facts-of.ts";
import type { Enrollment } from "../model/contact.ts";
import type { BranchStep, Rule } from "../model/rulebook.ts";
import { askCondition, type Asking, record, type Run } from "../run.ts";

/** Goes the first way whose condition holds now. */
export function* branch(run: Run, rule: Rule, enrollment: Enrollment, step: BranchStep): Asking<void> {
  const facts = factsOfEnrollment(run.contact, run.rulebook.workspace, rule, enrollment, run.now);
  let to = step.otherwise;
  for (const arm of step.arms) {
    if (!(yield* askCondition(run, arm.when, facts))) continue;
    to = arm.to;
    break;
  }
  record(run, { kind: "step", rule: rule.id, enrollment: enrollment.id, step: step.id, detail: { to } });
  moveTo(run, enrollment, to);
}
