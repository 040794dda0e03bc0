/**
 * Time as the shell sees it. The core never holds one: it gets `now` as an argument.
 * The only implementation over the machine's clock is `cli/system-clock.ts`.
 */
export interface Clock {
  /** Epoch milliseconds of wall time. May jump; nothing may rely on it being monotonic. */
  now(): number;
  /** Milliseconds of a clock that never jumps, for measuring spans and backing off. */
  monotonic(): number;
  /** Runs `task` once after `ms` of monotonic time, unless the returned function is called first. For polling, never for a rule's delay. */
  after(ms: number, task: () => void): () => void;
}
