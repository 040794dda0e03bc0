import { learnSaid } from "./conversing.ts";
import { endEnrollment, moveTo } from "./ending.ts";
import { giveBackPlace, settleIntent, takePlace } from "./intents.ts";
import { type Intent, own, suppressionKey } from "./model/contact.ts";
import type { Input } from "./model/decision.ts";
import type { CanonicalEvent } from "./model/event.ts";
import { addressKey } from "./model/identity.ts";
import type { OutgoingMessage, SendOutcome } from "./model/outgoing.ts";
import type { Reason } from "./model/reason.ts";
import { addressKindOf, reachesContact, type Rule } from "./model/rulebook.ts";
import { fractionOf } from "./model/sha256.ts";
import { tellAddress } from "./linking.ts";
import { suppress } from "./opting-out.ts";
import { change, putIntent, type Run } from "./run.ts";
import { addDuration } from "./time/duration.ts";
import { formatInstant } from "./time/instant.ts";
import { ruleOf } from "./versions.ts";
import { zoneOf } from "./zones.ts";

/** Full jitter between nothing and 10, 20, 40, … seconds, at most five minutes: five attempts stay well within 15 minutes. */
const BACKOFF_MS = 10_000;
const BACKOFF_MAX_MS = 300_000;
/** A lane whose credentials were refused is tried again with one message after this long. */
const MISCONFIGURED_MS = 60_000;
/**
 * A vendor may still be at work on a request whose answer we gave up on; asking at once could miss it. Long enough for
 * clocks of workers that differ by some seconds, too: one sets the moment, and another may keep it.
 */
const SETTLE_MS = 10_000;
/** A vendor that cannot say for a day what became of a message will not say it any more. */
const ASKING_ENDS_MS = 24 * 3_600_000;

/** What came of a call. Returns false when the result is of an attempt that has had its last word. */
export function takeResult(run: Run, input: Extract<Input, { kind: "result" }>): boolean {
  const intent = run.contact.intents[input.intent];
  const { outcome } = input;
  if (intent === undefined) return false;
  // A late yes is a yes, whatever was concluded meanwhile: a ticket that waits must not become a second message.
  const isOlder = input.attempt < intent.attempt && intent.state.kind !== "accepted";
  if (outcome.kind === "accepted" && (isOlder || waitsForAnother(intent))) {
    accept(run, intent, outcome.providerMessageId);
    return true;
  }
  if (intent.attempt !== input.attempt) return false;
  if (intent.state.kind === "accepted" && outcome.kind === "accepted") {
    // A webhook overtook the answer; only the provider's own id is news.
    if (intent.providerMessageId !== null || outcome.providerMessageId === null) return false;
    putIntent(run, { ...intent, providerMessageId: outcome.providerMessageId });
    return true;
  }
  if (intent.state.kind !== "calling" && intent.state.kind !== "unknown") return false;
  const { message } = intent.state;
  switch (outcome.kind) {
    case "accepted":
      accept(run, intent, outcome.providerMessageId);
      break;
    case "rejected":
      reject(run, intent, message, outcome);
      break;
    case "retryable":
      if (isParked(intent)) return clear(run, intent, outcome.code);
      retry(run, intent, outcome.code, outcome.afterMs);
      break;
    case "misconfigured":
      if (isParked(intent)) return clear(run, intent, outcome.code);
      settleIntent(
        run,
        giveBackPlace(run, intent),
        run.contact.enrollments[intent.enrollment] === undefined
          ? { kind: "failed" }
          : { kind: "deferred", until: run.now + MISCONFIGURED_MS },
        "provider.failed",
        outcome.code,
      );
      break;
    case "ambiguous":
      if (intent.state.kind === "unknown") return false;
      settleIntent(
        run,
        intent,
        { kind: "unknown", askAt: run.now + SETTLE_MS, asked: 0, message },
        "provider.unknown",
        outcome.code,
      );
      break;
  }
  return true;
}

