import type { Gathered, Reading } from "../../plan/backtest/gather.ts";

/** One of the places that a recording is read from: a file, or a store. */
export interface RecordingPart {
  /** As it was named. */
  readonly name: string;
  /** About how many events it has. */
  readonly count: number;
  /** Moments of the first and last event, epoch milliseconds; null when there is none. */
  span(): Promise<Span | null>;
  /** All of it from a moment on, in pieces that stand one after the other. */
  gather(since: number, reading: Reading): Promise<readonly Gathered[]>;
  close(): Promise<void>;
}

export interface Span {
  readonly from: number;
  readonly to: number;
}
