import { advanceAll } from "./advance.ts";
import { passOn } from "./handing.ts";
import { handOverRest } from "./moving.ts";
import type { Contact, Enrollment, Intent } from "./model/contact.ts";
import type { Answers, Decision, Input } from "./model/decision.ts";
import type { Rulebook } from "./model/rulebook.ts";
import { takeReconciliation, takeResult } from "./outcome.ts";
import { prune } from "./prune.ts";
import { receive } from "./receive.ts";
import { type Asking, type Run, startRun } from "./run.ts";
import { speak } from "./speak.ts";
import { adoptNewIds, OUTDATED_MS } from "./versions.ts";

/**
 * The whole of Heed's judgement: a contact, what it is confronted with, and now, to a new contact and what must happen
 * next. Pure and synchronous. What it needs from libraries or the world it asks for: the caller finds the answers and
 * calls again with all answers so far, until no question is left. The order of answers cannot matter, because each
 * question has an id of its own and a run repeats itself exactly.
 */
export function decide(rulebook: Rulebook, contact: Contact, input: Input, answers: Answers, now: number): Decision {
  const deliberation = deliberate(rulebook, contact, input, now);
  let step = deliberation.next();
  while (!step.done) {
    const answer = answers.get(step.value.id);
    if (answer === undefined) return { ask: [step.value] };
    step = deliberation.next(answer);
  }
  return step.value;
}

/** The same for whoever has each answer as soon as it is asked for, as the runtime has: nothing is gone over twice. */
export function* deliberate(
  rulebook: Rulebook,
  contact: Contact,
  input: Input,
  now: number,
): Asking<Exclude<Decision, { readonly ask: unknown }>> {
  const run = startRun(rulebook, contact, now);
  const changed = yield* judge(run, input);
  return {
    contact: changed ? run.contact : contact,
    changed,
    effects: changed ? run.effects : [],
    records: run.records,
    wakeAt: nextWake(changed ? run.contact : contact, run),
  };
}

function* judge(run: Run, input: Input): Asking<boolean> {
  const before = run.contact;
  adoptNewIds(run);
  const heard = yield* take(run, input);
  if (!heard && input.kind !== "wake") return false;
  if (run.contact.pointsTo.length > 0) handOverRest(run);
  run.mayWait = input.kind === "wake";
  yield* advanceAll(run);
  // A wake-up always writes, so that a moment that brought nothing is not offered again and again.
  const changed = run.contact !== before || run.effects.length > 0 || input.kind === "wake";
  if (changed) prune(run);
  return changed;
}

function* take(run: Run, input: Input): Asking<boolean> {
  switch (input.kind) {
    case "event":
    case "link":
    case "unlink":
    case "handover":
    case "release":
    case "replay":
    case "cancel":
    case "merge":
    case "erase":
      return yield* receive(run, input);
    case "ticket":
      run.mayWait = true;
      return yield* speak(run, input);
    case "result":
      return takeResult(run, input) || passOnResult(run, input);
    case "reconciled":
      return takeReconciliation(run, input);
    case "wake":
      return true;
  }
}

/** The message has moved since its call began: what came of it matters where it is now. */
function passOnResult(run: Run, input: Extract<Input, { kind: "result" }>): boolean {
  return run.contact.intents[input.intent] === undefined && passOn(run, input);
}

/** The earliest moment at which something of this contact is due, by the run that just judged it what can be done here. */
export function nextWake(contact: Contact, run: Pick<Run, "ahead" | "now"> | null = null): number | null {
  let next = Number.POSITIVE_INFINITY;
  for (const intent of Object.values(contact.intents)) next = Math.min(next, intentDue(intent));
  for (const enrollment of Object.values(contact.enrollments)) {
    const due = enrollmentDue(contact, enrollment);
    // Also one that has expired is ended by somebody with its rules: offered here at once, it would come back for ever.
    const isAhead = run?.ahead.has(enrollment.id) === true && due <= run.now;
    next = Math.min(next, isAhead ? run.now + OUTDATED_MS.step : due);
  }
  return Number.isFinite(next) ? next : null;
}

function intentDue({ state }: Intent): number {
  switch (state.kind) {
    case "deferred":
      return state.until;
    case "calling":
      return state.leaseUntil;
    case "unknown":
      return state.askAt ?? Number.POSITIVE_INFINITY;
    default:
      return Number.POSITIVE_INFINITY;
  }
}

function enrollmentDue(contact: Contact, { state, expiresAt }: Enrollment): number {
  if (state.kind !== "sending") return Math.min(state.until, expiresAt);
  const kind = contact.intents[state.intent]?.state.kind;
  // While a call is under way, or nobody knows, expiry must wait for the last word.
  return kind === "queued" || kind === "deferred" ? expiresAt : Number.POSITIVE_INFINITY;
}
