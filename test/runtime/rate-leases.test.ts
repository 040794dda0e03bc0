import fc from "fast-check";
import { expect, test } from "vitest";
import type { Clock } from "../../src/core/model/clock.ts";
import type { MessageClass } from "../../src/core/model/rulebook.ts";
import type { Log } from "../../src/observe/log.ts";
import { createPace, type Pace } from "../../src/runtime/pace.ts";
import { leasesOf } from "../../src/runtime/rate-leases.ts";
import { openMemoryStore } from "../../src/store/memory.ts";
import { type Store, Unavailable } from "../../src/store/store.ts";
import { virtualClock, type VirtualClock } from "../support/virtual-clock.ts";

const log: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** The memory store, each answer of which takes a while. */
function distant(memory: Store, clock: Clock, tripMs: number): Store {
  const later = (): Promise<void> => new Promise((resolve) => void clock.after(tripMs, resolve));
  return {
    ...memory,
    load: async (key, how) => {
      await later();
      return memory.load(key, how);
    },
    commit: async (change) => {
      const committed = await memory.commit(change);
      await later();
      return committed;
    },
  };
}

interface Dispatcher {
  readonly pace: Pace;
  /** When its messages began: the moments of turns that were not given back. */
  readonly begun: { readonly at: number; readonly class: MessageClass }[];
  /** Asks for turns; of a kind that is refused, each is given back after a while. */
  ask(count: number, messageClass: MessageClass, refusedAfterMs?: number): void;
}

function dispatcher(clock: VirtualClock, store: Store, rate: number, skewMs = 0): Dispatcher {
  const own: Clock = { ...clock, now: () => clock.now() + skewMs };
  const pace = createPace(own, rate, leasesOf({ store, clock: own, log }, "sms"));
  const begun: { readonly at: number; readonly class: MessageClass }[] = [];
  const one = async (messageClass: MessageClass, refusedAfterMs?: number): Promise<void> => {
    const turn = await pace.turn(messageClass);
    if (refusedAfterMs === undefined) begun.push({ at: clock.monotonic(), class: messageClass });
    else clock.after(refusedAfterMs, () => turn.giveBack());
  };
  return {
    pace,
    begun,
    ask(count, messageClass, refusedAfterMs) {
      // A lane that closes lets go of those who wait.
      for (let n = 0; n < count; n++) one(messageClass, refusedAfterMs).catch(() => undefined);
    },
  };
}

function timesOf(dispatchers: readonly Dispatcher[]): readonly number[] {
  return dispatchers.flatMap(({ begun }) => begun.map(({ at }) => at)).toSorted((a, b) => a - b);
}

/** By how many messages the fullest stretch of time holds more than the rate allows it. */
function excess(times: readonly number[], rate: number, leewayMs: number): number {
  let most = 0;
  for (let first = 0; first < times.length; first++) {
    for (let last = first; last < times.length; last++) {
      const ms = (times[last] ?? 0) - (times[first] ?? 0) + leewayMs;
      most = Math.max(most, last - first + 1 - (ms * rate) / 1_000);
    }
  }
  return most;
}

/** One message at either end of a stretch of time. */
const ENDS = 2 + 1e-6;

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ what: fc.constant("ask"), who: fc.nat(3), ms: fc.nat(400), count: fc.nat(30) }) },
  {
    weight: 4,
    arbitrary: fc.record({ what: fc.constant("refused"), who: fc.nat(3), ms: fc.nat(400), count: fc.nat(9) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ what: fc.constant("rate"), who: fc.nat(3), ms: fc.nat(900), count: fc.nat(60) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ what: fc.constant("close"), who: fc.nat(3), ms: fc.nat(900), count: fc.nat(3) }),
  },
);