/** What the provider says when asked about a lost answer. */
export function takeReconciliation(run: Run, input: Extract<Input, { kind: "reconciled" }>): boolean {
  const intent = run.contact.intents[input.intent];
  if (intent?.state.kind !== "unknown" || intent.attempt !== input.attempt) return false;
  const { outcome } = input;
  // What is parked has had its last word but one: the sequence went on, so only news that it was taken changes anything.
  if (isParked(intent) && outcome.kind !== "found") return false;
  switch (outcome.kind) {
    case "found":
      accept(run, intent, outcome.providerMessageId);
      return true;
    case "not_found":
      retry(run, withoutDoubt(intent), outcome.kind, null);
      return true;
    case "repeatable":
      repeat(run, { ...intent, inDoubt: true }, outcome.kind);
      return true;
    case "impossible":
      if (repeatsBlindly(run, intent)) repeat(run, { ...intent, inDoubt: true }, outcome.kind);
      else park(run, intent);
      return true;
    case "unavailable":
      if (run.now - (intent.lastCallAt ?? run.now) < ASKING_ENDS_MS) return false;
      park(run, intent);
      return true;
  }
}

/** Who is asked speaks of all attempts. */
function withoutDoubt({ inDoubt: _doubt, ...intent }: Intent): Intent {
  return intent;
}

/**
 * A provider's webhook about this message proves that it took it, whatever became of our answer, and whatever was said of
 * attempts since: one that was held up may have spoken after the next had been rejected.
 */
export function confirmTaken(run: Run, intentId: string): void {
  const intent = own(run.contact.intents, intentId);
  if (intent !== undefined && intent.attempt > 0 && intent.state.kind !== "accepted") accept(run, intent, null);
}

/** An earlier call is behind it, and another ticket or moment before it. */
function waitsForAnother({ attempt, state }: Intent): boolean {
  return attempt > 0 && (state.kind === "queued" || state.kind === "deferred");
}

function accept(run: Run, intent: Intent, providerMessageId: string | null): void {
  const { state } = intent;
  if (state.kind === "calling" || state.kind === "unknown") learnSaid(run, intent, state.message);
  settleIntent(run, { ...intent, providerMessageId }, { kind: "accepted" }, "sent");
  // Given back, if nothing seemed sent, and taken again now that something was.
  if (intent.placeWith === undefined && !run.contact.taken.some((place) => place.intent === intent.id))
    takePlace(run, intent, intent.lastCallAt ?? run.now);
  proceed(run, intent);
}

function reject(
  run: Run,
  intent: Intent,
  message: OutgoingMessage,
  outcome: Extract<SendOutcome, { kind: "rejected" }>,
): void {
  settleIntent(run, giveBackPlace(run, intent), { kind: "rejected" }, "provider.rejected", outcome.code);
  if (message.to !== null && reachesContact(message.kind)) {
    const kind = addressKindOf(message.kind);
    const key = addressKey(kind, message.to);
    if (outcome.class === "invalid_address") change(run, { invalid: { ...run.contact.invalid, [key]: run.now } });
    if (outcome.class === "opted_out") {
      const silence = suppressionKey(message.kind, message.to);
      suppress(run, silence, "opted_out", run.now);
      if (silence === key && key !== run.contact.key) tellAddress(run, key, adoptedOptOut(run, intent, message));
    }
  }
  proceed(run, intent, "failed");
}

/** The provider knew of an opt-out that we did not: the address's own document must learn it too. */
function adoptedOptOut(run: Run, intent: Intent, message: OutgoingMessage): CanonicalEvent {
  const at = formatInstant(run.now);
  return {
    schema_version: 1,
    event_id: `rejected:${intent.id}:${intent.attempt}`,
    event_type: message.kind === "sms" ? "sms.opted_out" : "email.complained",
    occurred_at: at,
    received_at: at,
    provider: "heed",
    channel: message.channel,
    ...(message.to !== null && { address: message.kind === "sms" ? { phone: message.to } : { email: message.to } }),
    data: { adopted: true },
  };
}

/** The attempt surely sent nothing: its place is free again, and another attempt makes sense. */
function retry(run: Run, intent: Intent, code: string, afterMs: number | null): void {
  repeat(run, giveBackPlace(run, intent), code, afterMs);
}

