import type { Intent, IntentState, TakenPlace } from "./model/contact.ts";
import type { Reason } from "./model/reason.ts";
import type { Trail } from "./model/trail.ts";
import { change, putIntent, record, type Run } from "./run.ts";

/** Puts a (new) ticket into the lane of the message's channel and class. Older tickets of it are void from now on. */
export function enqueueTicket(run: Run, intent: Intent): void {
  const ticket = intent.ticket + 1;
  putIntent(run, { ...intent, ticket, state: { kind: "queued" } });
  run.effects.push({
    kind: "enqueue",
    channel: intent.channel,
    class: intent.class,
    job: { kind: "send", intent: intent.id, ticket },
  });
}

/** The gates said no, or it has become pointless to ask them. */
export function refuseIntent(run: Run, intent: Intent, reason: Reason, trail?: Trail): void {
  settle(run, { ...intent, state: { kind: "refused" }, reason }, { trail });
}

/** A word about a message, in its state and in the account, after a call with what its gates saw before it. */
export function settleIntent(run: Run, intent: Intent, state: IntentState, reason: Reason, code?: string): void {
  const trail = intent.state.kind === "calling" ? intent.state.trail : undefined;
  settle(run, { ...intent, state, reason }, { code, trail });
}

/** Before a word about the message: that it is meant, or that a call for it begins. */
export function recordIntent(run: Run, intent: Intent, word: "meant" | "called"): void {
  const { rule, enrollment, step, id, channel, class: messageClass, attempt, provider } = intent;
  const call = word === "called" && { attempt, provider };
  record(run, {
    kind: "intent",
    rule,
    enrollment,
    step,
    intent: id,
    detail: { word, channel, class: messageClass, ...call },
  });
}

interface Word {
  readonly code?: string | undefined;
  readonly trail?: Trail | undefined;
}

/** The message as it stands from now on. */
function settle(run: Run, intent: Intent & { readonly reason: Reason }, { code, trail }: Word): void {
  const { state, reason } = intent;
  putIntent(run, intent);
  record(run, {
    kind: "message",
    reason,
    rule: intent.rule,
    enrollment: intent.enrollment,
    step: intent.step,
    intent: intent.id,
    detail: {
      channel: intent.channel,
      class: intent.class,
      attempt: intent.attempt,
      ...(intent.provider !== null && { provider: intent.provider }),
      ...(code !== undefined && { code }),
      ...(intent.cost !== undefined && mayHaveCost(state) && { cost: { ...intent.cost } }),
      ...(state.kind === "deferred" && { until: state.until }),
      ...(trail !== undefined && { gates: trail }),
    },
  });
}

function mayHaveCost({ kind }: IntentState): boolean {
  return kind === "accepted" || kind === "unknown";
}

/** Waits for another ticket. The same reason again is no news. */
export function deferIntent(run: Run, intent: Intent, until: number, reason: Reason, trail: Trail): void {
  const state: IntentState = { kind: "deferred", until };
  if (intent.reason === reason) putIntent(run, { ...intent, state });
  else settle(run, { ...intent, state, reason }, { trail });
}

/** Takes a place among the contact's messages, one for each. */
export function takePlace(run: Run, intent: Intent, at: number): void {
  releasePlace(run, intent.id);
  const place = { intent: intent.id, at, rule: intent.rule, channel: intent.channel, class: intent.class };
  change(run, { taken: [...run.contact.taken, place] });
}

/**
 * Gives back the place that a message took, because it surely was not sent: here, and wherever it has moved meanwhile. A
 * message in doubt keeps its place, because an earlier attempt may have been taken.
 */
export function giveBackPlace(run: Run, intent: Intent): Intent {
  if (intent.inDoubt) return intent;
  releasePlace(run, intent.id);
  const { placeWith, ...rest } = intent;
  if (placeWith === undefined || intent.lastCallAt === null) return intent;
  const place = { intent: intent.id, at: intent.lastCallAt };
  run.effects.push({ kind: "hand", key: placeWith, id: releaseId(place), what: { kind: "release", ...place } });
  return rest;
}

/** What a document that was told of it keeps in mind, should the place arrive only after the word that it is free. */
export function releaseId({ intent, at }: Pick<TakenPlace, "intent" | "at">): string {
  return `release:${intent}:${at}`;
}

/** A message that took its place elsewhere has failed there. */
export function release(run: Run, { intent, at }: Pick<TakenPlace, "intent" | "at">): void {
  change(run, { taken: run.contact.taken.filter((place) => place.intent !== intent || place.at !== at) });
}

function releasePlace(run: Run, intentId: string): void {
  if (!run.contact.taken.some((place) => place.intent === intentId)) return;
  change(run, { taken: run.contact.taken.filter((place) => place.intent !== intentId) });
}
