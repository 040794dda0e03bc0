import type { Enrollment } from "../model/contact.ts";
import type { Rule, Step } from "../model/rulebook.ts";
import type { Run } from "../run.ts";
import { send } from "./send.ts";
import { stop } from "./stop.ts";
import { wait } from "./wait.ts";

/** Every verb of the language, one file each. A step leaves the enrollment further on, waiting, sending or ended. */
export function runStep(run: Run, rule: Rule, enrollment: Enrollment, step: Step): void {
  switch (step.verb) {
    case "send":
      return send(run, rule, enrollment, step);
    case "wait":
      return wait(run, rule, enrollment, step);
    case "stop":
      return stop(run, enrollment, step);
    default:
      throw new Error(`a ${step.verb} step was deployed, which is not run yet`);
  }
}
