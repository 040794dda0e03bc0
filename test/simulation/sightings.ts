import type { Contact } from "../../src/core/model/contact.ts";
import type { BuriedMessage, LedgerRecord } from "../../src/core/model/decision.ts";
import type { CanonicalEvent } from "../../src/core/model/event.ts";
import type { OutgoingMessage, Reconciliation, SendOutcome } from "../../src/core/model/outgoing.ts";
import type { Replayed } from "../../src/runtime/dead-letters.ts";
import type { PauseTarget } from "../../src/runtime/pauses.ts";
import type { Witnessed } from "../../src/runtime/parts.ts";
import type { Letter } from "../../src/runtime/read-letter.ts";
import type { DeadLetter, Emit } from "../../src/store/store.ts";
import type { Expected } from "./events.ts";
import type { Version } from "./rule-texts.ts";

/** What an observer who stands outside sees happen. Invariants are judged by these alone. */
export type Sighting =
  /** A source heard a 2xx. */
  | { readonly kind: "acknowledged"; readonly expects: readonly Expected[] }
  | { readonly kind: "answered"; readonly status: number; readonly body: string; readonly forged: boolean }
  /** Became durable; `fresh` when the store did not know it. */
  | { readonly kind: "appended"; readonly key: string; readonly id: string; readonly event: CanonicalEvent | null }
  | Committed
  | { readonly kind: "called"; readonly message: OutgoingMessage; readonly process: string }
  /** The vendor has the message: a person will read it. */
  | { readonly kind: "accepted"; readonly message: OutgoingMessage; readonly vendor: string }
  /** What a process heard of a call, or of a question about one. */
  | { readonly kind: "heard"; readonly message: OutgoingMessage; readonly outcome: SendOutcome | Reconciliation }
  | { readonly kind: "published"; readonly version: Version }
  | { readonly kind: "logged"; readonly level: "info" | "warn" | "error"; readonly text: string }
  /** The kill switch was set, or released, for all who look from now on. */
  | { readonly kind: "paused"; readonly target: PauseTarget; readonly until: number | null; readonly bySelf: boolean }
  | { readonly kind: "resumed"; readonly target: string }
  /** The history of a contact that was erased is gone. */
  | { readonly kind: "forgotten"; readonly key: string }
  /** A process says that a delivery is done. */
  | { readonly kind: "done"; readonly lane: string; readonly key: string; readonly id: string }
  /** A delivery went to the dead letters. */
  | { readonly kind: "buried"; readonly lane: string; readonly id: string; readonly reason: string }
  /** A message became a dead letter. */
  | { readonly kind: "given up"; readonly key: string; readonly message: BuriedMessage }
  /** A document of the house was written, with what it emits. */
  | { readonly kind: "wrote"; readonly emits: readonly Emit[] }
  /** A dead letter was taken off its lane. */
  | { readonly kind: "taken off"; readonly letter: DeadLetter }
  | Ordered;

/** Somebody was answered about a dead letter. */
export interface Ordered {
  readonly kind: "ordered";
  readonly letter: Letter;
  readonly deed: Deed;
  readonly answer: Replayed["kind"] | "discarded";
  readonly why: string;
  /** The scheduler's step at which it was asked for. */
  readonly askedAtStep: number;
}

/** What people do with a dead letter. */
export type Deed = { readonly kind: "replay"; readonly mayDouble: boolean } | { readonly kind: "discard" };

/** A contact's document has changed. */
export interface Committed {
  readonly kind: "committed";
  readonly process: string;
  readonly key: string;
  readonly before: Contact | null;
  readonly after: Contact;
  readonly emits: readonly Emit[];
  readonly records: readonly LedgerRecord[];
  readonly decided: Witnessed;
  /** The document as it was written. */
  readonly body: Uint8Array;
  /** When the process last read the document, in true time. */
  readonly readAt: number;
  /** The scheduler's step at which the process last read the document, and the one of the commit. */
  readonly readAtStep: number;
  readonly step: number;
  readonly wakeAt: number | null;
}

/** Says what was seen that must never be. */
export type Violate = (text: string) => void;

/** A promise, and somebody who watches that it is kept. */
export interface Watch {
  see(sighting: Sighting, now: number): void;
  /** Nothing is left to do, and nothing goes wrong any more. */
  atRest?(): void | Promise<void>;
}
