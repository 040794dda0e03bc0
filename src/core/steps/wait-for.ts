import { moveTo } from "../ending.ts";
import type { Enrollment } from "../model/contact.ts";
import type { WaitForStep } from "../model/rulebook.ts";
import { putEnrollment, type Run } from "../run.ts";
import { hasHeard } from "../stopping.ts";
import { addDuration } from "../time/duration.ts";
import { zoneOf } from "../zones.ts";

/** Waits for an event that happens from the moment on at which this step was due, or for the time-out. */
export function waitFor(run: Run, enrollment: Enrollment, step: WaitForStep): void {
  const since = enrollment.state.kind === "waiting" ? enrollment.state.until : run.now;
  if (hasHeard(run, step.for, enrollment, since)) return moveTo(run, enrollment, step.then);
  const until = addDuration(since, step.timeout, zoneOf(run.contact, run.rulebook.workspace));
  putEnrollment(run, { ...enrollment, state: { kind: "listening", since, until } });
}
