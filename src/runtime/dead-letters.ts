import { nextWake } from "../core/decide.ts";
import type { Clock } from "../core/model/clock.ts";
import { type Contact, newContact, own } from "../core/model/contact.ts";
import type { BuriedMessage, Handed, LedgerRecord } from "../core/model/decision.ts";
import type { CanonicalEvent } from "../core/model/event.ts";
import type { Json, JsonObject } from "../core/model/json.ts";
import { liftEvent } from "../core/model/lift-event.ts";
import { mayBeForgotten } from "../core/model/seen.ts";
import { whyNotReplayed, type WhyNot } from "../core/replaying.ts";
import { type Commit, type Doc, type Emit, type Fact, type Store, Unavailable } from "../store/store.ts";
import { decodeContact, decodeJson, encodeJson } from "./contact-codec.ts";
import { isInAccount } from "./in-account.ts";
import { type Letter, readLetter } from "./read-letter.ts";

/** What people do with what Heed could not take in or get rid of. Every deed is a line in the account, under the letter's key. */
export interface DeadLetters {
  /** Oldest first, at most `limit` of those looked at; `next` is where to look on, null at the end. */
  list(page: { readonly after?: number; readonly limit: number }): Promise<LetterPage>;
  /** Null when there is none. */
  show(place: number): Promise<Letter | null>;
  /** `by`: who does it. */
  replay(place: number, wish: { readonly mayDouble: boolean; readonly by: string }): Promise<Replayed>;
  /** False when there is none. What it was about stays as it is. */
  discard(place: number, wish: { readonly note: string; readonly by: string }): Promise<boolean>;
}

export interface LetterPage {
  readonly letters: readonly Letter[];
  readonly next: number | null;
}

export type Replayed =
  | { readonly kind: "replayed" }
  /** There is nothing left to do: the letter is gone. */
  | { readonly kind: "settled"; readonly why: string }
  /** There is none of this number, or no longer. */
  | { readonly kind: "gone" }
  /** The letter stays. `doubt`: a person may decide it with `mayDouble`. */
  | { readonly kind: "refused"; readonly why: string; readonly doubt: boolean };

export interface DeadLetterParts {
  readonly store: Store;
  readonly clock: Clock;
  /** The door's judgement of an event that came at this moment: its fact, or what is wrong with it. */
  readonly factOf: (event: Json, atMs: number) => Fact | { readonly fault: string };
}

export function deadLettersOf(parts: DeadLetterParts): DeadLetters {
  const { store } = parts;
  const find = async (place: number): Promise<Letter | null> => {
    const [letter] = await store.deadLetters({ after: place - 1, limit: 1 });
    return letter?.place === place ? readLetter(letter) : null;
  };
  return {
    async list({ after, limit }) {
      const found = await store.deadLetters({ limit, ...(after !== undefined && { after }) });
      return { letters: found.map(readLetter), next: found.length < limit ? null : (found.at(-1)?.place ?? null) };
    },
    show: find,
    async replay(place, wish) {
      const letter = await find(place);
      if (letter === null) return { kind: "gone" };
      const plan = await planReplay(parts, letter, wish.mayDouble);
      if (plan.kind === "refused") return plan;
      // Whoever dies before the letter is settled may do it all again: under the same ids that changes nothing.
      if (plan.kind === "replayed")
        await carryOut(parts, letter, { command: "replay", actor: wish.by, may_double: wish.mayDouble }, plan.commit);
      await store.settleDead(place);
      return plan.kind === "replayed" ? { kind: "replayed" } : plan;
    },
    async discard(place, { note, by }) {
      const letter = await find(place);
      if (letter === null) return false;
      await carryOut(parts, letter, { command: "discard", actor: by, note }, { emit: [] });
      return await store.settleDead(place);
    },
  };
}

type Plan = Exclude<Replayed, { kind: "replayed" }> | { readonly kind: "replayed"; readonly commit: Deed };

/** What is committed with the line in the account: to a document of the house unless it says another. */
type Deed = Pick<Commit, "emit"> & Partial<Pick<Commit, "key" | "base" | "body" | "wakeAt">>;