test("however many speak, refuse, close and change the rate, no stretch of time holds more than the rate allows", async () => {
  const machine = fc.record({ skewMs: fc.integer({ min: -300, max: 300 }), tripMs: fc.nat(60) });
  const machines = fc.array(machine, { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(machines, fc.integer({ min: 1, max: 200 }), fc.array(step), async (each, first, steps) => {
      const clock = virtualClock();
      const memory = openMemoryStore({ clock });
      const dispatchers = each.map(({ skewMs, tripMs }) =>
        dispatcher(clock, distant(memory, clock, tripMs), first, skewMs),
      );
      const skews = each.map(({ skewMs }) => skewMs);
      const leewayMs = Math.max(...skews) - Math.min(...skews);
      let rate = first;
      const judge = (): void => {
        expect(excess(timesOf(dispatchers), rate, leewayMs)).toBeLessThanOrEqual(ENDS);
        for (const { begun } of dispatchers) begun.splice(0);
      };
      for (const { what, who, ms, count } of steps) {
        const one = dispatchers[who % dispatchers.length];
        if (what === "ask") one?.ask(count, count % 2 === 0 ? "marketing" : "transactional");
        if (what === "refused") one?.ask(count, "marketing", ms / 4);
        if (what === "close") one?.pace.close();
        if (what === "rate") {
          judge();
          rate = count + 1;
          for (const { pace } of dispatchers) pace.setRate(rate);
        }
        await clock.pass(ms);
      }
      await clock.pass(5_000);
      judge();
    }),
    { numRuns: 150, endOnFailure: true },
  );
});

test.for([
  [1, 5],
  [10, 5],
  [100, 5],
  [500, 5],
  [10, 200],
] as const)(
  "alone at %i messages a second it reaches nine tenths of them, over a store %i ms away",
  async ([rate, trip]) => {
    const clock = virtualClock();
    const alone = dispatcher(clock, distant(openMemoryStore({ clock }), clock, trip), rate);
    alone.ask(rate * 40, "marketing");
    await clock.pass(30_000);
    expect(alone.begun.length).toBeGreaterThanOrEqual(rate * 30 * 0.9);
  },
);

test("three together reach nine tenths of the rate, and each its part of it", async () => {
  const clock = virtualClock();
  const memory = openMemoryStore({ clock });
  const three = [0, 20, -20].map((skew) => dispatcher(clock, distant(memory, clock, 3), 50, skew));
  for (const each of three) each.ask(2_000, "marketing");
  await clock.pass(60_000);
  expect(timesOf(three).length).toBeGreaterThanOrEqual(50 * 60 * 0.9);
  for (const { begun } of three) expect(begun.length).toBeGreaterThan((50 * 60) / 3 / 2);
});

test("a burst of marketing in other processes delays a transactional message by their slices, not by the burst", async () => {
  const clock = virtualClock();
  const memory = openMemoryStore({ clock });
  const [a, b, c] = [dispatcher(clock, memory, 10), dispatcher(clock, memory, 10), dispatcher(clock, memory, 10)];
  for (const busy of [a, b]) busy.ask(10_000, "marketing");
  await clock.pass(30_000);
  // In its own process it also passes the marketing that waits there.
  c.ask(1_000, "marketing");
  c.ask(1, "transactional");
  await clock.pass(1_000);
  expect(c.begun[0]?.class).toBe("transactional");
});

test("nothing goes while the store does not answer, and all goes on when it does", async () => {
  const clock = virtualClock();
  const memory = openMemoryStore({ clock });
  let away = true;
  const store: Store = {
    ...memory,
    load: (key, how) => (away ? Promise.reject(new Unavailable("away")) : memory.load(key, how)),
  };
  const one = dispatcher(clock, store, 10);
  one.ask(20, "transactional");
  await clock.pass(60_000);
  expect(one.begun).toEqual([]);
  away = false;
  await clock.pass(4_000);
  expect(one.begun).toHaveLength(20);
});

test("one that stood still does not speak in time that has passed to others", async () => {
  const clock = virtualClock();
  const memory = openMemoryStore({ clock });
  let stalledUntil = 0;
  const stalling: VirtualClock = {
    ...clock,
    after(ms, task) {
      const run = (): void => {
        const rest = stalledUntil - clock.monotonic();
        if (rest > 0) clock.after(rest, run);
        else task();
      };
      return clock.after(ms, run);
    },
  };
  const [still, other] = [dispatcher(stalling, memory, 10), dispatcher(clock, memory, 10)];
  for (const each of [still, other]) each.ask(500, "marketing");
  for (let round = 0; round < 20; round++) {
    await clock.pass(430);
    stalledUntil = clock.monotonic() + 330;
    await clock.pass(400);
  }
  expect(excess(timesOf([still, other]), 10, 0)).toBeLessThanOrEqual(ENDS);
});

test("a machine whose clock is ahead delays the others by a little, however far it is", async () => {
  const clock = virtualClock();
  const memory = openMemoryStore({ clock });
  const [ahead, right] = [dispatcher(clock, memory, 10, 3_600_000), dispatcher(clock, memory, 10)];
  ahead.ask(1, "marketing");
  await clock.pass(1_000);
  right.ask(10, "marketing");
  await clock.pass(3_000);
  expect(right.begun).toHaveLength(10);
});

test("a channel has one small document, whatever goes through it", async () => {
  const clock = virtualClock();
  const memory = openMemoryStore({ clock });
  const one = dispatcher(clock, memory, 100);
  one.ask(1_000, "marketing");
  await clock.pass(20_000);
  const docs = await memory.scan({ limit: 10 });
  expect(docs).toHaveLength(1);
  expect(docs[0]?.body.length).toBeLessThan(50);
});
