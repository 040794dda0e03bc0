import type { Enrollment } from "../model/contact.ts";
import type { Rule, Step } from "../model/rulebook.ts";
import type { Asking, Run } from "../run.ts";
import { branch } from "./branch.ts";
import { emit } from "./emit.ts";
import { hold } from "./hold.ts";
import { send } from "./send.ts";
import { set } from "./set.ts";
import { stop } from "./stop.ts";
import { tag } from "./tag.ts";
import { waitFor } from "./wait-for.ts";
import { wait } from "./wait.ts";

/** Every verb of the language, one file each. A step leaves the enrollment further on, waiting, sending or ended. */
export function* runStep(run: Run, rule: Rule, enrollment: Enrollment, step: Step): Asking<void> {
  switch (step.verb) {
    case "send":
      return send(run, rule, enrollment, step);
    case "wait":
      return wait(run, enrollment, step);
    case "wait_for":
      return waitFor(run, enrollment, step);
    case "branch":
      return yield* branch(run, rule, enrollment, step);
    case "set":
      return yield* set(run, rule, enrollment, step);
    case "tag":
    case "untag":
      return yield* tag(run, rule, enrollment, step);
    case "emit":
      return yield* emit(run, rule, enrollment, step);
    case "hold":
      return hold(run, enrollment, step);
    case "stop":
      return stop(run, enrollment, step);
  }
}