async function planReplay(parts: DeadLetterParts, letter: Letter, mayDouble: boolean): Promise<Plan> {
  switch (letter.kind) {
    case "message":
      return planMessage(parts, letter, letter.message, mayDouble);
    case "handed":
      return unlessDecided(parts, letter, null, again(letter, letter.raw));
    case "event":
      return planEvent(parts, letter);
    case "job":
      return planJob(parts, letter, letter.job.intent);
    case "wake-up":
      return planWakeUp(parts, letter);
    case "unreadable":
      return refused(`it is no event that Heed can read: ${letter.reason}`);
  }
}

function refused(why: string, doubt = false): Plan {
  return { kind: "refused", why, doubt };
}

/** Names a letter for ever: a place is taken by another one when a store moves. */
function nameOf({ place, at }: Letter): string {
  return `${place}@${at}`;
}

/**
 * Goes to the decider once more, under another id than the first time, because a store forgets none for a while. The
 * contact's document still knows what it has decided.
 */
function again(
  letter: Letter,
  body: Uint8Array,
  key = letter.key,
  lane: Exclude<Emit["lane"], "audit"> = "events",
): Plan {
  return { kind: "replayed", commit: { emit: [{ lane, key, id: replayOf(letter), body }] } };
}

async function planEvent(parts: DeadLetterParts, letter: Letter): Promise<Plan> {
  const fact = parts.factOf(letter.body, letter.at);
  if ("fault" in fact) return refused(fact.fault);
  const lifted = liftEvent(decodeJson(fact.body));
  const event = lifted.kind === "event" ? lifted.event : null;
  return unlessDecided(parts, { ...letter, key: fact.key }, event, again(letter, fact.body, fact.key));
}

/** What its document has decided so long ago that it has forgotten it would be decided again. */
async function unlessDecided(
  { store }: DeadLetterParts,
  letter: Letter,
  event: CanonicalEvent | null,
  plan: Plan,
): Promise<Plan> {
  const { key, at } = letter;
  const doc = await store.load(key, "latest");
  if (doc === null || !mayBeForgotten(decodeContact(doc).seen, at)) return plan;
  const decided = await isInAccount(store, { key, input: replayOf(letter), event, since: at });
  return decided ? { kind: "settled", why: "it was decided long ago" } : plan;
}

function replayOf(letter: Letter): string {
  return `replay:${nameOf(letter)}`;
}

async function planMessage(
  { store }: DeadLetterParts,
  letter: Letter,
  { intent, attempt, enrollment }: BuriedMessage,
  mayDouble: boolean,
): Promise<Plan> {
  const why = whyNotReplayed(await whoseMessage(store, letter.key, intent), { intent, attempt, enrollment, mayDouble });
  if (why === null) {
    const what: Handed = { kind: "replay", letter: nameOf(letter), intent, attempt, enrollment, mayDouble };
    return again(letter, encodeJson(what));
  }
  const said = WHY_NOT[why];
  return said.settled ? { kind: "settled", why: said.text } : refused(said.text, why === "may have been sent");
}

/** `settled`: there is nothing left to decide about this letter. */
const WHY_NOT: Readonly<Record<WhyNot, { readonly settled: boolean; readonly text: string }>> = {
  accepted: { settled: true, text: "it was sent after all" },
  rejected: { settled: true, text: "its provider has refused it for good since" },
  refused: { settled: true, text: "it was tried again, and a gate refused it" },
  queued: { settled: true, text: "it is being tried again already" },
  deferred: { settled: true, text: "it is being tried again already" },
  calling: { settled: true, text: "it is being tried again already" },
  failed: { settled: true, text: "it failed again, into another dead letter" },
  "tried since": { settled: true, text: "it was tried again since" },
  erased: { settled: true, text: "its contact was erased" },
  unknown: { settled: false, text: "its provider is still being asked whether it was sent" },
  forgotten: { settled: false, text: "it is so long ago that nothing is known of the message any more" },
  "run ended": { settled: false, text: "the run of its rule had ended before: nothing may speak for it" },
  "may have been sent": { settled: false, text: "nobody knows whether it was sent: another try may be a second copy" },
};

/** A contact may have been merged, or an address have found its owner; nobody is so often in a row. */
const LONGEST_WAY = 20;

