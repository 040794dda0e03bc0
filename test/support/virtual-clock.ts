import type { Clock } from "../../src/core/model/clock.ts";

/** Time that moves only when told to: nothing sleeps, and every timer runs at its moment. */
export interface VirtualClock extends Clock {
  /** Moves on by `ms`, running due timers in order and letting promises settle after each. */
  pass(ms: number): Promise<void>;
}

export function virtualClock(start = Date.parse("2026-03-06T19:00:00Z")): VirtualClock {
  let now = start;
  let order = 0;
  const timers = new Map<number, { readonly at: number; readonly task: () => void }>();
  return {
    now: () => now,
    monotonic: () => now - start,
    after(ms, task) {
      order += 1;
      const id = order;
      timers.set(id, { at: now + ms, task });
      return () => void timers.delete(id);
    },
    async pass(ms) {
      const until = now + ms;
      await settle();
      for (;;) {
        const [next] = [...timers].filter(([, { at }]) => at <= until).sort(([a, x], [b, y]) => x.at - y.at || a - b);
        if (next === undefined) break;
        const [id, { at, task }] = next;
        timers.delete(id);
        now = Math.max(now, at);
        task();
        await settle();
      }
      now = until;
    },
  };
}

/** Until no promise that is ready to go on is left: a macrotask runs after all microtasks. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}
