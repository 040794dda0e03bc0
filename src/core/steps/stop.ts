import { endEnrollment } from "../ending.ts";
import type { Enrollment } from "../model/contact.ts";
import type { StopStep } from "../model/rulebook.ts";
import type { Run } from "../run.ts";

/** Ends the enrollment; what the author wrote after `stop:` is kept as the note. */
export function stop(run: Run, enrollment: Enrollment, step: StopStep): void {
  endEnrollment(run, enrollment, "stopped.by_step", { note: step.note });
}
