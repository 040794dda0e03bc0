import { enrolledAgain } from "./enrolling.ts";
import { enqueueTicket, releaseId } from "./intents.ts";
import type { Contact, Enrollment, Intent, TakenPlace } from "./model/contact.ts";
import type { Handover, Input } from "./model/decision.ts";
import { type CanonicalEvent, eventKey } from "./model/event.ts";
import { type AddressKind, addressKey, addressOfKey, identityRank } from "./model/identity.ts";
import { advanceMessage } from "./model/message-state.ts";
import { wasSeen } from "./model/seen.ts";
import { isAboutAddress, lift, setConsent, suppress } from "./opting-out.ts";
import { change, putEnrollment, putIntent, record, type Run } from "./run.ts";
import { happenedAt } from "./time/event-time.ts";

/**
 * Who a contact is. An address that belongs to a contact has a small document that points to it and hands events on.
 * Linking is a saga of single-document commits, each safe to repeat: the contact tells the address, the address tells
 * the contact what it knew so far, the contact takes it in.
 */

/** An address that more contacts than this claim is a placeholder; only the newest are told what concerns it. */
const MOST_SHARING = 100;
const ADDRESS_KINDS: readonly AddressKind[] = ["email", "phone"];

/** Reports about messages name the address a message went to or came from, which may be one the contact gave up long ago. */
const REPORT = /^(email|sms|push)\./;

/**
 * Takes the addresses of an event for the contact's own, the newest word winning, and tells each new address. Reports,
 * and events that an address handed on, only fill a gap: they never change an address that is known.
 */
export function learnAddresses(run: Run, event: CanonicalEvent): void {
  const handedOn = identityRank(run.contact.key) === 2 && event.contact_id === undefined;
  const onlyFillsGaps = handedOn || REPORT.test(event.event_type);
  for (const kind of ADDRESS_KINDS) {
    const address = event.address?.[kind];
    if (address === undefined || (onlyFillsGaps && run.contact.addresses[kind] !== undefined)) continue;
    learnAddress(run, kind, address, happenedAt(event, run.now), eventKey(event));
  }
}

function learnAddress(run: Run, kind: AddressKind, address: string, at: number, because: string): void {
  // The document of an address takes only weaker addresses for its own: never one of its kind, never one above.
  if (identityRank(addressKey(kind, address)) >= identityRank(run.contact.key)) return;
  const known = run.contact.addresses[kind];
  if (known !== undefined && known.at > at) return;
  change(run, { addresses: { ...run.contact.addresses, [kind]: { address, at } } });
  if (known?.address === address) return;
  run.effects.push({
    kind: "hand",
    key: addressKey(kind, address),
    id: `link:${run.contact.key}:${because}`,
    what: { kind: "link", contact: run.contact.key },
  });
}

/** Tells an address what concerns it, and nothing that would let it take others for its own. */
export function tellAddress(run: Run, key: string, told: CanonicalEvent): void {
  const { contact_id: _contact, address: _all, ...rest } = told;
  const own = addressOfKey(key);
  const event: CanonicalEvent = own === null ? rest : { ...rest, address: { [own.kind]: own.address } };
  run.effects.push({ kind: "hand", key, id: eventKey(event), what: { kind: "event", event } });
}

/** An address learns whom it belongs to. */
export function link(run: Run, contactKey: string): void {
  if (identityRank(contactKey) <= identityRank(run.contact.key)) return;
  const others = run.contact.pointsTo.filter((key) => key !== contactKey);
  change(run, { pointsTo: [...others, contactKey].slice(-MOST_SHARING) });
  record(run, { kind: "identity", detail: { linked: contactKey } });
  handOver(run, contactKey);
}

/** Hands an event on to the contact the address belongs to; words about the address itself to every contact that shares it. */
export function handOn(run: Run, event: CanonicalEvent): void {
  const { pointsTo } = run.contact;
  for (const key of isAboutAddress(event) ? pointsTo : pointsTo.slice(-1)) {
    run.effects.push({ kind: "hand", key, id: eventKey(event), what: { kind: "event", event } });
  }
}

/**
 * What came for this address belongs to whoever has it by now; a word about a place to all who share it, because any of
 * them may have got the place. False when nobody has it.
 */
export function passOn(run: Run, { id, ...what }: Extract<Input, { kind: "handover" | "release" }>): boolean {
  const { pointsTo } = run.contact;
  for (const key of what.kind === "release" ? pointsTo : pointsTo.slice(-1)) {
    run.effects.push({ kind: "hand", key, id, what });
  }
  return pointsTo.length > 0;
}

/** A message that took its place while it was known under an address has failed there. */
export function release(run: Run, { intent, at }: Pick<TakenPlace, "intent" | "at">): void {
  change(run, { taken: run.contact.taken.filter((place) => place.intent !== intent || place.at !== at) });
}

/** Moves what has come free since: a call that was under way while the address was linked. */
export function handOverRest(run: Run): void {
  const target = run.contact.pointsTo.at(-1);
  if (target !== undefined && movable(run.contact).length > 0) handOver(run, target);
}

