import { factsOfEvent } from "./facts-of.ts";
import { isReply, matches, sameThing } from "./matching.ts";
import type { Enrollment } from "./model/contact.ts";
import { type CanonicalEvent, eventKey } from "./model/event.ts";
import type { Reason } from "./model/reason.ts";
import type { DurationRange, Rule } from "./model/rulebook.ts";
import { fractionOf, idOf } from "./model/sha256.ts";
import { refuseIntent } from "./intents.ts";
import { change, putEnrollment, record, type Run, zoneOf } from "./run.ts";
import { addDuration, addRange, nominalMs } from "./time/duration.ts";
import { arrivedAt, happenedAt } from "./time/event-time.ts";

/** Shorter delays wait for slower systems to catch up, so they count from arrival; longer ones from what happened. */
const RACE_DELAY_MS = 5 * 60_000;
/** Runs of one rule side by side for one contact; a document has to hold them all. */
const MOST_PARALLEL = 50;

/** Starts every rule that this event triggers. */
export function enrollTriggered(run: Run, event: CanonicalEvent): void {
  const { contact, rulebook, now } = run;
  const facts = factsOfEvent(contact, rulebook.workspace, event, event, now);
  for (const rule of rulebook.triggered(event, facts)) enroll(run, rule, event);
}

function enroll(run: Run, rule: Rule, event: CanonicalEvent): void {
  const id = idOf(rule.id, eventKey(event));
  if (run.contact.enrollments[id] !== undefined) return;
  const zone = zoneOf(run.contact, run.rulebook.workspace);
  const triggeredAt = happenedAt(event, run.now);
  const refused = (reason: Reason) =>
    record(run, { kind: "not_enrolled", reason, rule: rule.id, event: event.event_id });

  if (addDuration(triggeredAt, rule.trigger.maxAge, zone) < run.now) return refused("event.stale");
  if (!makeRoom(run, rule, triggeredAt)) return refused("reentry.active");

  const enrollment: Enrollment = {
    id,
    rule: rule.id,
    trigger: event,
    triggeredAt,
    expiresAt: addDuration(triggeredAt, rule.expires, zone),
    step: rule.first,
    begun: false,
    state: { kind: "waiting", until: firstDue(rule.delay, event, id, run.now, zone) },
  };
  putEnrollment(run, enrollment);
  record(run, { kind: "enrolled", rule: rule.id, enrollment: id, event: event.event_id });
  const stop = knownStop(run, rule, enrollment);
  if (stop !== null) endEnrollment(run, enrollment, stop);
}

/**
 * Judges an enrollment that moved here from another document as if it had just been triggered here. True when it ends:
 * the contact is in this rule already, or an event that stops it is known here.
 */
export function enrolledAgain(run: Run, enrollment: Enrollment): boolean {
  const rule = run.rulebook.rules.get(enrollment.rule);
  if (rule === undefined) return false;
  const others = Object.values(run.contact.enrollments).some(
    (other) => other.rule === rule.id && other.id !== enrollment.id,
  );
  if (rule.reentry.policy !== "parallel" && others) endEnrollment(run, enrollment, "reentry.active");
  else {
    const stop = knownStop(run, rule, enrollment);
    if (stop !== null) endEnrollment(run, enrollment, stop);
  }
  return run.contact.enrollments[enrollment.id] === undefined;
}

/** Applies the rule's reentry policy. False when the new trigger starts nothing. */
function makeRoom(run: Run, rule: Rule, triggeredAt: number): boolean {
  const active = Object.values(run.contact.enrollments).filter((enrollment) => enrollment.rule === rule.id);
  if (rule.reentry.policy === "parallel") return active.length < MOST_PARALLEL;
  if (rule.reentry.policy === "ignore") return active.length === 0;
  // News may come late: an older trigger never restarts a newer one.
  if (active.some((enrollment) => enrollment.triggeredAt > triggeredAt)) return false;
  for (const enrollment of active) endEnrollment(run, enrollment, "restarted");
  return true;
}

