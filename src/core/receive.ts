import { byOurName, messageMeant } from "./attributing.ts";
import { attributesIn, learnAttributes, typedEvent } from "./attributes.ts";
import { cancel } from "./cancelling.ts";
import { confirmOptOut, numberToAnswer } from "./confirming.ts";
import { learnWords } from "./conversing.ts";
import { enrollTriggered } from "./enrolling.ts";
import { reachGoals } from "./goals.ts";
import { learnHistory } from "./history.ts";
import { absorb } from "./absorbing.ts";
import { erase, eraseWith, isLateHandover, isOfErased } from "./erasing.ts";
import { idOfHanded, passOn, wayOf } from "./handing.ts";
import { release } from "./intents.ts";
import { handOn, learnIdentities, link, tellAddress, unlink } from "./linking.ts";
import { isReply } from "./matching.ts";
import { type Bounds, bounded, GLANCE } from "./model/bounded.ts";
import { own } from "./model/contact.ts";
import { addressKey } from "./model/identity.ts";
import type { Delivered, Handed } from "./model/decision.ts";
import type { CanonicalEvent } from "./model/event.ts";
import type { Reason } from "./model/reason.ts";
import { withMore } from "./model/with-more.ts";
import { advanceMessage, statusOfEvent } from "./model/message-state.ts";
import { markSeen, mayBeForgotten, wasSeen } from "./model/seen.ts";
import { endSilenced, learnConsent, recognize, silencedElsewhere } from "./opting-out.ts";
import { confirmTaken } from "./outcome.ts";
import { handToSurvivor, isMerged, merge, requestMerge } from "./merging.ts";
import { replay } from "./replaying.ts";
import { askDecided, type Asking, change, record, type Run } from "./run.ts";
import { hearEvent, stopByEvent } from "./stopping.ts";
import { learnTag } from "./tags.ts";
import { happenedAt } from "./time/event-time.ts";

/** Takes in what was delivered, once. False when this document has decided it before. */
export function* receive(run: Run, input: Delivered & Handed): Asking<boolean> {
  // The same thing is the same by whatever way it came, so its own id counts, not the delivery's.
  const id = idOfHanded(input);
  const { seen, merges } = run.contact;
  const known = wasSeen(seen, id) || (merges > 0 && wasSeen(seen, passingOf(id, input)));
  if (known || (yield* wasForgotten(run, input))) {
    if (input.kind === "event") {
      const told = input.told === true && { detail: { told: true } };
      record(run, { kind: "event", reason: "event.duplicate", event: input.event.event_id, ...told });
    }
    return false;
  }
  const wasMerged = isMerged(run.contact);
  take(run, input);
  // The account remembers what this document forgets, so it has a line of whatever may matter a second time.
  const isNobodys = run.contact.erased?.anew === false;
  if (run.records.length === 0 && !isNobodys) record(run, { kind: "identity", detail: { heard: input.kind } });
  const decided = wasMerged && isMerged(run.contact) ? passingOf(id, input) : id;
  change(run, { seen: markSeen(run.contact.seen, decided, run.now) });
  return true;
}

/**
 * Whether this document has decided it, and does not remember: transports keep what they delivered for longer than documents
 * know it, and deliver all of it again when they have lost their place. The account knows.
 */
function* wasForgotten(run: Run, input: Delivered & Handed): Asking<boolean> {
  const { appendedAt } = input;
  const { seen, erased } = run.contact;
  if (appendedAt === undefined || !mayBeForgotten(seen, appendedAt)) return false;
  // Its account was erased with it. An event of then is left alone anyway (`isOfErased`), and words were about who is gone.
  if (erased !== null && appendedAt <= erased.at) return input.kind !== "event";
  // What comes by again on its way through merged contacts is another thing each time.
  const event = input.kind === "event" && wayOf(input).length === 0 ? input.event : null;
  return yield* askDecided(run, { input: input.id, event, since: appendedAt });
}

/** What a merged contact has handed on it has not decided, and it may come back (`handToSurvivor`). */
function passingOf(id: string, input: Handed): string {
  return `${id}~${wayOf(input).length}`;
}

