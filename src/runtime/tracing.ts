import { own } from "../core/model/contact.ts";
import type { Contact } from "../core/model/contact.ts";
import type { Input } from "../core/model/decision.ts";
import { type CanonicalEvent, eventKey } from "../core/model/event.ts";
import type { OutgoingMessage } from "../core/model/outgoing.ts";
import { parseInstant } from "../core/time/instant.ts";
import type { Delivery } from "../store/store.ts";
import type { Judged } from "./judge-and-commit.ts";
import type { Parts } from "./parts.ts";

/** An event's way as spans of one trace: door → decision → message → call and result. Each tells its own stage. */

const doorOf = (event: CanonicalEvent): string => `door:${eventKey(event)}`;
const decisionOf = (event: CanonicalEvent, key: string): string => `decision:${eventKey(event)}:${key}`;

/** The door's span is told here, too: an event says when it was received, and its delivery when it was durable. */
export function traceDecision(
  parts: Parts,
  delivery: Delivery,
  { input, began, judged }: { readonly input: Input; readonly began: number; readonly judged: Judged },
): void {
  const { traces, clock } = parts;
  if (traces === undefined || input.kind !== "event") return;
  const { event } = input;
  const trace = eventKey(event);
  // Publishers name themselves as they like: what is not in heed.yaml may be anything.
  const source = parts.deployed().providers.has(event.provider) || event.provider === "api" ? event.provider : "other";
  const door = doorOf(event);
  if (input.via === undefined) {
    const from = parseInstant(event.received_at) ?? delivery.at;
    const attributes = { "heed.source": source };
    traces.tell({ trace, id: door, parent: null, name: "door", kind: "server", from, to: delivery.at, attributes });
  }
  const messages = judged.effects.filter(({ kind }) => kind === "enqueue").length;
  traces.tell({
    trace,
    id: decisionOf(event, delivery.key),
    parent: door,
    name: "decision",
    kind: "internal",
    from: began,
    to: clock.now(),
    attributes: { "heed.source": source, "heed.waited_ms": began - delivery.at, "heed.messages": messages },
  });
}

export interface TracedCall {
  readonly message: OutgoingMessage;
  readonly provider: string;
  readonly outcome: string;
  /** Epoch milliseconds. */
  readonly calledAt: number;
  readonly answeredAt: number;
}

/** A message belongs to the trace of the event that began its run; without a run that is known, it is in none. */
export function traceCall(parts: Parts, delivery: Delivery, contact: Contact, call: TracedCall): void {
  const { traces, clock } = parts;
  if (traces === undefined) return;
  const { message, provider, outcome, calledAt, answeredAt } = call;
  const intent = own(contact.intents, message.intentId);
  const run = intent === undefined ? undefined : own(contact.enrollments, intent.enrollment);
  if (intent === undefined || run === undefined) return;
  const trace = eventKey(run.trigger);
  const of = `${message.intentId}:${message.attempt}`;
  const attributes = {
    "heed.rule": message.ruleId,
    "heed.channel": message.channel,
    "heed.class": intent.class,
    "heed.provider": provider,
    "heed.attempt": message.attempt,
    "heed.outcome": outcome,
  };
  const sent = `message:${of}`;
  const failed = outcome === "accepted" ? {} : { failed: true as const };
  const now = clock.now();
  const base = { trace, attributes, ...failed };
  const decision = decisionOf(run.trigger, delivery.key);
  traces.tell({ ...base, id: sent, parent: decision, name: "message", kind: "internal", from: delivery.at, to: now });
  traces.tell({
    ...base,
    id: `call:${of}`,
    parent: sent,
    name: "send",
    kind: "client",
    from: calledAt,
    to: answeredAt,
  });
  traces.tell({
    ...base,
    id: `result:${of}`,
    parent: sent,
    name: "result",
    kind: "internal",
    from: answeredAt,
    to: now,
  });
}
