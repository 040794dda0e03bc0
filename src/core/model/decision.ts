import type { Contact, Enrollment } from "./contact.ts";
import type { CanonicalEvent } from "./event.ts";
import type { ConditionTree, Facts } from "./facts.ts";
import type { Json, JsonObject } from "./json.ts";
import type { OutgoingMessage, Reconciliation, SendOutcome } from "./outgoing.ts";
import type { Reason } from "./reason.ts";
import type { MessageClass } from "./rulebook.ts";
import type { SeenTest } from "./trail.ts";

/** What a contact can be confronted with. `id` is the same for every delivery of the same input. */
export type Input =
  | (Delivered & Handed)
  /** The moment a document asked to be looked at has come. */
  | { readonly kind: "wake"; readonly id: string }
  /** A dispatcher holds this ticket and a token: may it speak now? The lease is how long the call may take. */
  | {
      readonly kind: "ticket";
      readonly id: string;
      readonly intent: string;
      readonly ticket: number;
      readonly leaseMs: number;
    }
  | {
      readonly kind: "reconciled";
      readonly id: string;
      readonly intent: string;
      readonly attempt: number;
      /** `impossible`: this provider cannot be asked. `repeatable`: it drops a second create by itself. */
      readonly outcome: Reconciliation | { readonly kind: "impossible" } | { readonly kind: "repeatable" };
    };

/** How something has come here. */
export interface Delivered {
  readonly id: string;
  /** Epoch milliseconds at which it was put on its way: it may come again long after. Absent where nothing ever does. */
  readonly appendedAt?: number;
}

/**
 * What documents tell each other. Events also come in through the doors; the others never do. `number` counts the words of
 * who says it, and `via` names the merged contacts that have handed it on, in their order.
 */
export type Handed =
  | {
      readonly kind: "event";
      readonly event: CanonicalEvent;
      readonly via?: readonly string[];
      /** Another document has decided it before, and tells of it: it came in there, once. */
      readonly told?: true;
    }
  /** To an address or anonymous id: it belongs to this contact. */
  | { readonly kind: "link"; readonly contact: string; readonly number: number }
  /** To an address: it belongs to this contact no more. To a contact: this anonymous id is somebody else's now. */
  | { readonly kind: "unlink"; readonly contact: string; readonly number: number }
  /** To a contact: what was known elsewhere, under one of its addresses or of another contact that it is. */
  | {
      readonly kind: "handover";
      readonly from: string;
      readonly number: number;
      readonly at: number;
      readonly state: Handover;
      readonly via?: readonly string[];
    }
  /** To a contact: the message that took this place under one of its addresses surely was not sent. */
  | {
      readonly kind: "release";
      readonly intent: string;
      readonly at: number;
      readonly via?: readonly string[];
    }
  /** To a contact: what came of a call that was begun before its message moved there. */
  | {
      readonly kind: "result";
      readonly intent: string;
      readonly attempt: number;
      readonly outcome: SendOutcome;
      readonly via?: readonly string[];
    }
  /** To a contact, from a person: its message that was given up may try again. */
  | ({ readonly kind: "replay"; readonly via?: readonly string[] } & Replay)
  /** To a contact, from a person: what is under way there ends. */
  | ({ readonly kind: "cancel"; readonly via?: readonly string[] } & Cancel)
  /** To a contact: it is the same person as this one, and goes on there. */
  | {
      readonly kind: "merge";
      readonly into: string;
      readonly number: number;
      readonly via?: readonly string[];
    }
  /** To whatever belongs to a contact: it was erased. What must stay silent is all that is kept. */
  | { readonly kind: "erase"; readonly by: string; readonly number: number; readonly silence: Silence };

/** A message that Heed has given up, as its dead letter tells it. */
export interface BuriedMessage {
  readonly reason: Reason;
  readonly intent: string;
  /** The attempt that was the last one: the letter is about no later one. */
  readonly attempt: number;
  /** The run that it belongs to, as it was then; null when that had ended before. */
  readonly enrollment: Enrollment | null;
}

