/**
 * The storage port. The engine never sees subjects, sequences or transactions: `commit` is the only way to change a
 * contact, and everything that must happen next is in the same commit. Memory, embedded and JetStream implement it;
 * `test/store/conformance.ts` holds all of them to the same invariants.
 */

/** Who a document belongs to: opaque to a store, at most 128 bytes of UTF-8, any characters. */
export type Key = string;
/** Changes on every commit of a key and never repeats for it, not even after an erasure. */
export type Revision = string;

export interface Doc {
  readonly key: Key;
  readonly rev: Revision;
  readonly body: Uint8Array;
  /** Epoch milliseconds. */
  readonly writtenAt: number;
}

/** A normalized event on its way in. `dead` puts it on the dead lane at once (quarantine), with that reason. */
export interface Fact {
  /**
   * Deduplicated per key for at least 10 minutes of transport; the contact's document holds the long memory (72 h), and its
   * account the one that ends with `Retention`.
   */
  readonly id: string;
  readonly key: Key;
  readonly body: Uint8Array;
  readonly dead?: string;
  /** Epoch milliseconds at which it came to us, when that was before it is appended. */
  readonly at?: number;
}

export type JobLane = `jobs.${string}`;
/** `due` is fed by wake-ups of documents, never by emits. */
export type Lane = "events" | "due" | "dead" | JobLane;

/** Something that must happen because a document changed. Delivered at least once; once per (lane, key, id) within the deduplication horizon. */
export interface Emit {
  readonly lane: Exclude<Lane, "due"> | "audit";
  readonly id: string;
  /** The contact it concerns. An event handed on to another contact carries that contact's key. */
  readonly key: Key;
  readonly body: Uint8Array;
}

export interface Commit {
  readonly key: Key;
  /** The revision this change was decided on, or `new` when no document existed. */
  readonly base: Revision | "new";
  readonly body: Uint8Array;
  /** Epoch milliseconds of the earliest moment this document wants to be looked at, or null. */
  readonly wakeAt: number | null;
  readonly emit: readonly Emit[];
}

export type Committed =
  | { readonly ok: true; readonly rev: Revision }
  | { readonly ok: false; readonly why: "conflict" | "too-large" | "erased" };

export interface Delivery {
  readonly lane: Lane;
  /** The fact's or emit's id; for `due` the document's revision. */
  readonly id: string;
  readonly key: Key;
  /** Empty for `due`. */
  readonly body: Uint8Array;
  /** Epoch milliseconds at which it was appended (for `due`: the wake-up time). */
  readonly at: number;
  /** 1 for the first delivery. Counts deliveries that ended without a verdict and those that asked to come again. */
  readonly attempt: number;
  /** Why it is on the dead lane; absent elsewhere. */
  readonly reason?: string;
  /** Another lease from now on, for a handler that is still at work. */
  extend(): void;
  /**
   * For a handler that waits for something outside: until it calls what is returned, or ends, it takes up no place of
   * `parallel`, so that others go on. Null when as many as there may be wait like that already; then it keeps its place.
   */
  stepAside(): (() => void) | null;
}

/** `again` is epoch milliseconds: not delivered before, and soon after. A handler that rejects gives no verdict: the delivery returns when its lease ends. */
export type Verdict = { readonly done: true } | { readonly again: number } | { readonly dead: string };

export interface ConsumeOptions {
  /** Handlers at work at once, at the most. One key is never in two of them. */
  readonly parallel: number;
  /** Milliseconds after which a delivery without a verdict returns. */
  readonly leaseMs: number;
  /** Only keys of this shard: `[index, of]`. Every key belongs to exactly one shard. */
  readonly shard?: readonly [index: number, of: number];
}

export interface Consumer {
  /** No new handler starts; those at work get up to `drainMs` to end. */
  stop(drainMs: number): Promise<void>;
}

/** What lies on the dead lane. */
export interface DeadLetter {
  /** Names this letter among all of its store, for as long as it lies there: a whole number that grows with each arrival. */
  readonly place: number;
  readonly id: string;
  readonly key: Key;
  /** Epoch milliseconds at which it was appended, to the lane that it comes from. */
  readonly at: number;
  /** Empty where it was emitted: then the body says why. */
  readonly reason: string;
  readonly body: Uint8Array;
}

export interface AuditEntry {
  readonly at: number;
  readonly id: string;
  readonly body: Uint8Array;
}

/** An audit emit among those of all keys. */
export interface AuditLine extends AuditEntry {
  /** Grows from line to line, in the order in which they were taken in. */
  readonly place: number;
  readonly key: Key;
}

/** How long what came in stays where nobody says how long: seven days. */
export const EVENTS_KEPT_MS = 7 * 86_400_000;

/** How long records stay, in milliseconds. Null is as long as the store keeps them by itself. */
export interface Retention {
  /**
   * Of what came in, decided or not: `EVENTS_KEPT_MS` by itself. In NATS never for less, because that is also how long an
   * event may wait to be decided there.
   */
  readonly events: number | null;
  /** Of audit emits: for ever by itself. */
  readonly ledger: number | null;
}

export interface Traits {
  /** What an acknowledgement survives: nothing, the end of the process, or the loss of power. */
  readonly durable: "memory" | "process" | "disk";
  /** Whether several processes may use it at once. */
  readonly shared: boolean;
  /** Bytes of a document's body. */
  readonly maxBody: number;
  /** For people: which store, which version. */
  readonly version: string;
}

