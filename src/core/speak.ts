import { nextChannel } from "./channel-choice.ts";
import { aboutFor, conversationFor } from "./conversing.ts";
import { costOf } from "./costing.ts";
import { endEnrollment, moveTo } from "./ending.ts";
import { factsOfEnrollment } from "./facts-of.ts";
import { GATES } from "./gates.ts";
import { type Gate, type GateVerdict, pass, type Speaking } from "./gates/gate.ts";
import { deferIntent, enqueueTicket, recordIntent, refuseIntent, takePlace } from "./intents.ts";
import type { Intent } from "./model/contact.ts";
import type { Input } from "./model/decision.ts";
import type { OutgoingMessage } from "./model/outgoing.ts";
import type { Reason } from "./model/reason.ts";
import type { Trail } from "./model/trail.ts";
import { type Asking, putIntent, type Run } from "./run.ts";
import { isAhead, isEndedByChange, OUTDATED_MS, ruleOf } from "./versions.ts";
import { zonesOf } from "./zones.ts";

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
  if (enrollment !== undefined && (yield* isAhead(run, enrollment))) {
    deferIntent(run, intent, run.now + OUTDATED_MS.message, "rules.outdated", []);
    return true;
  }
  const rule = enrollment === undefined ? undefined : ruleOf(run, enrollment);
  const channel = run.rulebook.workspace.channels.get(intent.channel);
  const step = rule?.steps.get(intent.step);
  if (enrollment === undefined || rule === undefined) {
    refuseIntent(run, intent, "rule.disabled");
    if (enrollment !== undefined) endEnrollment(run, enrollment, "rule.disabled");
    return true;
  }
  if (isEndedByChange(run, enrollment, rule)) {
    refuseIntent(run, intent, "cancelled");
    endEnrollment(run, enrollment, "cancelled");
    return true;
  }
  if (channel === undefined || step?.verb !== "send") {
    refuseIntent(run, intent, "rule.changed");
    endEnrollment(run, enrollment, "rule.changed");
    return true;
  }

  const { workspace } = run.rulebook;
  const facts = factsOfEnrollment(run.contact, workspace, rule, enrollment, run.now);
  const zones = zonesOf(run.contact, workspace);
  const open = { to: null, content: {}, body: null };
  const speaking: Speaking = { run, rule, enrollment, intent, step, channel, facts, zones, ...open };
  const { verdict, said } = yield* judge(speaking);
  const trail = trailOf(said);
  if (verdict.kind === "pass") beginCall(speaking, ticket.leaseMs, trail);
  else if (verdict.kind === "defer") deferIntent(run, intent, verdict.until, verdict.reason, trail);
  else refuse(speaking, verdict.reason, verdict.then, trail);
  return true;
}

/** The first word that is no pass, and what every gate said that had something to look at. */
function* judge(speaking: Speaking): Asking<{ readonly verdict: GateVerdict; readonly said: readonly Said[] }> {
  const said: Said[] = [];
  for (const { name, gate } of GATES) {
    const verdict = yield* ask(gate, speaking);
    if (verdict.saw !== undefined) said.push({ name, verdict });
    if (verdict.kind !== "pass") return { verdict, said };
  }
  return { verdict: pass, said };
}

interface Said {
  readonly name: string;
  readonly verdict: GateVerdict;
}

/** Made once, when the last question has been answered: whoever asks `decide` goes over it again for each. */
function trailOf(said: readonly Said[]): Trail {
  return said.map(({ name, verdict: { kind, saw } }) => ({
    gate: name,
    ...(kind !== "pass" && { verdict: kind }),
    ...saw?.(),
  }));
}

function* ask(gate: Gate, speaking: Speaking): Asking<GateVerdict> {
  const answered = gate(speaking);
  return "next" in answered ? yield* answered : answered;
}

function refuse(
  { run, rule, enrollment, intent, step }: Speaking,
  reason: Reason,
  then: RefusalPath,
  trail: Trail,
): void {
  refuseIntent(run, intent, reason, trail);
  if (then === "end") return endEnrollment(run, enrollment, reason);
  if (then === "skip") return moveTo(run, enrollment, step.next);
  const tried = [...intent.tried, intent.channel];
  const channel = nextChannel(run, rule, step, tried);
  if (channel === null) return moveTo(run, enrollment, step.onFailure ?? step.next);
  enqueueTicket(run, { ...intent, channel, tried, counted: false, reason: null });
}

type RefusalPath = Extract<GateVerdict, { kind: "refuse" }>["then"];

function beginCall(
  { run, rule, step, channel, intent, to, content, body }: Speaking,
  leaseMs: number,
  trail: Trail,
): void {
  const attempt = intent.attempt + 1;
  const provider = step.provider ?? channel.provider;
  const cost = costOf(channel, to, content);
  const conversation = conversationFor(run, channel.kind);
  const about = aboutFor(run, channel.kind);
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
    ...(body !== null && { body }),
    ...(about !== undefined && { about }),
    ...(conversation.length > 0 && { conversation }),
  };
  const called: Intent = {
    ...intent,
    attempt,
    provider,
    counted: true,
    firstCallAt: intent.firstCallAt ?? run.now,
    lastCallAt: run.now,
    ...(cost !== null && { cost }),
    reason: null,
    state: { kind: "calling", leaseUntil: run.now + leaseMs, message, trail },
  };
  putIntent(run, called);
  recordIntent(run, called, "called");
  takePlace(run, intent, run.now);
  run.effects.push({ kind: "call", message, provider, startedAt: run.now });
}
