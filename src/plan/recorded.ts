import type { CanonicalEvent } from "../core/model/event.ts";

export interface RecordedEvent {
  /** When it came in, epoch milliseconds. */
  readonly at: number;
  /** The identity key under which it was appended. */
  readonly key: string;
  readonly event: CanonicalEvent;
  /** Its JSON as it was read, where it was: whoever keeps the event need not write it anew. */
  readonly json?: Uint8Array;
}

/** One message that a provider took. */
export interface SentMessage {
  readonly at: number;
  /** The contact's document. */
  readonly key: string;
  readonly intent: string;
  readonly rule: string;
  readonly step: string;
  readonly channel: string;
}
