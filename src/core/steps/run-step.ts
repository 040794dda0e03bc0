import type { Enrollment } from "../model/contact.ts";
import type { Facts } from "../model/facts.ts";
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

/** Every verb of the language, one file each; `facts` are those of now, with the look-ups that its texts read. A step leaves the enrollment further on, waiting, sending or ended. */
export function* runStep(run: Run, rule: Rule, enrollment: Enrollment, step: Step, facts: Facts): Asking<void> {
  switch (step.verb) {
    case "send":
      return send(run, rule, enrollment, step);
    case "wait":
      return wait(run, enrollment, step);
    case "wait_for":
      return waitFor(run, enrollment, step);
    case "branch":
      return yield* branch(run, enrollment, step, facts);
    case "set":
      return yield* set(run, enrollment, step, facts);
    case "tag":
    case "untag":
      return yield* tag(run, enrollment, step, facts);
    case "emit":
      return yield* emit(run, enrollment, step, facts);
    case "hold":
      return hold(run, enrollment, step);
    case "stop":
      return stop(run, enrollment, step);
  }
}
