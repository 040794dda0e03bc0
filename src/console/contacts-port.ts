import type { SaidLine } from "../core/model/outgoing.ts";
import type { CancelPort, RunView } from "./contacts-api.ts";

/** What the pages about people need. Moments are epoch milliseconds. */
export interface ContactsPort extends CancelPort {
  /** Whom an id, an address, or the id of a message or an event leads to: exactly that, and nothing like it. */
  find(text: string): Promise<FoundView>;
  /** Null when nobody is known under this key. */
  tell(key: string): Promise<ContactView | null>;
}

export interface FoundView {
  readonly contacts: readonly { readonly key: string; readonly name: string; readonly how: string }[];
  /** What was looked at, in a sentence. */
  readonly looked: string;
}

export interface ContactView {
  readonly key: string;
  readonly name: string;
  /** When it was erased; null when it was not, or began again. */
  readonly erased: number | null;
  readonly zone: { readonly name: string; readonly source: string };
  readonly addresses: readonly AddressView[];
  /** Other names that led here: anonymous ids, contacts that were merged into it. */
  readonly linked: readonly string[];
  readonly attributes: readonly { readonly name: string; readonly value: string; readonly at: number | null }[];
  readonly tags: readonly string[];
  readonly consent: readonly ConsentView[];
  readonly suppressions: readonly { readonly about: string; readonly state: string; readonly at: number }[];
  /** Places in caps, newest first. */
  readonly taken: readonly { readonly rule: string; readonly channel: string; readonly at: number }[];
  readonly runs: readonly (RunView & { readonly since: number; readonly text: string })[];
  /** Oldest first. */
  readonly lines: readonly LineView[];
  /** In a sentence for each run: what became of it, and why. */
  readonly answers: readonly string[];
  readonly notes: readonly string[];
  /** The last messages in both directions, oldest first. */
  readonly conversation: readonly SaidLine[];
}

export interface AddressView {
  readonly kind: string;
  readonly address: string;
  /** A provider says that it does not exist. */
  readonly invalid: boolean;
  /** Other contacts that have it, too. */
  readonly sharedWith: readonly string[];
}

export interface ConsentView {
  readonly channel: string;
  readonly state: string;
  readonly at: number;
  /** What proves it: where it was said, the words, the event. */
  readonly source: string | null;
  readonly wording: string | null;
  readonly event: string | null;
}

/** A line of the account in the words of `heed explain`. */
export interface LineView {
  readonly at: number;
  readonly mark: Mark;
  readonly text: string;
  readonly parts: readonly { readonly mark: Mark; readonly name: string; readonly text: string }[];
  /** Under whose key it was written, where that is another. */
  readonly document: string | null;
  /** Rules that the event did not start or stop, and why. */
  readonly missed: readonly string[];
  /** What the message said, where it is kept; by field: subject, text. */
  readonly said: Readonly<Record<string, string>> | null;
}

export type Mark = "✓" | "✗" | "…" | "·";