/** The contact that knows this message, or the last one on the way to it, which may say why nobody does. */
async function whoseMessage(store: Store, key: string, id: string): Promise<Contact> {
  let contact = newContact(key);
  for (let next: string | undefined = key, way = 0; next !== undefined && way < LONGEST_WAY; way += 1) {
    const doc: Doc | null = await store.load(next, "latest");
    if (doc === null) break;
    contact = decodeContact(doc);
    if (own(contact.intents, id) !== undefined) break;
    next = contact.pointsTo.at(-1);
  }
  return contact;
}

/** A ticket that is older than its message's newest is void, so there is no harm in giving it back to its lane. */
async function planJob({ store }: DeadLetterParts, letter: Letter, id: string): Promise<Plan> {
  const { key, intents } = await whoseMessage(store, letter.key, id);
  const intent = own(intents, id);
  if (intent === undefined) return { kind: "settled", why: WHY_NOT.forgotten.text };
  const { channel, class: messageClass } = intent;
  return again(letter, letter.raw, key, `jobs.${channel}.${messageClass}`);
}

/** Whatever became of the document meanwhile, it says itself when it wants to be looked at. */
async function planWakeUp({ store, clock }: DeadLetterParts, letter: Letter): Promise<Plan> {
  const doc = await store.load(letter.key, "latest");
  if (doc === null) return { kind: "settled", why: "its contact was erased" };
  const wakeAt = nextWake(decodeContact(doc)) ?? clock.now();
  return { kind: "replayed", commit: { key: doc.key, base: doc.rev, body: doc.body, wakeAt, emit: [] } };
}

const TIDIED_AT_ONCE = 200;

/**
 * Takes off the letters about messages that have been settled without anybody's doing: a report came late and said that it
 * was sent, say. Looks at a page of them from behind `after`, and gives where to look on; null at the end.
 */
export async function tidyLetters(store: Store, after: number): Promise<number | null> {
  const found = await store.deadLetters({ after, limit: TIDIED_AT_ONCE });
  for (const letter of found.map(readLetter)) {
    if (letter.kind !== "message") continue;
    const { intent, attempt, enrollment } = letter.message;
    const contact = await whoseMessage(store, letter.key, intent);
    const why = whyNotReplayed(contact, { intent, attempt, enrollment, mayDouble: false });
    if (why !== null && WHY_NOT[why].settled) await store.settleDead(letter.place);
  }
  return found.length < TIDIED_AT_ONCE ? null : (found.at(-1)?.place ?? null);
}

const JOURNAL = "heed:dead-letters";
const MOST_CONFLICTS = 50;

/** Commits what follows from a person's word together with its line in the account. */
async function carryOut(
  { store, clock }: DeadLetterParts,
  letter: Letter,
  said: JsonObject & { readonly command: "replay" | "discard"; readonly actor: string },
  deed: Deed,
): Promise<void> {
  const at = clock.now();
  const line: LedgerRecord = {
    at,
    kind: "command",
    rulebook: "",
    ...(letter.kind === "message" && aboutMessage(letter.message)),
    ...(letter.kind === "job" && { intent: letter.job.intent }),
    ...(letter.kind === "event" && { event: letter.event.event_id }),
    detail: { ...said, letter: nameOf(letter), dead: letter.kind, reason: letter.reason },
  };
  const audit: Emit = {
    lane: "audit",
    key: letter.key,
    id: `${said.command}:${nameOf(letter)}`,
    body: encodeJson(line),
  };
  for (let tries = 0; tries < MOST_CONFLICTS; tries++) {
    const journal = deed.key === undefined ? await store.load(JOURNAL, "latest") : null;
    const committed = await store.commit({
      key: JOURNAL,
      base: journal?.rev ?? "new",
      body: encodeJson({ last: at }),
      wakeAt: null,
      ...deed,
      emit: [audit, ...deed.emit],
    });
    if (committed.ok) return;
    // Somebody changed the document itself: what was planned for it is no longer so.
    if (deed.key !== undefined) throw new Unavailable("the contact changed at this moment; try again");
  }
  throw new Unavailable(`gave up after ${MOST_CONFLICTS} conflicts on ${JOURNAL}`);
}

function aboutMessage({
  intent,
  enrollment,
}: BuriedMessage): Pick<LedgerRecord, "intent" | "rule" | "enrollment" | "step"> {
  if (enrollment === null) return { intent };
  return { intent, rule: enrollment.rule, enrollment: enrollment.id, step: enrollment.step };
}
