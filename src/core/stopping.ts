import { causeOf, endEnrollment, moveTo } from "./ending.ts";
import { factsOfEvent } from "./facts-of.ts";
import { isReply, matches, names, sameThing } from "./matching.ts";
import type { Enrollment } from "./model/contact.ts";
import { type CanonicalEvent, eventKey } from "./model/event.ts";
import type { Reason } from "./model/reason.ts";
import type { Rule, StopOn } from "./model/rulebook.ts";
import { record, type Run } from "./run.ts";
import { happenedAt } from "./time/event-time.ts";
import { ruleOf } from "./versions.ts";

/** Ends every live enrollment that this event stops by its rule's own `stop_on`. */
export function stopByEvent(run: Run, event: CanonicalEvent): void {
  for (const enrollment of Object.values(run.contact.enrollments)) {
    const rule = ruleOf(run, enrollment);
    if (rule !== undefined && stopsByEvent(run, rule, enrollment, event)) {
      endEnrollment(run, enrollment, "stopped.by_event", causeOf(event));
    }
  }
}

/** Lets every enrollment that waits for this event go on. */
export function hearEvent(run: Run, event: CanonicalEvent): void {
  for (const enrollment of Object.values(run.contact.enrollments)) {
    if (enrollment.state.kind !== "listening") continue;
    const step = ruleOf(run, enrollment)?.steps.get(enrollment.step);
    if (step?.verb !== "wait_for" || !isAbout(run, step.for, enrollment, event, enrollment.state.since)) continue;
    recordHeard(run, enrollment, event);
    moveTo(run, enrollment, step.then);
  }
}

/** What an enrollment waited for has come. */
export function recordHeard(run: Run, { rule, id, step }: Enrollment, event: CanonicalEvent): void {
  record(run, { kind: "step", rule, enrollment: id, step, detail: { heard: causeOf(event) } });
}

/** The event that this enrollment begins to wait for, when it is known already: news may come in any order. */
export function knownEvent(run: Run, what: StopOn, enrollment: Enrollment, since: number): CanonicalEvent | null {
  return run.contact.recent.find((earlier) => isAbout(run, what, enrollment, earlier, since)) ?? null;
}

/** News may come in any order: an event that stops this enrollment may be known before its trigger is. */
export function knownStop(
  run: Run,
  rule: Rule,
  enrollment: Enrollment,
): { readonly reason: Reason; readonly event: CanonicalEvent } | null {
  const stop = run.contact.recent.find((earlier) => stopsByEvent(run, rule, enrollment, earlier));
  if (stop !== undefined) return { reason: "stopped.by_event", event: stop };
  const which = run.rulebook.workspace.stopOnReply;
  if (which !== "all" && which !== rule.class) return null;
  const reply = run.contact.recent.find(
    (earlier) =>
      isReply(earlier) &&
      eventKey(earlier) !== eventKey(enrollment.trigger) &&
      happenedAt(earlier, run.now) >= enrollment.triggeredAt,
  );
  return reply === undefined ? null : { reason: "stopped.by_reply", event: reply };
}

function stopsByEvent(run: Run, rule: Rule, enrollment: Enrollment, event: CanonicalEvent): boolean {
  return rule.stopOn.some((stop) => isAbout(run, stop, enrollment, event, enrollment.triggeredAt));
}

/** Whether this event is one that an enrollment stops on or waits for, from a moment on; its own trigger never is. */
function isAbout(run: Run, what: StopOn, enrollment: Enrollment, event: CanonicalEvent, since: number): boolean {
  if (!names(what.match, event)) return false;
  const { trigger } = enrollment;
  if (eventKey(event) === eventKey(trigger) || happenedAt(event, run.now) < since) return false;
  return (
    sameThing(what, trigger, event) &&
    matches(what.match, event, factsOfEvent(run.contact, run.rulebook.workspace, event, trigger, run.now))
  );
}
