import { moveTo } from "../ending.ts";
import type { Enrollment } from "../model/contact.ts";
import type { Facts } from "../model/facts.ts";
import type { BranchStep } from "../model/rulebook.ts";
import { judge, waitForAnswer } from "../looking-up.ts";
import { type Asking, record, type Run, type Verdict } from "../run.ts";

/** The arm that was taken is the last that was asked; of hundreds before it the account keeps the last few. */
const MOST_ARMS = 10;

/** Goes the first way whose condition holds now. */
export function* branch(run: Run, enrollment: Enrollment, step: BranchStep, facts: Facts): Asking<void> {
  let to = step.otherwise;
  const asked: Verdict[] = [];
  for (const arm of step.arms) {
    const verdict = yield* judge(run, enrollment, arm.when, facts);
    if ("reason" in verdict) return waitForAnswer(run, enrollment, verdict);
    asked.push(verdict);
    if (!verdict.holds) continue;
    to = arm.to;
    break;
  }
  const detail = { to, arms: asked.slice(-MOST_ARMS).map(({ holds, tests }) => ({ holds, tests })) };
  record(run, { kind: "step", rule: enrollment.rule, enrollment: enrollment.id, step: step.id, detail });
  moveTo(run, enrollment, to);
}