/** Another attempt later, through all gates again, or the end of trying. */
function repeat(run: Run, intent: Intent, code: string, afterMs: number | null = null): void {
  const failed: Intent = { ...intent, failures: intent.failures + 1 };
  const enrollment = run.contact.enrollments[intent.enrollment];
  const rule = enrollment === undefined ? undefined : ruleOf(run, enrollment);
  const until = run.now + Math.max(afterMs ?? 0, backoff(failed));
  if (rule !== undefined && failed.failures < rule.retry.attempts && until <= lastTry(run, failed, rule)) {
    return settleIntent(run, failed, { kind: "deferred", until }, "provider.failed", code);
  }
  // Perhaps it was sent long ago: nothing may take its place.
  if (failed.inDoubt) return park(run, failed);
  settleIntent(run, failed, { kind: "failed" }, "provider.failed", code);
  if (rule === undefined) return;
  bury(run, failed, "provider.failed");
  proceed(run, failed, "failed");
}

function backoff(intent: Intent): number {
  const most = Math.min(BACKOFF_MS * 2 ** (intent.failures - 1), BACKOFF_MAX_MS);
  return Math.round(most * fractionOf(intent.id, "backoff", String(intent.attempt)));
}

function lastTry(run: Run, intent: Intent, rule: Rule): number {
  return addDuration(intent.firstCallAt ?? run.now, rule.retry.within, zoneOf(run.contact, run.rulebook.workspace));
}

function repeatsBlindly(run: Run, intent: Intent): boolean {
  const enrollment = run.contact.enrollments[intent.enrollment];
  const rule = enrollment === undefined ? run.rulebook.rules.get(intent.rule) : ruleOf(run, enrollment);
  const step = rule?.steps.get(intent.step);
  return step?.verb === "send" && step.onAmbiguous === "retry";
}

/** Nobody can say any more: it counts as sent, keeps its place in the caps, and waits for a webhook or a person. */
function park(run: Run, intent: Intent): void {
  const { state } = intent;
  if (state.kind !== "unknown" && state.kind !== "calling") return;
  // The text has served its purpose: nobody will be asked any more.
  const { conversation: _read, ...sent } = state.message;
  const message = { ...sent, content: {} };
  const asked = state.kind === "unknown" ? state.asked : 0;
  settleIntent(run, intent, { kind: "unknown", askAt: null, asked, message }, "provider.unknown", "parked");
  bury(run, intent, "provider.unknown");
  proceed(run, intent);
}

function isParked({ state }: Intent): boolean {
  return state.kind === "unknown" && state.askAt === null;
}

/**
 * The call of a message that is parked turns out to have sent nothing. Its run went on as if it had, so it tries again
 * only when a person says so, who need not fear a second copy any more. False while an earlier attempt is in doubt.
 */
function clear(run: Run, intent: Intent, code: string): boolean {
  if (intent.inDoubt) return false;
  settleIntent(run, giveBackPlace(run, intent), { kind: "failed" }, "provider.failed", code);
  return true;
}

/** Kept for a person to decide about, with the run as it stands, because that goes on or ends now. */
function bury(run: Run, { id, attempt, enrollment }: Intent, reason: Reason): void {
  const letter = { reason, intent: id, attempt, enrollment: run.contact.enrollments[enrollment] ?? null };
  run.effects.push({ kind: "bury", letter });
}

/** The sequence goes on after a message's last word. A message of an enrollment that has ended speaks for nobody. */
function proceed(run: Run, intent: Intent, how: "sent" | "failed" = "sent"): void {
  const enrollment = run.contact.enrollments[intent.enrollment];
  if (enrollment?.state.kind !== "sending" || enrollment.state.intent !== intent.id) return;
  const rule = ruleOf(run, enrollment);
  if (rule === undefined) return;
  const step = rule.steps.get(enrollment.step);
  if (step?.verb !== "send") return endEnrollment(run, enrollment, "rule.changed");
  moveTo(run, enrollment, how === "failed" ? (step.onFailure ?? step.next) : step.next);
}
