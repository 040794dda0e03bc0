import { refuseIntent } from "./intents.ts";
import { type Enrollment, runOf } from "./model/contact.ts";
import type { CanonicalEvent } from "./model/event.ts";
import type { JsonObject } from "./model/json.ts";
import type { Reason } from "./model/reason.ts";
import { change, putEnrollment, record, type Run } from "./run.ts";
import { addDuration } from "./time/duration.ts";
import { ruleOf } from "./versions.ts";
import { zoneOf } from "./zones.ts";

/** Ends that are no run of the rule: the same contact is in it again, or still. */
const NO_RUN: ReadonlySet<Reason> = new Set(["restarted", "reentry.active", "merged"]);

/** Ends by the word or deed of somebody, who wants no more of it. */
const FOR_GOOD: ReadonlySet<Reason> = new Set([
  "stopped.by_event",
  "stopped.by_reply",
  "stopped.by_opt_out",
  "cancelled",
]);

/** A message whose call has begun is not called back; everything else of the enrollment ends here. `detail`: what ended it. */
export function endEnrollment(run: Run, enrollment: Enrollment, reason: Reason, detail?: JsonObject): void {
  const { [enrollment.id]: ended, ...others } = run.contact.enrollments;
  if (ended === undefined) return;
  change(run, { enrollments: others });
  if (ended.state.kind === "sending") {
    const intent = run.contact.intents[ended.state.intent];
    if (intent?.state.kind === "queued" || intent?.state.kind === "deferred") refuseIntent(run, intent, reason);
  }
  if (FOR_GOOD.has(reason)) stopMessages(run, ended.id);
  const cooldown = ruleOf(run, ended)?.reentry.cooldown ?? null;
  if (cooldown !== null && !NO_RUN.has(reason) && ended.only !== true) {
    const until = addDuration(run.now, cooldown, zoneOf(run.contact, run.rulebook.workspace));
    change(run, { cooldowns: { ...run.contact.cooldowns, [cooldownKey(ended.rule, ended.key)]: until } });
  }
  record(run, {
    kind: "ended",
    reason,
    rule: enrollment.rule,
    enrollment: enrollment.id,
    ...(detail !== undefined && { detail }),
  });
}

/** Those that may be given up, or were: a person could have them tried again, or had. */
function stopMessages(run: Run, ended: string): void {
  for (const intent of Object.values(run.contact.intents)) {
    const { kind } = intent.state;
    if (kind !== "calling" && kind !== "unknown" && kind !== "failed") continue;
    if (intent.enrollment !== ended && runOf(intent.enrollment) !== ended) continue;
    change(run, { intents: { ...run.contact.intents, [intent.id]: { ...intent, stopped: true } } });
  }
}

/** The event that ended something, or let it go on, for the account. */
export function causeOf(event: CanonicalEvent): JsonObject {
  return { event: event.event_id, type: event.event_type, occurred_at: event.occurred_at };
}

/** Rule ids have no spaces. */
export function cooldownKey(rule: string, key: string | null): string {
  return key === null ? rule : `${rule} ${key}`;
}

/** Ends the live enrollments of one class, or of all, that were triggered no later than `happenedAtMs`. */
export function endClass(
  run: Run,
  which: "marketing" | "transactional" | "all",
  happenedAtMs: number,
  reason: Reason,
  detail?: JsonObject,
): void {
  for (const enrollment of Object.values(run.contact.enrollments)) {
    const rule = ruleOf(run, enrollment);
    if (rule === undefined || enrollment.triggeredAt > happenedAtMs) continue;
    if (which === "all" || rule.class === which) endEnrollment(run, enrollment, reason, detail);
  }
}

/** Moves an enrollment to a step, due at `until`; null is behind the last one. One of a single message has no next. */
export function moveTo(run: Run, enrollment: Enrollment, step: string | null, until: number = run.now): void {
  if (step === null || enrollment.only === true) return endEnrollment(run, enrollment, "completed");
  putEnrollment(run, { ...enrollment, step, state: { kind: "waiting", until } });
}