export interface Health {
  readonly ok: boolean;
  /** What is wrong, in words for an operator; empty when ok. */
  readonly problems: readonly string[];
  /** Deliveries waiting, by lane. */
  readonly depth: Readonly<Record<string, number>>;
}

/** What another system published into the store itself. */
export interface OutsideMessage {
  /** The same for every delivery of it, and by the publisher's own name for it, if it gave one, for every copy. */
  readonly id: string;
  readonly body: Uint8Array;
  /** Epoch milliseconds at which it was published. */
  readonly at: number;
  /** 1 for the first delivery. */
  readonly attempt: number;
}

export interface Store {
  readonly traits: Traits;
  /** Resolves when all are durable, or rejects with `Unavailable` and the caller may repeat the whole call. Embedded: all or none. */
  append(facts: readonly Fact[]): Promise<readonly { readonly fresh: boolean }[]>;
  /** `cached` may be old; a commit based on it then conflicts. */
  load(key: Key, how: "latest" | "cached"): Promise<Doc | null>;
  /** Rejects with `Unavailable` when the outcome is unknown: load again and look. */
  commit(change: Commit): Promise<Committed>;
  consume(lane: Lane, options: ConsumeOptions, handle: (delivery: Delivery) => Promise<Verdict>): Promise<Consumer>;
  /** The dead lane, oldest first, without taking anything from it. `after` is the place of the last one of the page before. */
  deadLetters(page: DeadPage): Promise<readonly DeadLetter[]>;
  /** Takes one off the dead lane for good. False when it does not lie there (any more). */
  settleDead(place: number): Promise<boolean>;
  /**
   * Only a store that other systems can publish into has it. Each message comes to one of all who consume, again and again
   * until it is done, and is removed then.
   */
  consumeOutside?(
    options: Pick<ConsumeOptions, "parallel" | "leaseMs">,
    handle: (message: OutsideMessage) => Promise<Exclude<Verdict, { readonly dead: string }>>,
  ): Promise<Consumer>;
  /** Takes up to `want` tokens of `limit` per window; returns how many were left to take. Windows are named by their bounds. */
  take(
    budget: string,
    window: { readonly from: number; readonly to: number },
    limit: number,
    want: number,
  ): Promise<number>;
  /** The audit emits of one key, newest first. `before` is the id of the last entry of the page before. */
  history(key: Key, page: { readonly before?: string; readonly limit: number }): Promise<readonly AuditEntry[]>;
  /**
   * Those of one key from a moment on (epoch milliseconds), oldest first, read little by little while they are asked for.
   * Some that are older may come before them, and one that was emitted again may come twice. The moment may be by a
   * server's clock.
   */
  historySince(key: Key, since: number): AsyncIterable<AuditEntry>;
  /**
   * The audit emits of all keys, oldest first, from behind the line at `after` on. What was erased is missing; a line that was
   * emitted again after the deduplication horizon may come twice.
   */
  audit(page: { readonly after?: number; readonly limit: number }): Promise<readonly AuditLine[]>;
  /**
   * What was appended to the lane `events`, decided or not, oldest first, from behind the one at `after` on, for as long as
   * it is kept; a store may tell what commits emitted there as well. What belongs to erased keys is missing.
   */
  pastEvents(page: { readonly after?: number; readonly limit: number }): Promise<readonly AuditLine[]>;
  /** Every live document once, in key order of the store's own choosing. For tools, not for the hot path. */
  scan(page: { readonly after?: Key; readonly limit: number }): Promise<readonly Doc[]>;
  /** Removes a key everywhere and leaves a tombstone. `residual` names where bytes may remain, in words for an operator. */
  erase(key: Key): Promise<Erased>;
  /**
   * Removes the dead letters of a key, what came in for it and is decided, and last its history, the oldest lines first. Its
   * document stays, and what waits in lanes is still to be decided: for documents that know themselves that their contact was
   * erased. `by` is the delivery on the lane `events` that asks for it: rejects with `Unavailable` while what came before
   * that is not decided.
   */
  forget(key: Key, by?: string): Promise<Erased>;
  /**
   * Removes what is older than these ages: one small step, and true when more is left to do. Where a server removes it by
   * itself, it is told. Ages that change hold from the next call on. Rejects with `Unavailable`.
   */
  expire(retention: Retention): Promise<boolean>;
  health(): Promise<Health>;
  close(): Promise<void>;
}

export interface DeadPage {
  readonly after?: number;
  readonly limit: number;
}

export interface Erased {
  readonly removed: number;
  readonly residual: readonly string[];
}

/** The store could not answer, or nobody knows whether it did. Safe to repeat. */
export class Unavailable extends Error {
  override readonly name = "Unavailable";
  /** Milliseconds after which another try makes sense. */
  readonly retryAfterMs: number;
  /** For logs, which have no messages: one word of a closed list. */
  readonly code: string | null;
  constructor(
    message: string,
    options: { readonly code?: string; readonly retryAfterMs?: number; readonly cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.code = options.code ?? null;
    this.retryAfterMs = options.retryAfterMs ?? 1_000;
  }
}

/** The store as configured cannot keep its promises (old server, dropped option, wrong retention, second process). Stops the start. */
export class Unsupported extends Error {
  override readonly name = "Unsupported";
}
