import { moveTo } from "../ending.ts";
import type { Enrollment } from "../model/contact.ts";
import type { WaitForStep } from "../model/rulebook.ts";
import { putEnrollment, record, type Run } from "../run.ts";
import { knownEvent, recordHeard } from "../stopping.ts";
import { addDuration } from "../time/duration.ts";
import { zoneOf } from "../zones.ts";

/** Waits for an event that happens from the moment on at which this step was due, or for the time-out. */
export function waitFor(run: Run, enrollment: Enrollment, step: WaitForStep): void {
  const since = enrollment.state.kind === "waiting" ? enrollment.state.until : run.now;
  const heard = knownEvent(run, step.for, enrollment, since);
  if (heard !== null) {
    recordHeard(run, enrollment, heard);
    return moveTo(run, enrollment, step.then);
  }
  const until = addDuration(since, step.timeout, zoneOf(run.contact, run.rulebook.workspace));
  const detail = { waits_for: step.for.match.events, until };
  record(run, { kind: "step", rule: enrollment.rule, enrollment: enrollment.id, step: step.id, detail });
  putEnrollment(run, { ...enrollment, state: { kind: "listening", since, until } });
}
