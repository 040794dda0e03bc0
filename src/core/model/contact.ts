import type { CanonicalEvent } from "./event.ts";
import { type AddressKind, addressKey, addressOfKey } from "./identity.ts";
import type { JsonObject } from "./json.ts";
import type { MessageState } from "./message-state.ts";
import type { OutgoingMessage, SaidLine } from "./outgoing.ts";
import type { Reason } from "./reason.ts";
import type { Seen } from "./seen.ts";
import { addressKindOf, type ContactChannelKind, type MessageClass, type Money } from "./rulebook.ts";
import type { Trail } from "./trail.ts";

/**
 * All that decisions about one contact need, in one document: its compare-and-set is the transaction. Everything in it
 * is bounded (`prune.ts`). All times are epoch milliseconds. Immutable: a decision makes a new one.
 */
export interface Contact {
  readonly schema_version: 1;
  readonly key: string;
  /** The application's id for this contact, when it is known. */
  readonly id: string | null;
  readonly attributes: JsonObject;
  /** When each attribute was said to be so: the newest word wins, wherever and in whatever order it arrives. */
  readonly attributeTimes: Readonly<Record<string, number>>;
  readonly tags: readonly string[];
  readonly addresses: Readonly<Partial<Record<AddressKind, KnownAddress>>>;
  readonly consent: Readonly<Partial<Record<ContactChannelKind, Consent>>>;
  /** By `suppressionKey`. Lives in the address's own document too. */
  readonly suppressions: Readonly<Record<string, Suppression>>;
  /** Addresses that a provider says do not exist, by address key. */
  readonly invalid: Readonly<Record<string, number>>;
  /** What providers reported of messages to this contact, ours and others', by message id. */
  readonly messages: Readonly<Record<string, MessageState & { readonly channel: string | null }>>;
  /** Recent events that some `stop_on` of a deployed rule names. */
  readonly recent: readonly CanonicalEvent[];
  /** Messages that were sent or may have been: places in caps per contact, and what `was_sent` asks for. */
  readonly taken: readonly TakenPlace[];
  /** When events happened that some `did` of a deployed rule asks for, by the key of the question, oldest first. */
  readonly history: Readonly<Record<string, readonly number[]>>;
  /** Enrollments, ended ones too, whose conversion would still count, by their ids. */
  readonly goals: Readonly<Record<string, OpenGoal>>;
  readonly holds: readonly Hold[];
  /** The last messages in both directions, oldest first, by event or intent: for people who are handed a case (`conversing.ts`). */
  readonly conversation: readonly (SaidLine & { readonly id: string })[];
  /** Until when a rule cannot be entered again, by rule and re-entry key (`cooldownKey`). */
  readonly cooldowns: Readonly<Record<string, number>>;
  readonly enrollments: Readonly<Record<string, Enrollment>>;
  readonly intents: Readonly<Record<string, Intent>>;
  /** What was decided already (`seen.ts`). */
  readonly seen: Seen;
  /**
   * Of an address or an anonymous id: the contacts it belongs to, newest last, empty when it is all we know. Of a contact
   * that was merged: the one it has become. Whoever points to somebody hands everything on.
   */
  readonly pointsTo: readonly string[];
  /** The keys that were told that they belong to this contact, newest last: addresses, anonymous ids, merged contacts. */
  readonly linked: readonly string[];
  /** By a mark of who said it, the newest word about whom this document belongs to: words may arrive in any order. */
  readonly words: Readonly<Record<string, number>>;
  /** Counts the words of this document to others, so that the newest is known. */
  readonly spoken: number;
  /** How often this contact has become another one: after a circle of merges it may be itself again for a while. */
  readonly merges: number;
  /** When the contact was erased, if it was; `anew` once somebody has said so much of it since that it begins again. */
  readonly erased: { readonly at: number; readonly anew: boolean } | null;
  /** How many events rules have emitted for this contact within one hour since the epoch: what bounds a loop. */
  readonly emitted: { readonly hour: number; readonly count: number };
  /** Counts what was handed over to a contact, so that each handover has an id of its own. */
  readonly handovers: number;
}

export interface KnownAddress {
  readonly address: string;
  readonly at: number;
}

