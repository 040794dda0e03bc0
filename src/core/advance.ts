import { endEnrollment, moveTo } from "./ending.ts";
import { factsOfEnrollment } from "./facts-of.ts";
import { heldTold, holdOn } from "./holds.ts";
import { enqueueTicket, settleIntent } from "./intents.ts";
import type { Enrollment } from "./model/contact.ts";
import type { JsonObject } from "./model/json.ts";
import type { Reason } from "./model/reason.ts";
import type { Rule, Step } from "./model/rulebook.ts";
import { judge, waitForAnswer, withLookups } from "./looking-up.ts";
import { type Asking, putEnrollment, putIntent, record, type Run } from "./run.ts";
import { runStep } from "./steps/run-step.ts";
import { send } from "./steps/send.ts";
import { isAhead, isEndedByChange, OUTDATED_MS, ruleOf } from "./versions.ts";

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
    if (yield* isAhead(run, enrollment)) return lookAgain(run, enrollment);
    const rule = ruleOf(run, enrollment);
    if (rule === undefined || !isEnabled(run, rule)) return endEnrollment(run, enrollment, "rule.disabled");
    if (isEndedByChange(run, enrollment, rule)) return endEnrollment(run, enrollment, "cancelled");
    if (enrollment.digest !== rule.digest) {
      putEnrollment(run, { ...enrollment, digest: rule.digest });
      continue;
    }
    if (enrollment.expiresAt <= run.now && !callUnderWay(run, enrollment))
      return endEnrollment(run, enrollment, "expired", { since: enrollment.expiresAt });
    if (enrollment.state.kind === "sending" || enrollment.state.until > run.now || run.left.has(id)) return;
    const step = rule.steps.get(enrollment.step);
    if (step === undefined) return endEnrollment(run, enrollment, "rule.changed");
    if (enrollment.state.kind === "listening") {
      const { until } = enrollment.state;
      record(run, { kind: "step", rule: rule.id, enrollment: id, step: step.id, detail: { timed_out: until } });
      moveTo(run, enrollment, step.verb === "wait_for" ? step.otherwise : step.next, enrollment.state.until);
      continue;
    }
    const hold = SLEEPS.has(step.verb) ? null : holdOn(run, rule, enrollment);
    if (hold !== null) {
      const detail = { until: hold.until, ...heldTold(hold) };
      record(run, { kind: "step", reason: "held", rule: rule.id, enrollment: id, step: step.id, detail });
      return putEnrollment(run, { ...enrollment, state: { kind: "waiting", until: hold.until } });
    }
    yield* takeStep(run, rule, enrollment, step);
  }
}

/** Steps that only let time pass: it passes for those who are held, too. */
const SLEEPS: ReadonlySet<Step["verb"]> = new Set(["wait", "wait_for"]);

/** What is due waits for somebody with newer rules; a message has its ticket, which does so itself. */
function lookAgain(run: Run, enrollment: Enrollment): void {
  const { state } = enrollment;
  run.ahead.add(enrollment.id);
  if (state.kind === "sending" || state.until > run.now) return;
  const until = run.now + OUTDATED_MS.step;
  const { id, rule, step } = enrollment;
  record(run, { kind: "step", reason: "rules.outdated", rule, enrollment: id, step, detail: { until } });
  putEnrollment(run, { ...enrollment, state: { ...state, until } });
}

/** Switching a rule off concerns all its versions. */
function isEnabled(run: Run, rule: Rule): boolean {
  return run.rulebook.rules.get(rule.id)?.enabled === true;
}

function callUnderWay(run: Run, enrollment: Enrollment): boolean {
  if (enrollment.state.kind !== "sending") return false;
  const kind = run.contact.intents[enrollment.state.intent]?.state.kind;
  return kind === "calling" || kind === "unknown";
}

/** What a rule in shadow mode leaves undone, beside its sends: it must not change what other rules see. */
const LEAVES_TRACES: ReadonlySet<Step["verb"]> = new Set(["set", "tag", "untag", "emit", "hold"]);

function* takeStep(run: Run, rule: Rule, waiting: Enrollment, step: Step): Asking<void> {
  const enrollment = { ...waiting, begun: true };
  // A send asks guard and `when` at the moment of speaking, among its gates; other steps ask them here.
  if (step.verb === "send") return send(run, rule, enrollment, step);
  const facts = factsOfEnrollment(run.contact, run.rulebook.workspace, rule, enrollment, run.now);
  const skip = (reason: Reason, detail?: JsonObject) => {
    const place = { rule: rule.id, enrollment: enrollment.id, step: step.id };
    record(run, { kind: "step", reason, ...place, ...(detail !== undefined && { detail }) });
    moveTo(run, enrollment, step.next);
  };
  if (!waiting.begun && rule.guard !== null) {
    const verdict = yield* judge(run, enrollment, rule.guard, facts);
    if ("reason" in verdict) return waitForAnswer(run, waiting, verdict);
    if (!verdict.holds) return endEnrollment(run, enrollment, "guard.false", { tests: verdict.tests });
  }
  if (step.when !== null) {
    const verdict = yield* judge(run, enrollment, step.when, facts);
    if ("reason" in verdict) return waitForAnswer(run, waiting, verdict);
    if (!verdict.holds) return skip("when.false", { tests: verdict.tests });
  }
  if (rule.shadow && LEAVES_TRACES.has(step.verb)) return skip("rule.shadow");
  const known = yield* withLookups(run, enrollment, step.lookups ?? [], facts);
  if ("reason" in known) return waitForAnswer(run, waiting, known);
  yield* runStep(run, enrollment, step, known.facts);
}
