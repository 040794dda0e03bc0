import { causeOf, cooldownKey, endEnrollment } from "./ending.ts";
import { factsOfEvent } from "./facts-of.ts";
import { openGoal } from "./goals.ts";
import { scalarAt } from "./matching.ts";
import type { Arm, Enrollment } from "./model/contact.ts";
import { type CanonicalEvent, eventKey } from "./model/event.ts";
import type { JsonObject } from "./model/json.ts";
import type { Reason } from "./model/reason.ts";
import type { DurationRange, Rule } from "./model/rulebook.ts";
import { fractionOf, idOf } from "./model/sha256.ts";
import { putEnrollment, record, type Run } from "./run.ts";
import { knownStop } from "./stopping.ts";
import { addDuration, addRange, nominalMs } from "./time/duration.ts";
import { arrivedAt, happenedAt } from "./time/event-time.ts";
import { originOf } from "./versions.ts";
import { zonesOf } from "./zones.ts";

/** Shorter delays wait for slower systems to catch up, so they count from arrival; longer ones from what happened. */
const RACE_DELAY_MS = 5 * 60_000;
/** Runs of one rule side by side for one contact; a document has to hold them all. */
const MOST_PARALLEL = 50;

/** Starts every rule that this event triggers; says how many there are. */
export function enrollTriggered(run: Run, event: CanonicalEvent): number {
  const { contact, rulebook, now } = run;
  const facts = factsOfEvent(contact, rulebook.workspace, event, event, now);
  const triggered = rulebook.triggered(event, facts);
  for (const rule of triggered) enroll(run, rule, event);
  return triggered.length;
}

/** Why a trigger starts nothing, with what was seen, for the account. */
type Refusal = { readonly reason: Reason } & JsonObject;

/** Starts one rule, unless something speaks against it, which is then told. */
export function enroll(run: Run, rule: Rule, event: CanonicalEvent): void {
  const id = idOf(rule.id, eventKey(event));
  if (run.contact.enrollments[id] !== undefined) return;
  const { zone, source } = zonesOf(run.contact, run.rulebook.workspace);
  const triggeredAt = happenedAt(event, run.now);
  const key = reentryKey(rule, event);
  const refused = ({ reason, ...detail }: Refusal) =>
    record(run, { kind: "not_enrolled", reason, rule: rule.id, event: event.event_id, detail });

  const stale = addDuration(triggeredAt, rule.trigger.maxAge, zone);
  if (stale < run.now) return refused({ reason: "event.stale", happened: triggeredAt, too_old_since: stale });
  if (!isRolledOut(run, rule)) return refused({ reason: "rollout", share: rule.rollout });
  const occupied = makeRoom(run, rule, key, triggeredAt);
  if (occupied !== null) return refused(occupied);

  const due = firstDue(rule.delay, event, id, run.now, zone);
  const enrollment: Enrollment = {
    id,
    rule: rule.id,
    digest: rule.digest,
    key,
    arm: armOf(run, rule),
    trigger: event,
    triggeredAt,
    expiresAt: addDuration(triggeredAt, rule.expires, zone),
    step: rule.first,
    begun: false,
    state: { kind: "waiting", until: due },
  };
  putEnrollment(run, enrollment);
  const detail = {
    arm: enrollment.arm,
    due,
    zone,
    zone_source: source,
    ...(key !== null && { key }),
    ...(rule.holdout > 0 && { holdout: rule.holdout }),
  };
  record(run, { kind: "enrolled", rule: rule.id, enrollment: id, event: event.event_id, detail });
  openGoal(run, rule, enrollment);
  const stop = knownStop(run, rule, enrollment);
  if (stop !== null) endEnrollment(run, enrollment, stop.reason, causeOf(stop.event));
}

/**
 * Judges an enrollment that moved here from another document as if it had just been triggered here. True when it ends:
 * the contact is in this rule already, or an event that stops it is known here.
 */