export interface Consent {
  /** `unknown` after a withdrawn denial: neither permission nor objection. */
  readonly state: "granted" | "denied" | "unknown";
  readonly at: number;
  readonly source: string | null;
  /** The event that said so and the words that were shown: the proof. */
  readonly event: string | null;
  readonly wording: string | null;
  /** Of a denial by STOP: what was so before, and is again after START. */
  readonly before: Consent | null;
}

export interface Suppression {
  /** `lifted` stays on record, so that a STOP that arrives late does not outlive a newer START. */
  readonly state: "suppressed" | "lifted";
  readonly cause: SuppressionCause;
  readonly at: number;
}

export type SuppressionCause = "opted_out" | "complained" | "bounced";

export interface TakenPlace {
  readonly intent: string;
  readonly at: number;
  readonly rule: string;
  readonly channel: string;
  readonly class: MessageClass;
}

/** A conversion that is waited for. */
export interface OpenGoal {
  readonly rule: string;
  readonly arm: Arm;
  readonly trigger: CanonicalEvent;
  readonly triggeredAt: number;
  readonly until: number;
}

/** Who is messaged, and who is only measured. */
export type Arm = "treated" | "holdout";

/** Enrollments of these rules, or of this class, wait; except the one that said so. */
export interface Hold {
  /** An enrollment, and its rule; documents of older versions do not say which rule. */
  readonly by: string;
  readonly rule?: string;
  readonly rules: readonly string[] | null;
  readonly class: MessageClass | null;
  readonly until: number;
}

/** One run of one rule for this contact. */
export interface Enrollment {
  readonly id: string;
  readonly rule: string;
  /** The version of the rule that it follows. */
  readonly digest: string;
  /** What the rule's re-entry key was in the trigger event; null when the rule has none, or the event. */
  readonly key: string | null;
  readonly arm: Arm;
  /** The event that started it. */
  readonly trigger: CanonicalEvent;
  readonly triggeredAt: number;
  readonly expiresAt: number;
  /** The id of the step that comes next. */
  readonly step: string;
  /** False until the first step has begun: the guard is asked before it. */
  readonly begun: boolean;
  /** A person brought it back for the message that it is sending: with that message's last word it ends. */
  readonly only?: true;
  readonly state:
    /** For a moment. `why`: because a look-up had no answer, and which trouble it was. */
    | { readonly kind: "waiting"; readonly until: number; readonly why?: Reason }
    /** For an event that happens from `since` on, or for a moment. */
    | { readonly kind: "listening"; readonly since: number; readonly until: number }
    | { readonly kind: "sending"; readonly intent: string };
}

/** The name under which a run comes back for one message that it had given up: what else it has under way keeps its own. */
export function nameOfReplay(enrollment: string, { id, attempt }: Pick<Intent, "id" | "attempt">): string {
  return `${runOf(enrollment)}~${id.slice(0, 8)}.${attempt}`;
}

/** The run that this is, or that has come back in it for one message. */
export function runOf(enrollment: string): string {
  return enrollment.replace(/~.*$/, "");
}

/** One message that Heed means to send, from the first ticket to its last word. */
export interface Intent {
  readonly id: string;
  readonly enrollment: string;
  readonly rule: string;
  readonly step: string;
  readonly channel: string;
  /** Channels of the step that could not reach the contact. */
  readonly tried: readonly string[];
  readonly class: MessageClass;
  /** Whom the newest call went to; null before the first. */
  readonly provider: string | null;
  /** Whether it has its place in the counters that all workers share: taken once for all attempts, and never given back. */
  readonly counted: boolean;
  /** What its newest call costs by the workspace's prices; absent where none is written down. */
  readonly cost?: Money;
  /** The contact that got its place in the caps while its call was under way here, if one did. */
  readonly placeWith?: string;
  /** An attempt whose outcome nobody knows was repeated: what fails after that proves nothing of it. */
  readonly inDoubt?: true;
  /** Somebody's word or deed has ended its run: no replay brings it back. */
  readonly stopped?: true;
  readonly state: IntentState;
  /** Tickets put into the lane so far. Only the newest counts. */
  readonly ticket: number;
  /** Calls begun so far. */
  readonly attempt: number;
  /** Calls that surely sent nothing and may be repeated: what the rule's `retry` counts. */
  readonly failures: number;
  readonly firstCallAt: number | null;
  readonly lastCallAt: number | null;
  readonly providerMessageId: string | null;
  /** Why it stands where it stands. */
  readonly reason: Reason | null;
  readonly changedAt: number;
}