export interface Replay extends Pick<BuriedMessage, "intent" | "attempt" | "enrollment"> {
  /** Names the dead letter: who asks for the same twice is heard once. */
  readonly letter: string;
  /** The word of a person that a second copy is better than none. */
  readonly mayDouble: boolean;
}

export interface Cancel {
  /** Names this word of a person: whoever brings it twice is heard once. */
  readonly command: string;
  /** One run by its id, or all of a rule that began until then. */
  readonly of: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly actor: string;
  /** Why, for everybody who asks later. */
  readonly note: string;
}

/** What keeps an erased contact's address silent: no more than that. */
export type Silence = Pick<Contact, "suppressions" | "consent">;

/** The part of a document that moves to the contact that an address belongs to, or that another contact has become. */
export type Handover = Pick<
  Contact,
  | "attributes"
  | "attributeTimes"
  | "tags"
  | "addresses"
  | "consent"
  | "suppressions"
  | "invalid"
  | "messages"
  | "recent"
  | "taken"
  | "enrollments"
  | "intents"
  | "history"
  | "goals"
  | "holds"
  | "cooldowns"
  | "linked"
> & {
  /** Absent in what older versions handed over. */
  readonly conversation?: Contact["conversation"];
  /** Of a merged contact: what was decided there is decided. */
  readonly seen?: Contact["seen"];
};

/** What `decide` needs from libraries or the world before it can go on. */
export type Question =
  | { readonly kind: "condition"; readonly id: string; readonly tree: ConditionTree; readonly facts: Facts }
  | { readonly kind: "render"; readonly id: string; readonly template: string; readonly facts: Facts }
  /** What a look-up finds now. `texts` are those that say about whom, made from the contact, by their place in heed.yaml. */
  | {
      readonly kind: "lookup";
      readonly id: string;
      readonly name: string;
      readonly texts: Readonly<Record<string, string>>;
    }
  /** Whether the document of this address holds a suppression that has not reached the contact yet. */
  | { readonly kind: "suppressed"; readonly id: string; readonly addressKey: string }
  /** Whether the kill switch stops messages of this rule or through this channel. */
  | { readonly kind: "paused"; readonly id: string; readonly rule: string; readonly channel: string }
  /** Whether other rules than these were deployed last, somewhere else: asked where ours would end what those began. */
  | { readonly kind: "outdated"; readonly id: string }
  /** Whether the contact's account knows that this was decided, by the input or, for an event, by another that brought it. */
  | {
      readonly kind: "decided";
      readonly id: string;
      readonly key: string;
      readonly input: string;
      readonly event: CanonicalEvent | null;
      /** Epoch milliseconds: not before. */
      readonly since: number;
    }
  /** Takes a place in every one of these counters, which all workers share, or in none. */
  | { readonly kind: "draw"; readonly id: string; readonly draws: readonly Draw[] };

export type Answer =
  /** The verdict hinges on what this look-up finds: the question is to be asked again with it. */
  | { readonly kind: "condition"; readonly needs: string }
  /** The verdict hinges on what happened before Heed began to keep such events. */
  | { readonly kind: "condition"; readonly unseen: { readonly events: Json; readonly since: number } }
  | { readonly kind: "lookup"; readonly found: LookedUp }
  /** `saw`: what its tests saw, for the account. */
  | { readonly kind: "condition"; readonly holds: boolean; readonly saw?: readonly SeenTest[] }
  /** `failed`: why there is no text, in words for an operator. */
  | { readonly kind: "render"; readonly text: string | null; readonly failed?: string }
  | { readonly kind: "suppressed"; readonly suppressed: boolean }
  | { readonly kind: "paused"; readonly pause: Pause | null }
  | { readonly kind: "outdated"; readonly outdated: boolean }
  | { readonly kind: "decided"; readonly decided: boolean }
  | { readonly kind: "draw"; readonly refused: RefusedDraw | null };

