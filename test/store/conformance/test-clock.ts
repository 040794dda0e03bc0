import type { Clock } from "../../../src/core/model/clock.ts";

/** The machine's clock, with hands that a test can move. */
export function createTestClock(): Clock & { shift(ms: number): void } {
  let offset = 0;
  return {
    now: () => Date.now() + offset,
    monotonic: () => performance.now(),
    after(ms, task) {
      const timer = setTimeout(task, ms);
      return () => clearTimeout(timer);
    },
    shift(ms) {
      offset += ms;
    },
  };
}
