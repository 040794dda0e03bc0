import type { Enrollment } from "../model/contact.ts";
import type { Facts } from "../model/facts.ts";
import type { SendStep, Step } from "../model/rulebook.ts";
import type { Asking, Run } from "../run.ts";
import { branch } from "./branch.ts";
import { emit } from "./emit.ts";
import { hold } from "./hold.ts";
import { set } from "./set.ts";
import { stop } from "./stop.ts";
import { tag } from "./tag.ts";
import { waitFor } from "./wait-for.ts";
import { wait } from "./wait.ts";

type QuietStep = Exclude<Step, SendStep>;

/** Every verb of the language but `send`, one file each; `facts` are those of now, with the look-ups that its texts read. A step leaves the enrollment further on, waiting, sending or ended. */
export function* runStep(run: Run, enrollment: Enrollment, step: QuietStep, facts: Facts): Asking<void> {
  switch (step.verb) {
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