function take(run: Run, what: Handed): void {
  switch (what.kind) {
    case "event":
      return receiveEvent(run, what);
    case "link":
      return link(run, what);
    case "unlink":
      return unlink(run, what);
    case "erase":
      return eraseWith(run, what);
    case "merge":
      if (!handToSurvivor(run, what) && run.contact.erased?.anew !== false) merge(run, what.into);
      return;
    case "handover":
      if (handToSurvivor(run, what) || passOn(run, what) || isLateHandover(run, what)) return;
      return absorb(run, what);
    case "release":
      release(run, what);
      if (!handToSurvivor(run, what)) passOn(run, what);
      return;
    case "replay":
      return replay(run, what);
    case "cancel":
      return cancel(run, what);
    case "result":
      return;
  }
}

function receiveEvent(run: Run, received: Extract<Handed, { kind: "event" }>): void {
  const { event, refused } = typedEvent(byOurName(run, recognize(run, received.event)), run.rulebook.workspace);
  if (isOfErased(run, event)) return;
  const first = run.records.length;
  recordEvent(run, event, received.told === true);
  if (refused.length > 0) {
    const detail = { values_refused: bounded(refused, GLANCE) };
    record(run, { kind: "identity", event: event.event_id, detail });
  }
  const points = run.contact.pointsTo.length > 0;
  // A call that was under way when this document began to point elsewhere is still ours to settle.
  if (points && event.message_id !== undefined && statusOfEvent(event.event_type) !== null) {
    confirmTaken(run, event.message_id);
  }
  const taken = event === received.event ? received : { ...received, event };
  if (handToSurvivor(run, taken)) return;
  const toAnswer = numberToAnswer(run, event);
  learnConsent(run, event);
  if (toAnswer !== null) confirmOptOut(run, event, toAnswer);
  if (run.contact.pointsTo.length > 0) return handOn(run, taken);
  if (event.event_type === "contact.erased") return erase(run);
  requestMerge(run, event);
  learnIdentities(run, event);
  learnTraits(run, event);
  learnTag(run, event);
  learnMessage(run, event);
  learnWords(run, event);
  learnHistory(run, event);
  const address = silencedElsewhere(run, event);
  if (address !== null) tellAddress(run, address, event);
  stopByEvent(run, event);
  endSilenced(run, event);
  hearEvent(run, event);
  reachGoals(run, event);
  if (enrollTriggered(run, event) === 0 && toAnswer === null) amendRecord(run, first, "trigger.no_match");
  if (run.rulebook.awaitedEventTypes.has(event.event_type) || isReply(event)) {
    change(run, { recent: [...run.contact.recent, event] });
  }
}

/** Enough of an event to explain later what it did, and what it did not. */
const OF_EVENT: Bounds = { text: 200, entries: 40, depth: 4 };

function recordEvent(run: Run, event: CanonicalEvent, isTold: boolean): void {
  const { event_type: type, provider, occurred_at, message_id, channel, data } = event;
  const meant = messageMeant(run, event);
  const detail = {
    type,
    provider,
    occurred_at,
    ...(message_id !== undefined && { message_id }),
    ...(channel !== undefined && { channel }),
    data: bounded(data, OF_EVENT),
    ...(data["machine"] === true && { machine: true }),
    ...(meant !== null && { of: meant }),
    ...(isTold && { told: true }),
    // An address hands its events on to whom it belongs to.
    ...(run.contact.pointsTo.length > 0 && { handed_to: run.contact.pointsTo.slice(-3) }),
  };
  record(run, { kind: "event", event: event.event_id, detail });
}

function amendRecord(run: Run, index: number, reason: Reason): void {
  const entry = run.records[index];
  if (entry !== undefined) run.records[index] = withMore(entry, { reason });
}

function learnTraits(run: Run, event: CanonicalEvent): void {
  const traits = attributesIn(event);
  if (traits === null || learnAttributes(run, traits, happenedAt(event, run.now))) return;
  record(run, { kind: "identity", event: event.event_id, detail: { attributes_refused: Object.keys(traits).length } });
}

/** What a provider reports of a message: its state, proof that it was taken, and whether its address is dead. */
function learnMessage(run: Run, event: CanonicalEvent): void {
  const status = statusOfEvent(event.event_type);
  if (status === null || event.message_id === undefined) return;
  const known = own(run.contact.messages, event.message_id);
  const state = advanceMessage(known, status, happenedAt(event, run.now));
  const channel = event.channel ?? known?.channel ?? null;
  change(run, { messages: { ...run.contact.messages, [event.message_id]: { ...state, channel } } });
  confirmTaken(run, event.message_id);
  const phone = event.address?.phone;
  if (event.data["address_invalid"] === true && phone !== undefined) {
    change(run, { invalid: { ...run.contact.invalid, [addressKey("phone", phone)]: run.now } });
  }
}
