import { hand } from "./handing.ts";
import type { Contact, Enrollment, Intent } from "./model/contact.ts";
import type { Handover } from "./model/decision.ts";
import { isContactKey } from "./model/identity.ts";
import { change, type Run } from "./run.ts";

/**
 * What a document knows moves to the contact that it belongs to, or has become. Only a call under way keeps its message
 * here until its last word, because its result comes back here; `absorbing.ts` is the other side.
 */

/** Moves what has come free since: a call that was under way while the address was linked. */
export function handOverRest(run: Run): void {
  const target = run.contact.pointsTo.at(-1);
  if (target !== undefined && movable(run.contact).length > 0) handOver(run, target);
}

export function handOver(run: Run, target: string): void {
  const { contact } = run;
  const merged = isContactKey(contact.key);
  const moving = movable(contact);
  const enrollments = new Set(moving.map(({ id }) => id));
  const intents = new Set(
    Object.values(contact.intents).flatMap((intent) => (moves(intent, contact, enrollments) ? [intent.id] : [])),
  );
  const state: Handover = {
    ...knownOf(contact),
    ...(merged && { seen: contact.seen }),
    enrollments: pick(contact.enrollments, (id) => enrollments.has(id)),
    intents: pick(contact.intents, (id) => intents.has(id)),
  };
  if (!merged && isEmpty(state)) return;
  const staying = Object.entries(contact.intents).filter(([id]) => !intents.has(id));
  const number = contact.handovers + 1;
  change(run, {
    handovers: number,
    attributes: {},
    attributeTimes: {},
    tags: [],
    // An objection was said at this address, and holds for whoever else turns out to own it.
    consent: merged ? {} : objections(contact.consent),
    recent: [],
    taken: [],
    history: {},
    goals: {},
    holds: [],
    conversation: [],
    cooldowns: {},
    // What is known of an address itself stays with it, too; all else now lives with the contact.
    ...(merged && { addresses: {}, suppressions: {}, invalid: {}, messages: {} }),
    enrollments: pick(contact.enrollments, (id) => !enrollments.has(id)),
    intents: Object.fromEntries(staying.map(([id, intent]) => [id, withPlaceMoved(contact, intent, target)])),
  });
  hand(run, target, { kind: "handover", from: contact.key, number, at: run.now, state });
}

function knownOf(contact: Contact): Omit<Handover, "enrollments" | "intents" | "seen"> {
  const { attributes, attributeTimes, tags, addresses, consent, suppressions, invalid, messages, recent, taken } =
    contact;
  const { history, goals, holds, conversation, cooldowns, linked } = contact;
  return {
    attributes,
    attributeTimes,
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
    conversation,
    cooldowns,
    linked,
  };
}

function objections(consent: Contact["consent"]): Contact["consent"] {
  return Object.fromEntries(Object.entries(consent).filter(([, { state }]) => state === "denied"));
}

/** Enrollments without a call under way: their tickets, if any, are void as soon as they have left. */
function movable(contact: Contact): readonly Enrollment[] {
  return Object.values(contact.enrollments).filter(({ state }) => {
    if (state.kind !== "sending") return true;
    const kind = contact.intents[state.intent]?.state.kind;
    return kind === "queued" || kind === "deferred";
  });
}

/** Messages of enrollments that move; a merged contact also takes along those that have had their last word. */
function moves(intent: Intent, contact: Contact, enrollments: ReadonlySet<string>): boolean {
  if (isUnderWay(intent)) return false;
  const live = contact.enrollments[intent.enrollment];
  const speaks = live?.state.kind === "sending" && live.state.intent === intent.id;
  return speaks ? enrollments.has(live.id) : isContactKey(contact.key);
}

/** The place of a call under way moves before its outcome is known: who has it must hear of that. */
function withPlaceMoved({ taken }: Contact, intent: Intent, target: string): Intent {
  const moved = isUnderWay(intent) && taken.some((place) => place.intent === intent.id);
  return moved ? { ...intent, placeWith: target } : intent;
}

function isUnderWay({ state }: Intent): boolean {
  return state.kind === "calling" || state.kind === "unknown";
}

/** An address that nobody has spoken of before has nothing to tell. */
function isEmpty({ addresses, tags, recent, taken, holds, conversation = [], linked, ...records }: Handover): boolean {
  const lists = [tags, recent, taken, holds, conversation, linked];
  return (
    Object.keys(addresses).length <= 1 &&
    lists.every((list) => list.length === 0) &&
    Object.values(records).every((record) => Object.keys(record).length === 0)
  );
}

function pick<T>(entries: Readonly<Record<string, T>>, keep: (id: string) => boolean): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(entries).filter(([id]) => keep(id)));
}