function firstDue(delay: DurationRange | null, event: CanonicalEvent, id: string, now: number, zone: string): number {
  if (delay === null) return now;
  const from = nominalMs(delay.max) < RACE_DELAY_MS ? arrivedAt(event, now) : happenedAt(event, now);
  return addRange(from, delay, zone, fractionOf(id, "delay"));
}

/** Ends every live enrollment that this event stops by its rule's own `stop_on`. */
export function stopByEvent(run: Run, event: CanonicalEvent): void {
  for (const enrollment of Object.values(run.contact.enrollments)) {
    const rule = run.rulebook.rules.get(enrollment.rule);
    if (rule !== undefined && stopsByEvent(run, rule, enrollment, event)) {
      endEnrollment(run, enrollment, "stopped.by_event");
    }
  }
}

/** News may come in any order: an event that stops this enrollment may be known before its trigger is. */
function knownStop(run: Run, rule: Rule, enrollment: Enrollment): Reason | null {
  if (run.contact.recent.some((earlier) => stopsByEvent(run, rule, enrollment, earlier))) return "stopped.by_event";
  const which = run.rulebook.workspace.stopOnReply;
  if (which !== "all" && which !== rule.class) return null;
  const replied = run.contact.recent.some(
    (earlier) =>
      isReply(earlier) &&
      eventKey(earlier) !== eventKey(enrollment.trigger) &&
      happenedAt(earlier, run.now) >= enrollment.triggeredAt,
  );
  return replied ? "stopped.by_reply" : null;
}

function stopsByEvent(run: Run, rule: Rule, enrollment: Enrollment, event: CanonicalEvent): boolean {
  if (eventKey(event) === eventKey(enrollment.trigger)) return false;
  if (happenedAt(event, run.now) < enrollment.triggeredAt) return false;
  const { trigger } = enrollment;
  return rule.stopOn.some(
    (stop) =>
      sameThing(stop, trigger, event) &&
      matches(stop.match, event, factsOfEvent(run.contact, run.rulebook.workspace, event, trigger, run.now)),
  );
}

/** Ends the live enrollments of one class, or of all, that were triggered no later than `happenedAtMs`. */
export function endClass(
  run: Run,
  which: "marketing" | "transactional" | "all",
  happenedAtMs: number,
  reason: Reason,
): void {
  for (const enrollment of Object.values(run.contact.enrollments)) {
    const rule = run.rulebook.rules.get(enrollment.rule);
    if (rule === undefined || enrollment.triggeredAt > happenedAtMs) continue;
    if (which === "all" || rule.class === which) endEnrollment(run, enrollment, reason);
  }
}

/** A message whose call has begun is not called back; everything else of the enrollment ends here. */
export function endEnrollment(run: Run, enrollment: Enrollment, reason: Reason, note?: string): void {
  const { [enrollment.id]: ended, ...others } = run.contact.enrollments;
  if (ended === undefined) return;
  change(run, { enrollments: others });
  if (ended.state.kind === "sending") {
    const intent = run.contact.intents[ended.state.intent];
    if (intent?.state.kind === "queued" || intent?.state.kind === "deferred") refuseIntent(run, intent, reason);
  }
  record(run, {
    kind: "ended",
    reason,
    rule: enrollment.rule,
    enrollment: enrollment.id,
    ...(note !== undefined && { detail: { note } }),
  });
}

/** Moves an enrollment past its step, or ends it after the last one. */
export function goOn(run: Run, rule: Rule, enrollment: Enrollment, until: number = run.now): void {
  const step = rule.steps.get(enrollment.step);
  if (step === undefined) return endEnrollment(run, enrollment, "rule.changed");
  if (step.next === null) return endEnrollment(run, enrollment, "completed");
  putEnrollment(run, { ...enrollment, step: step.next, state: { kind: "waiting", until } });
}
