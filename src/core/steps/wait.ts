import { goOn } from "../enrollments.ts";
import type { Enrollment } from "../model/contact.ts";
import type { Rule, WaitStep } from "../model/rulebook.ts";
import { fractionOf } from "../model/sha256.ts";
import { type Run, zoneOf } from "../run.ts";
import { addRange } from "../time/duration.ts";

/** Sleeps from the moment the step was due. The place in a range is a hash, so that a replay draws the same. */
export function wait(run: Run, rule: Rule, enrollment: Enrollment, step: WaitStep): void {
  const from = enrollment.state.kind === "waiting" ? enrollment.state.until : run.now;
  const zone = zoneOf(run.contact, run.rulebook.workspace);
  if (step.wait.kind === "until") throw new Error("a wait for a time of day was deployed, which is not run yet");
  goOn(run, rule, enrollment, addRange(from, step.wait.range, zone, fractionOf(enrollment.id, step.id)));
}
