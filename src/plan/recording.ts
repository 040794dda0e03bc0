import type { Gathered, Reading } from "./backtest/gather.ts";

/**
 * What really happened, as a backtest plays it again: events, and, where the source knows them, the messages that
 * production sent, by which the base arm is measured.
 */
export interface Recording {
  /** As it was named: a file, `nats://…`. */
  readonly source: string;
  /** About how many events there are: for a progress bar. */
  readonly count: number;
  /**
   * Reads all of it, once: in pieces, which may be read at the same time, and are given in their order. Which stands
   * first matters only for what came in at the same moment.
   */
  read(reading: Reading): Promise<readonly Gathered[]>;
}