/** The first counter that had too little left. */
export interface RefusedDraw extends TooLittle {
  readonly index: number;
}

export interface TooLittle {
  /** When another try makes sense, in epoch milliseconds. */
  readonly freeAt: number;
  /** What whoever asked could still have had; what other workers hold may be more. */
  readonly left: number;
}

/** `failed`: there is no answer. `invalid`: what came is none. */
export type LookedUp =
  | { readonly kind: "value"; readonly value: JsonObject }
  | { readonly kind: "failed" }
  | { readonly kind: "invalid" };

/** Times are in epoch milliseconds. */
export interface Pause {
  readonly reason: "paused" | "self_paused";
  readonly since: number;
  /** Null is until somebody resumes it. */
  readonly until: number | null;
  /** `all`, or the rule or channel that is paused: `channel:sms`. */
  readonly target?: string;
  /** Why, in the words of whoever paused. */
  readonly note?: string;
}

export interface Draw {
  /** The same for the same cap or budget, whichever worker asks. */
  readonly counter: string;
  readonly window: CounterWindow;
  /** The most that may be taken in the window. */
  readonly limit: number;
  readonly amount: number;
}

/** Epoch milliseconds. */
export type CounterWindow =
  | { readonly kind: "rolling"; readonly ms: number }
  /** `from` is in it, `to` is not. */
  | { readonly kind: "span"; readonly from: number; readonly to: number }
  /** The 24 hours from this rule's first message on; after them, everything is granted. */
  | { readonly kind: "first_day"; readonly rule: string };

export type Answers = ReadonlyMap<string, Answer>;

export type Decision =
  | { readonly ask: readonly Question[] }
  | {
      readonly contact: Contact;
      /** False when nothing at all is to be written: a duplicate, an outdated ticket. What is recorded then is to be counted only. */
      readonly changed: boolean;
      readonly effects: readonly Effect[];
      readonly records: readonly LedgerRecord[];
      /** Epoch milliseconds of the earliest moment at which this contact wants to be looked at. */
      readonly wakeAt: number | null;
    };

/** What must happen next, in the imperative. */
export type Effect =
  /** Hand this to the decider of `key`, who sees it once under this id. */
  | { readonly kind: "hand"; readonly key: string; readonly id: string; readonly what: Handed }
  /** Remove the history of this contact, which was erased. */
  | { readonly kind: "forget"; readonly number: number }
  | { readonly kind: "enqueue"; readonly channel: string; readonly class: MessageClass; readonly job: Job }
  | { readonly kind: "bury"; readonly letter: BuriedMessage }
  /** The rule protects itself, and everybody else: it pauses until a person resumes it. */
  | { readonly kind: "pause"; readonly rule: string; readonly why: "first_day" | "loop" }
  /** Only ever in answer to a ticket, and at most one. */
  | { readonly kind: "call"; readonly message: OutgoingMessage; readonly provider: string; readonly startedAt: number };

/** What travels in the lane of a channel and class. */
export type Job =
  | { readonly kind: "send"; readonly intent: string; readonly ticket: number }
  /** Ask the provider what became of an attempt whose answer was lost. */
  | { readonly kind: "reconcile"; readonly intent: string; readonly attempt: number; readonly asked: number };

/** One line of the account. */
export interface LedgerRecord {
  readonly at: number;
  readonly kind:
    | "event"
    | "enrolled"
    | "not_enrolled"
    | "step"
    /** Heed means to send a message, or begins a call for it: before there is a word about it. */
    | "intent"
    | "message"
    | "converted"
    | "ended"
    | "identity"
    /** What a person did, or asked for and did not get. */
    | "command";
  /** The first twelve digits of the digest of the rulebook that decided. */
  readonly rulebook: string;
  readonly reason?: Reason;
  readonly rule?: string;
  readonly enrollment?: string;
  readonly step?: string;
  readonly intent?: string;
  readonly event?: string;
  readonly detail?: JsonObject;
}