export function enrolledAgain(run: Run, enrollment: Enrollment, merged: boolean): boolean {
  const rule = run.rulebook.rules.get(enrollment.rule);
  if (rule === undefined) return false;
  const others = activeRuns(run, rule, enrollment.key).some((other) => other.id !== enrollment.id);
  if (merged) endRivals(run, rule, enrollment.key);
  else if (rule.reentry.policy !== "parallel" && others && enrollment.only !== true)
    endEnrollment(run, enrollment, "reentry.active");
  if (run.contact.enrollments[enrollment.id] !== undefined) {
    const stop = knownStop(run, rule, enrollment);
    if (stop !== null) endEnrollment(run, enrollment, stop.reason, causeOf(stop.event));
  }
  return run.contact.enrollments[enrollment.id] === undefined;
}

/** Two contacts have become one: the runs stay that would be left if all triggers had come to it, in their order. */
function endRivals(run: Run, rule: Rule, key: string | null): void {
  const { policy } = rule.reentry;
  const rivals = (policy === "parallel" ? runsOf(run, rule) : activeRuns(run, rule, key)).toSorted(
    (a, b) => a.triggeredAt - b.triggeredAt || (a.id < b.id ? -1 : 1),
  );
  if (policy === "restart") rivals.reverse();
  for (const rival of rivals.slice(policy === "parallel" ? MOST_PARALLEL : 1)) endEnrollment(run, rival, "merged");
}

/** A stable share of contacts; one that grows keeps those it had. */
function isRolledOut({ contact, rulebook }: Run, rule: Rule): boolean {
  if (rule.rollout >= 1) return true;
  const chosen = rulebook.chosenArm?.(rule, contact.key) ?? null;
  if (chosen !== null) return chosen !== "outside";
  return fractionOf(rulebook.workspace.name, "rollout", originOf(rule), contact.key) < rule.rollout;
}

/** Drawn by the experiment, so that rules which share one have the same contacts in their holdout. */
function armOf({ contact, rulebook }: Run, rule: Rule): Arm {
  if (rule.holdout <= 0) return "treated";
  const chosen = rulebook.chosenArm?.(rule, contact.key) ?? null;
  if (chosen !== null) return chosen === "holdout" ? "holdout" : "treated";
  const experiment = rule.experiment === rule.id ? originOf(rule) : rule.experiment;
  return fractionOf(rulebook.workspace.name, experiment, contact.key) < rule.holdout ? "holdout" : "treated";
}

function reentryKey(rule: Rule, event: CanonicalEvent): string | null {
  const value = rule.reentry.key === null ? undefined : scalarAt(event, rule.reentry.key);
  return value === undefined ? null : String(value);
}

/** What has come back for one message that a person wants to try again is no run that others meet. */
function runsOf({ contact }: Run, rule: Rule): readonly Enrollment[] {
  return Object.values(contact.enrollments).filter((each) => each.rule === rule.id && each.only !== true);
}

function activeRuns(run: Run, rule: Rule, key: string | null): readonly Enrollment[] {
  return runsOf(run, rule).filter((enrollment) => enrollment.key === key);
}

/** Applies the rule's reentry policy. A reason when the new trigger starts nothing. */
function makeRoom(run: Run, rule: Rule, key: string | null, triggeredAt: number): Refusal | null {
  const { policy } = rule.reentry;
  const active = activeRuns(run, rule, key);
  const [first] = active;
  const busy = { reason: "reentry.active", ...(first !== undefined && { since: first.triggeredAt }) } as const;
  if (policy === "ignore" && active.length > 0) return busy;
  // News may come late: an older trigger never restarts a newer one.
  const older = active.every((enrollment) => enrollment.triggeredAt <= triggeredAt);
  if (policy === "restart" && !older) return busy;
  const restarts = policy === "restart" && active.length > 0;
  const cooling = run.contact.cooldowns[cooldownKey(rule.id, key)];
  if (!restarts && cooling !== undefined && cooling > triggeredAt)
    return { reason: "reentry.cooldown", until: cooling };
  if (restarts) for (const enrollment of active) endEnrollment(run, enrollment, "restarted");
  const { length } = runsOf(run, rule);
  return length < MOST_PARALLEL ? null : { reason: "reentry.active", runs: length };
}

function firstDue(delay: DurationRange | null, event: CanonicalEvent, id: string, now: number, zone: string): number {
  if (delay === null) return now;
  const from = nominalMs(delay.max) < RACE_DELAY_MS ? arrivedAt(event, now) : happenedAt(event, now);
  return addRange(from, delay, zone, fractionOf(id, "delay"));
}