function handOver(run: Run, target: string): void {
  const { contact } = run;
  const moving = movable(contact);
  const intentIds = new Set(moving.flatMap(({ state }) => (state.kind === "sending" ? [state.intent] : [])));
  const staying = Object.entries(contact.intents).filter(([id]) => !intentIds.has(id));
  const { attributes, tags, addresses, consent, suppressions, invalid, messages, recent, taken } = contact;
  const { history, goals, holds, cooldowns } = contact;
  const state: Handover = {
    attributes,
    tags,
    addresses,
    consent,
    suppressions,
    invalid,
    messages,
    recent,
    taken,
    history,
    goals,
    holds,
    cooldowns,
    enrollments: Object.fromEntries(moving.map((enrollment) => [enrollment.id, enrollment])),
    intents: Object.fromEntries(Object.entries(contact.intents).filter(([id]) => intentIds.has(id))),
  };
  if (isEmpty(state)) return;
  const movingIds = new Set(moving.map(({ id }) => id));
  // What is known of the address itself stays here too; all else now lives with the contact.
  change(run, {
    handovers: contact.handovers + 1,
    attributes: {},
    tags: [],
    consent: {},
    recent: [],
    taken: [],
    history: {},
    goals: {},
    holds: [],
    cooldowns: {},
    enrollments: Object.fromEntries(Object.entries(contact.enrollments).filter(([id]) => !movingIds.has(id))),
    intents: Object.fromEntries(staying.map(([id, intent]) => [id, withPlaceMoved(contact, intent, target)])),
  });
  const id = `handover:${contact.key}:${contact.handovers + 1}`;
  run.effects.push({ kind: "hand", key: target, id, what: { kind: "handover", from: contact.key, state } });
}

/** The place of a call under way moves before its outcome is known: who has it must hear of that. */
function withPlaceMoved({ taken }: Contact, intent: Intent, target: string): Intent {
  const moves = isUnderWay(intent) && taken.some((place) => place.intent === intent.id);
  return moves ? { ...intent, placeWith: target } : intent;
}

function isUnderWay({ state }: Intent): boolean {
  return state.kind === "calling" || state.kind === "unknown";
}

/** An address that nobody has spoken of before has nothing to tell. */
function isEmpty({ addresses, tags, recent, taken, holds, ...records }: Handover): boolean {
  const lists = [tags, recent, taken, holds];
  return (
    Object.keys(addresses).length <= 1 &&
    lists.every((list) => list.length === 0) &&
    Object.values(records).every((record) => Object.keys(record).length === 0)
  );
}

/** Enrollments without a call under way: their tickets, if any, are void as soon as they have left. */
function movable(contact: Contact): readonly Enrollment[] {
  return Object.values(contact.enrollments).filter(({ state }) => {
    if (state.kind !== "sending") return true;
    const kind = contact.intents[state.intent]?.state.kind;
    return kind === "queued" || kind === "deferred";
  });
}

/** A contact takes in what was known under one of its addresses. What it knows itself wins; silence and caps are united. */
export function absorb(run: Run, from: string, state: Handover): void {
  record(run, { kind: "identity", detail: { absorbed: from } });
  for (const kind of ADDRESS_KINDS) {
    const known = state.addresses[kind];
    if (known !== undefined && run.contact.addresses[kind] === undefined) {
      learnAddress(run, kind, known.address, known.at, `${from}:${known.address}`);
    }
  }
  change(run, {
    attributes: { ...state.attributes, ...run.contact.attributes },
    tags: [...new Set([...run.contact.tags, ...state.tags])],
    invalid: { ...state.invalid, ...run.contact.invalid },
    recent: [...run.contact.recent, ...state.recent],
    taken: unitedPlaces(run, state),
    history: unitedHistory(run, state),
    goals: { ...state.goals, ...run.contact.goals },
    holds: [...run.contact.holds, ...state.holds],
    cooldowns: { ...state.cooldowns, ...run.contact.cooldowns },
  });
  for (const [key, { state: silence, cause, at }] of Object.entries(state.suppressions)) {
    if (silence === "suppressed") suppress(run, key, cause, at);
    else lift(run, key, at);
  }
  for (const kind of ["email", "sms", "push", "voice"] as const) {
    const consent = state.consent[kind];
    if (consent !== undefined) setConsent(run, kind, consent);
  }
  absorbMessages(run, state);
  for (const enrollment of Object.values(state.enrollments)) absorbEnrollment(run, enrollment, state);
}

/** Words may come in any order: a place that is known to be free again is not taken. */
function unitedPlaces({ contact }: Run, { taken }: Handover): Contact["taken"] {
  const isNew = (place: TakenPlace): boolean =>
    !wasSeen(contact.seen, releaseId(place)) &&
    !contact.taken.some(({ intent, at }) => intent === place.intent && at === place.at);
  return [...contact.taken, ...taken.filter(isNew)].sort((a, b) => a.at - b.at);
}

/** The newest times of both; how many a question needs, `learnHistory` knows and `prune` keeps to. */
function unitedHistory(run: Run, state: Handover): Contact["history"] {
  const united: Record<string, readonly number[]> = { ...run.contact.history };
  for (const [key, times] of Object.entries(state.history)) {
    united[key] = [...(united[key] ?? []), ...times].sort((a, b) => a - b);
  }
  return united;
}

function absorbMessages(run: Run, state: Handover): void {
  const messages = { ...run.contact.messages };
  for (const [id, message] of Object.entries(state.messages)) {
    let merged = messages[id];
    for (const [status, at] of Object.entries(message.times)) {
      merged = { ...advanceMessage(merged, status, at), channel: message.channel };
    }
    if (merged !== undefined) messages[id] = merged;
  }
  change(run, { messages });
}

function absorbEnrollment(run: Run, enrollment: Enrollment, state: Handover): void {
  if (run.contact.enrollments[enrollment.id] !== undefined) return;
  putEnrollment(run, enrollment);
  if (enrolledAgain(run, enrollment)) return;
  if (enrollment.state.kind !== "sending") return;
  const intent = state.intents[enrollment.state.intent];
  if (intent === undefined) return;
  putIntent(run, intent);
  if (intent.state.kind === "queued") enqueueTicket(run, intent);
}
