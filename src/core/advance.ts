import { endEnrollment, goOn } from "./enrollments.ts";
import { factsOfEnrollment } from "./facts-of.ts";
import { enqueueTicket, settleIntent } from "./intents.ts";
import type { Enrollment } from "./model/contact.ts";
import type { Rule, Step } from "./model/rulebook.ts";
import { askCondition, type Asking, putIntent, record, type Run } from "./run.ts";
import { runStep } from "./steps/run-step.ts";

/** Providers are asked again about a lost answer after 1, 2, 4, … minutes, at most hourly. */
const ASK_AGAIN_MS = 60_000;
const ASK_AGAIN_MAX_MS = 3_600_000;

/** Does everything of this contact that is due now, whatever input brought it up. */
export function* advanceAll(run: Run): Asking<void> {
  for (const intent of Object.values(run.contact.intents)) advanceIntent(run, intent.id);
  for (const id of Object.keys(run.contact.enrollments)) yield* advanceEnrollment(run, id);
}

function advanceIntent(run: Run, id: string): void {
  const intent = run.contact.intents[id];
  if (intent === undefined) return;
  const { state } = intent;
  if (state.kind === "deferred" && state.until <= run.now) return enqueueTicket(run, intent);
  if (state.kind === "calling" && state.leaseUntil <= run.now) {
    // The worker that called has died or lost its answer. It may have been sent.
    const unknown = { kind: "unknown", askAt: run.now, asked: 0, message: state.message } as const;
    settleIntent(run, intent, unknown, "provider.unknown", "lease_ended");
    return advanceIntent(run, id);
  }
  if (state.kind === "unknown" && state.askAt !== null && state.askAt <= run.now) {
    const again = Math.min(ASK_AGAIN_MS * 2 ** state.asked, ASK_AGAIN_MAX_MS);
    putIntent(run, { ...intent, state: { ...state, askAt: run.now + again, asked: state.asked + 1 } });
    const job = { kind: "reconcile", intent: intent.id, attempt: intent.attempt, asked: state.asked } as const;
    run.effects.push({ kind: "enqueue", channel: intent.channel, class: intent.class, job });
  }
}

function* advanceEnrollment(run: Run, id: string): Asking<void> {
  for (;;) {
    const enrollment = run.contact.enrollments[id];
    if (enrollment === undefined) return;
    const rule = run.rulebook.rules.get(enrollment.rule);
    if (rule === undefined || !rule.enabled) return endEnrollment(run, enrollment, "rule.disabled");
    if (enrollment.expiresAt <= run.now && !callUnderWay(run, enrollment))
      return endEnrollment(run, enrollment, "expired");
    if (enrollment.state.kind === "sending" || enrollment.state.until > run.now) return;
    const step = rule.steps.get(enrollment.step);
    if (step === undefined) return endEnrollment(run, enrollment, "rule.changed");
    yield* takeStep(run, rule, enrollment, step);
  }
}

function callUnderWay(run: Run, enrollment: Enrollment): boolean {
  if (enrollment.state.kind !== "sending") return false;
  const kind = run.contact.intents[enrollment.state.intent]?.state.kind;
  return kind === "calling" || kind === "unknown";
}

function* takeStep(run: Run, rule: Rule, enrollment: Enrollment, step: Step): Asking<void> {
  // A send asks guard and `when` at the moment of speaking, among its gates; other steps ask them here.
  if (step.verb !== "send") {
    const facts = factsOfEnrollment(run.contact, run.rulebook.workspace, rule, enrollment, run.now);
    if (!enrollment.begun && rule.guard !== null && !(yield* askCondition(run, rule.guard, facts))) {
      return endEnrollment(run, enrollment, "guard.false");
    }
    if (step.when !== null && !(yield* askCondition(run, step.when, facts))) {
      record(run, { kind: "step", reason: "when.false", rule: rule.id, enrollment: enrollment.id, step: step.id });
      return goOn(run, rule, { ...enrollment, begun: true });
    }
  }
  runStep(run, rule, { ...enrollment, begun: true }, step);
}
