import type { CanonicalEvent } from "../core/model/event.ts";

/**
 * What really happened, as a backtest plays it again: events in the order in which they came in, and, where the source
 * knows them, the messages that production sent, by which the base arm is measured. Read more than once: each call of
 * `events` begins anew.
 */
export interface Recording {
  /** As it was named: a file, `nats://…`. */
  readonly source: string;
  /** Some at a time: to wait for each would take longer than to read it. */
  events(): AsyncIterable<readonly RecordedEvent[]>;
  /** Null where only events are known. */
  readonly sent: (() => AsyncIterable<SentMessage>) | null;
  /** Lines that were none, once `events` has been read to its end. */
  readonly unreadable: () => number;
}

export interface RecordedEvent {
  /** When it came in, epoch milliseconds: never before the one that is read before it. */
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
