import { isSilenced } from "./absorbing.ts";
import { knownStop } from "./stopping.ts";
import { passOn } from "./handing.ts";
import { enqueueTicket } from "./intents.ts";
import { handToSurvivor } from "./merging.ts";
import { type Contact, type Enrollment, type Intent, nameOfReplay, own } from "./model/contact.ts";
import type { Handed, Replay } from "./model/decision.ts";
import type { Reason } from "./model/reason.ts";
import { putEnrollment, record, type Run } from "./run.ts";
import { ruleOf } from "./versions.ts";

/**
 * A person wants a message that Heed has given up to try again. It gets another ticket, and all gates judge it on the
 * state of now. Its run may have gone on or ended since: it comes back for this message alone, so that no step is taken
 * twice.
 */
export function replay(run: Run, what: Extract<Handed, { kind: "replay" }>): void {
  const intent = own(run.contact.intents, what.intent);
  // The message has moved with its contact.
  if (intent === undefined && (handToSurvivor(run, what) || passOn(run, what))) return;
  const why = whyNotReplayed(run.contact, what);
  if (intent === undefined || why !== null || what.enrollment === null) return refuse(run, what, intent, why);
  const enrollment = revived(run, intent, what.enrollment);
  const reason = whyNotNow(run, intent, enrollment);
  if (reason !== null) return refuse(run, what, intent, reason);
  putEnrollment(run, enrollment);
  // A fresh start for the rule's `retry`, and for counters: those of another day, or a second copy. What is in doubt stays so: no failure to come proves that nothing was sent.
  const fresh = { counted: false, failures: 0, firstCallAt: null, reason: null };
  const again: Intent = { ...intent, ...fresh, enrollment: enrollment.id };
  enqueueTicket(run, intent.state.kind === "unknown" ? { ...again, inDoubt: true } : again);
}

/** Why a message cannot try again, from what its document knows of it: the state it is in, or that it is not known. */
export type WhyNot =
  | Intent["state"]["kind"]
  | "erased"
  | "forgotten"
  | "tried since"
  | "run ended"
  | "may have been sent";

/** Null when nothing that its document knows stands against it. Rules and time may. */
export function whyNotReplayed(
  { intents, erased }: Pick<Contact, "intents" | "erased">,
  { intent: id, attempt, enrollment, mayDouble }: Pick<Replay, "intent" | "attempt" | "enrollment" | "mayDouble">,
): WhyNot | null {
  const intent = own(intents, id);
  if (intent === undefined) return erased === null ? "forgotten" : "erased";
  const { kind } = intent.state;
  const parked = intent.state.kind === "unknown" && intent.state.askAt === null;
  if (kind !== "failed" && !parked) return kind;
  if (intent.attempt !== attempt) return "tried since";
  if (enrollment === null || intent.stopped === true) return "run ended";
  return parked && !mayDouble ? "may have been sent" : null;
}

function revived({ contact }: Run, intent: Intent, then: Enrollment): Enrollment {
  const live = contact.enrollments[then.id];
  if (live?.state.kind === "sending" && live.state.intent === intent.id) return live;
  return { ...then, id: nameOfReplay(then.id, intent), only: true, state: { kind: "sending", intent: intent.id } };
}

function whyNotNow(run: Run, intent: Intent, enrollment: Enrollment): Reason | null {
  const rule = ruleOf(run, enrollment);
  if (rule === undefined || run.rulebook.rules.get(rule.id)?.enabled !== true) return "rule.disabled";
  if (rule.steps.get(intent.step)?.verb !== "send") return "rule.changed";
  if (enrollment.expiresAt <= run.now) return "expired";
  if (isSilenced(run, enrollment)) return "stopped.by_opt_out";
  return knownStop(run, rule, enrollment)?.reason ?? null;
}

function refuse(run: Run, what: Replay, intent: Intent | undefined, why: Reason | WhyNot | null): void {
  record(run, {
    kind: "command",
    ...(intent !== undefined && { rule: intent.rule, enrollment: intent.enrollment, step: intent.step }),
    intent: what.intent,
    detail: { command: "replay", letter: what.letter, refused: why ?? "run ended" },
  });
}
