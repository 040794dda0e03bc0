import type { CanonicalEvent } from "../core/model/event.ts";
import type { ChannelKind } from "../core/model/rulebook.ts";
import type { Json } from "../core/model/json.ts";
import type { OutgoingMessage, Reconciliation, SendOutcome } from "../core/model/outgoing.ts";

export type { OutgoingMessage, Reconciliation, SendOutcome };

/**
 * The contract of every provider. Inbound functions are pure: bytes and time in, a value out. Outbound calls go
 * through the vendor's official SDK with the SDK's own retries off; retrying is decided in one place, the runtime.
 */
export interface Provider {
  readonly name: string;
  readonly inbound: Inbound | null;
  readonly outbound: Outbound | null;
  /** Present when the vendor can be asked for what its webhooks would have brought. */
  readonly backfill?: Backfill;
  /** Present when the vendor has a call that changes nothing and tells whether our credentials are good. MUST NOT reject. */
  probe?(): Promise<Probe>;
  /**
   * Present when it keeps messages itself, on this machine: takes out who got them and what they said, for an identity key
   * (`id:ana-1`, `email:…`, `phone:…`) that was erased. Comes again after a rejection; the same key twice is no harm.
   */
  forget?(key: string): Promise<void>;
}

/** `says` continues the vendor's name, for a person: never a secret. `unclear`: nobody can say yet whether we may send. */
export interface Probe {
  readonly kind: "good" | "refused" | "unclear";
  readonly says: string;
}

/**
 * What the vendor reported from `since` on, both epoch milliseconds, page by page, with the same event ids as its
 * webhooks have, so that what came in the meantime is known. Rejects with an `Error` whose message is for a person.
 */
export type Backfill = (since: number, until: number) => AsyncIterable<Extract<Normalized, { events: unknown }>>;

/** A webhook as it came over the wire. Header names are in lower case. */
export interface WebhookRequest {
  readonly method: string;
  /** Path and query string as received, for example `/webhooks/twilio?heed_intent=…`. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
}

export interface Inbound {
  /** Media types this webhook accepts, without parameters. Others are answered 415. */
  readonly contentTypes: readonly string[];
  /** POST alone unless given. What a GET brings is in its URL. */
  readonly methods?: readonly ("POST" | "GET")[];
  /**
   * What `verify` needs from outside before it can judge, such as the certificate that a message was signed with; here a
   * vendor also gets its subscription confirmed. False when that cannot be had now, which is answered 503. What it
   * fetches, strangers may ask for: only from hosts of the vendor, and bounded. MUST NOT reject.
   */
  prepare?(request: WebhookRequest, now: number): Promise<boolean>;
  /**
   * What headers and URL alone say, before a byte of the body is read: for those whose requests may be large, where the
   * proof stands there, or could not be missing. `verify` judges all of it again. MUST NOT throw on any input.
   */
  verifyHead?(request: WebhookRequest, now: number): Verification;
  /** Judges the raw bytes. MUST NOT throw on any input. */
  verify(request: WebhookRequest, now: number): Verification;
  /** Called only after `verify` said yes. MUST NOT throw on any input: what cannot be read is `malformed` or a quarantined item. */
  normalize(request: WebhookRequest, now: number): Normalized;
  /** Where else it is reached beside `/webhooks/<name>`, and how many bytes of a body are taken there. */
  readonly paths?: ReadonlyMap<string, number>;
  /** The answer the vendor expects to a durable append; 200 with an empty body unless given. */
  readonly reply?: { readonly contentType: string; readonly body: string };
}

export type Verification = { readonly ok: true } | { readonly ok: false; readonly reason: VerificationFailure };
export type VerificationFailure = "signature_missing" | "signature_invalid" | "timestamp_invalid" | "timestamp_stale";

export type Normalized =
  /** Not readable at all, and why, in words without its content: quarantined as it came, and answered 200. */
  | { readonly malformed: string }
  /** One signed request may carry good and bad elements: the good ones are stored, the bad ones quarantined, and both answered 200. */
  | { readonly events: readonly CanonicalEvent[]; readonly quarantined: readonly Quarantined[] };

export interface Quarantined {
  readonly reason: string;
  /** The element as received. */
  readonly payload: Json;
}

export interface Outbound {
  readonly capabilities: Capabilities;
  /** Milliseconds within which `send` and `reconcile` settle, whatever the vendor does. */
  readonly timeoutMs: number;
  /** MUST NOT reject: every end of a call is an outcome. */
  send(message: OutgoingMessage): Promise<SendOutcome>;
  /** Asks the vendor what became of an attempt whose answer was lost. Present when `capabilities.lookup`. MUST NOT reject. */
  reconcile?(query: ReconcileQuery): Promise<Reconciliation>;
  close(): Promise<void>;
}

export interface Capabilities {
  readonly kinds: readonly ChannelKind[];
  /** The vendor drops a second create that carries the same key, so an ambiguous attempt may be repeated. */
  readonly idempotencyKey: boolean;
  /** The vendor can be asked whether it took a message. */
  readonly lookup: boolean;
}

export interface ReconcileQuery {
  readonly message: OutgoingMessage;
  /** Epoch milliseconds at which the attempt began. */
  readonly startedAt: number;
  /** Provider message ids that belong to other intents of this contact. */
  readonly known: readonly string[];
}
