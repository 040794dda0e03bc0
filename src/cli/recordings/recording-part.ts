import type { RecordedEvent, SentMessage } from "../../plan/recording.ts";

/** One of the places that a recording is read from: a file, or a store. */
export interface RecordingPart {
  /** As it was named. */
  readonly name: string;
  /** Moments of the first and last event, epoch milliseconds; null when there is none. */
  readonly span: { readonly from: number; readonly to: number } | null;
  /** About how many events it has. */
  readonly count: number;
  readonly hasSent: boolean;
  /** From a moment on. What is left out is counted in `left`. */
  events(since: number, left: LeftOut): AsyncIterable<readonly RecordedEvent[]>;
  sent(since: number): AsyncIterable<SentMessage>;
  close(): Promise<void>;
}

/** What one reading of a recording could not use, by why. */
export interface LeftOut {
  /** Lines that are no events. */
  unreadable(why: string): void;
  /** Events that are, and that were left out or moved all the same. */
  other(why: string): void;
}
