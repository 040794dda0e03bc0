import type { Json } from "./json.ts";
import type { ChannelKind } from "./rulebook.ts";

/** One rendered message on its way out. */
export interface OutgoingMessage {
  /** Deterministic and unique per (contact, rule, enrollment, step). It travels with the message and comes back in every event. */
  readonly intentId: string;
  /** 1 for the first attempt. */
  readonly attempt: number;
  /** Our contact id, when the contact has one that is not itself an address. */
  readonly contactId: string | null;
  readonly ruleId: string;
  readonly channel: string;
  readonly kind: ChannelKind;
  readonly from: string | null;
  /** Null for channels that speak to your own people. */
  readonly to: string | null;
  /** Rendered content by field: `text`, `subject`, `html`. */
  readonly content: Readonly<Record<string, string>>;
  /**
   * Of marketing email: where its recipient ends it with one click (RFC 8058). Mail programs are told in its headers;
   * the runtime puts it in when the message goes out, because it is a secret of its recipient.
   */
  readonly unsubscribeUrl?: string;
  /** What a webhook carries. */
  readonly body?: Json;
  /** Of a message to people of your own: whom it is about. */
  readonly about?: { readonly name?: string; readonly email?: string; readonly phone?: string };
  /** Of a message to people of your own: what was said with the contact lately, oldest first. */
  readonly conversation?: readonly SaidLine[];
}

/** One message of a conversation. */
export interface SaidLine {
  /** Epoch milliseconds. */
  readonly at: number;
  /** `in` is the contact's own. */
  readonly direction: "in" | "out";
  readonly channel: string;
  /** Cut off, when it is long. */
  readonly text: string;
}

export type SendOutcome =
  | { readonly kind: "accepted"; readonly providerMessageId: string | null }
  /** Refused for good. `opted_out` and `invalid_address` change what Heed knows about the address. */
  | {
      readonly kind: "rejected";
      readonly code: string;
      readonly class: "opted_out" | "invalid_address" | "content" | "other";
    }
  /** Surely not sent; another attempt makes sense, not before `afterMs`. */
  | { readonly kind: "retryable"; readonly code: string; readonly afterMs: number | null }
  /** Credentials or account: every message of this provider would fail the same way. Surely not sent. */
  | { readonly kind: "misconfigured"; readonly code: string }
  /** Nobody knows whether it was sent. */
  | { readonly kind: "ambiguous"; readonly code: string };

export type Reconciliation =
  | { readonly kind: "found"; readonly providerMessageId: string }
  | { readonly kind: "not_found" }
  /** The vendor could not be asked now. */
  | { readonly kind: "unavailable"; readonly code: string };