export type IntentState =
  /** A ticket is in the lane. */
  | { readonly kind: "queued" }
  /** Waiting for a moment at which another ticket makes sense. */
  | { readonly kind: "deferred"; readonly until: number }
  /** A call is under way; without a result by then, nobody knows. */
  | {
      readonly kind: "calling";
      readonly leaseUntil: number;
      readonly message: OutgoingMessage;
      /** What its gates saw, until the account has it. */
      readonly trail?: Trail;
    }
  /** Nobody knows whether the provider took it. `askAt` is when it is asked (next), null when it cannot be: parked. */
  | {
      readonly kind: "unknown";
      readonly askAt: number | null;
      readonly asked: number;
      readonly message: OutgoingMessage;
    }
  | { readonly kind: "accepted" }
  | { readonly kind: "rejected" }
  | { readonly kind: "failed" }
  /** A gate refused it. */
  | { readonly kind: "refused" };

export function newContact(key: string): Contact {
  const own = addressOfKey(key);
  return {
    schema_version: 1,
    key,
    id: key.startsWith("id:") ? key.slice("id:".length) : null,
    attributes: {},
    attributeTimes: {},
    tags: [],
    addresses: own === null ? {} : { [own.kind]: { address: own.address, at: 0 } },
    consent: {},
    suppressions: {},
    invalid: {},
    messages: {},
    recent: [],
    taken: [],
    history: {},
    goals: {},
    holds: [],
    conversation: [],
    cooldowns: {},
    enrollments: {},
    intents: {},
    seen: {},
    pointsTo: [],
    linked: [],
    words: {},
    spoken: 0,
    merges: 0,
    erased: null,
    emitted: { hour: 0, count: 0 },
    handovers: 0,
  };
}

/** Nobody: what all new contacts have. They share its parts, so nobody may change those. */
const BLANK = newContact("");
for (const part of Object.values(BLANK)) Object.freeze(part);

/** Most of a document is what every new one has, so that says nothing; it is written without. `wholeContact` undoes it. */
export type SpareContact = Pick<Contact, "schema_version"> & Partial<Contact>;

export function spareContact(contact: Contact): SpareContact {
  const spare = { schema_version: contact.schema_version };
  for (const name in contact) {
    const value: unknown = Reflect.get(contact, name);
    if (!isUsual(Reflect.get(BLANK, name), value)) Reflect.set(spare, name, value);
  }
  return spare;
}

export function wholeContact(spare: SpareContact): Contact {
  return { ...BLANK, ...spare };
}

/** What a new contact has is plain, or empty, or holds what is plain. */
function isUsual(usual: unknown, value: unknown): boolean {
  if (usual === value) return true;
  if (typeof usual !== "object" || usual === null || typeof value !== "object" || value === null) return false;
  for (const name in value) if (Reflect.get(usual, name) !== Reflect.get(value, name)) return false;
  for (const name in usual) if (!(name in value)) return false;
  return true;
}

/** An entry by a name that came from outside: `constructor` is a possible message id, and no entry of a plain object. */
export function own<T>(entries: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(entries, name) ? entries[name] : undefined;
}

/** The key of the document of the contact's own address of this kind, or null when none is known. */
export function ownAddressKey(contact: Contact, kind: AddressKind): string | null {
  const known = contact.addresses[kind];
  return known === undefined ? null : addressKey(kind, known.address);
}

/**
 * The key of an address's silence, which holds for the channels of one kind: whoever texts STOP may still be called. That
 * of emails and texts is the address's own key, under which its document knows of it too.
 */
export function suppressionKey(kind: ContactChannelKind, address: string): string {
  return silenceKey(kind, addressKey(addressKindOf(kind), address));
}

/** The same of an address by its key. */
export function silenceKey(kind: ContactChannelKind, key: string): string {
  return kind === "email" || kind === "sms" ? key : `${kind}:${key}`;
}

export function isSuppressed(contact: Contact, key: string): boolean {
  return contact.suppressions[key]?.state === "suppressed";
}
