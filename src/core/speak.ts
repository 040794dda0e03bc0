import { endEnrollment, goOn } from "./enrollments.ts";
import { factsOfEnrollment } from "./facts-of.ts";
import { GATES } from "./gates.ts";
import { type Gate, type GateVerdict, pass, type Speaking } from "./gates/gate.ts";
import { refuseIntent, settleIntent, takePlace } from "./intents.ts";
import type { Input } from "./model/decision.ts";
import type { OutgoingMessage } from "./model/outgoing.ts";
import { addressKindOf, type Channel, reachesContact } from "./model/rulebook.ts";
import { type Asking, putIntent, type Run } from "./run.ts";

type Ticket = Extract<Input, { kind: "ticket" }>;

/**
 * A ticket's turn has come: judge the message on the state of now, and if every gate lets it pass, begin the call in
 * the same commit that takes its place in the caps. Returns false when the ticket is void: older than the intent's
 * newest, or of a message that has already had its say.
 */
export function* speak(run: Run, ticket: Ticket): Asking<boolean> {
  const intent = run.contact.intents[ticket.intent];
  if (intent?.state.kind !== "queued" || intent.ticket !== ticket.ticket) return false;
  const enrollment = run.contact.enrollments[intent.enrollment];
  const rule = run.rulebook.rules.get(intent.rule);
  const channel = run.rulebook.workspace.channels.get(intent.channel);
  const step = rule?.steps.get(intent.step);
  if (enrollment === undefined || rule === undefined) {
    refuseIntent(run, intent, "rule.disabled");
    if (enrollment !== undefined) endEnrollment(run, enrollment, "rule.disabled");
    return true;
  }
  if (channel === undefined || step?.verb !== "send") {
    refuseIntent(run, intent, "rule.changed");
    endEnrollment(run, enrollment, "rule.changed");
    return true;
  }

  const facts = factsOfEnrollment(run.contact, run.rulebook.workspace, rule, enrollment, run.now);
  const to = recipient(run, channel);
  const speaking: Speaking = { run, rule, enrollment, intent, step, channel, facts, to, content: {} };
  const verdict = yield* judge(speaking);
  if (verdict.kind === "pass") beginCall(speaking, ticket.leaseMs);
  else if (verdict.kind === "defer") {
    settleIntent(run, intent, { kind: "deferred", until: verdict.until }, verdict.reason);
  } else {
    refuseIntent(run, intent, verdict.reason);
    if (verdict.then === "end") endEnrollment(run, enrollment, verdict.reason);
    else goOn(run, rule, enrollment);
  }
  return true;
}

function recipient(run: Run, channel: Channel): string | null {
  return reachesContact(channel.kind) ? (run.contact.addresses[addressKindOf(channel.kind)]?.address ?? null) : null;
}

function* judge(speaking: Speaking): Asking<GateVerdict> {
  for (const gate of GATES) {
    const verdict = yield* ask(gate, speaking);
    if (verdict.kind !== "pass") return verdict;
  }
  return pass;
}

function* ask(gate: Gate, speaking: Speaking): Asking<GateVerdict> {
  const answered = gate(speaking);
  return "next" in answered ? yield* answered : answered;
}

function beginCall({ run, rule, channel, intent, to, content }: Speaking, leaseMs: number): void {
  const attempt = intent.attempt + 1;
  const message: OutgoingMessage = {
    intentId: intent.id,
    attempt,
    contactId: run.contact.id,
    ruleId: rule.id,
    channel: channel.name,
    kind: channel.kind,
    from: channel.from,
    to,
    content,
  };
  putIntent(run, {
    ...intent,
    attempt,
    firstCallAt: intent.firstCallAt ?? run.now,
    lastCallAt: run.now,
    reason: null,
    state: { kind: "calling", leaseUntil: run.now + leaseMs, message },
  });
  takePlace(run, intent, run.now);
  run.effects.push({ kind: "call", message, startedAt: run.now });
}
