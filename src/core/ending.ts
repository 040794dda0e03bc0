import { refuseIntent } from "./intents.ts";
import type { Enrollment } from "./model/contact.ts";
import type { Reason } from "./model/reason.ts";
import { change, putEnrollment, record, type Run } from "./run.ts";
import { addDuration } from "./time/duration.ts";
import { ruleOf } from "./versions.ts";
import { zoneOf } from "./zones.ts";

/** Ends that are no run of the rule: the same contact is in it again, or still. */
const NO_RUN: ReadonlySet<Reason> = new Set(["restarted", "reentry.active"]);

/** A message whose call has begun is not called back; everything else of the enrollment ends here. */
export function endEnrollment(run: Run, enrollment: Enrollment, reason: Reason, note?: string): void {
  const { [enrollment.id]: ended, ...others } = run.contact.enrollments;
  if (ended === undefined) return;
  change(run, { enrollments: others });
  if (ended.state.kind === "sending") {
    const intent = run.contact.intents[ended.state.intent];
    if (intent?.state.kind === "queued" || intent?.state.kind === "deferred") refuseIntent(run, intent, reason);
  }
  const cooldown = ruleOf(run, ended)?.reentry.cooldown ?? null;
  if (cooldown !== null && !NO_RUN.has(reason)) {
    const until = addDuration(run.now, cooldown, zoneOf(run.contact, run.rulebook.workspace));
    change(run, { cooldowns: { ...run.contact.cooldowns, [cooldownKey(ended.rule, ended.key)]: until } });
  }
  record(run, {
    kind: "ended",
    reason,
    rule: enrollment.rule,
    enrollment: enrollment.id,
    ...(note !== undefined && { detail: { note } }),
  });
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
): void {
  for (const enrollment of Object.values(run.contact.enrollments)) {
    const rule = ruleOf(run, enrollment);
    if (rule === undefined || enrollment.triggeredAt > happenedAtMs) continue;
    if (which === "all" || rule.class === which) endEnrollment(run, enrollment, reason);
  }
}

/** Moves an enrollment to a step, due at `until`; null is behind the last one. */
export function moveTo(run: Run, enrollment: Enrollment, step: string | null, until: number = run.now): void {
  if (step === null) return endEnrollment(run, enrollment, "completed");
  putEnrollment(run, { ...enrollment, step, state: { kind: "waiting", until } });
}
