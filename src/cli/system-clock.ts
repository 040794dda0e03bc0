import type { Clock } from "../core/model/clock.ts";

/** The machine's clocks and timers: the only place in Heed that touches them. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, task) {
    const timer = setTimeout(task, ms);
    return () => clearTimeout(timer);
  },
};
