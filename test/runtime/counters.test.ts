import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createCounters, type Demand } from "../../src/runtime/counters.ts";
import { createSharedLimits } from "../../src/runtime/shared-limits.ts";
import { openMemoryStore } from "../../src/store/memory.ts";
import { virtualClock } from "../support/virtual-clock.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Workers that share a store and a clock, and nothing else. */
function workers(count: number) {
  const clock = virtualClock();
  const store = openMemoryStore({ clock });
  return { clock, store, counters: Array.from({ length: count }, () => createCounters(store, clock)) };
}

const rolling = (limit: number, ms = HOUR): Demand => ({
  counter: "c",
  window: { kind: "rolling", ms },
  limit,
  amount: 1,
});

describe("a rolling counter", () => {
  test("is never overdrawn in any stretch of its length, whoever asks and when", async () => {
    const request = fc.record({
      worker: fc.integer({ min: 0, max: 2 }),
      after: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 20 * 60_000 })),
      amount: fc.integer({ min: 1, max: 5 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 60 }),
        fc.array(request, { maxLength: 120 }),
        async (limit, requests) => {
          const { clock, counters } = workers(3);
          const taken: { readonly at: number; readonly amount: number }[] = [];
          for (const { worker, after, amount } of requests) {
            await clock.pass(after);
            const refused = await counters[worker]?.take({ ...rolling(limit), amount });
            if (refused === null) taken.push({ at: clock.now(), amount });
          }
          for (const { at } of taken) {
            const inside = taken.filter((other) => other.at <= at && other.at > at - HOUR);
            expect(inside.reduce((sum, { amount }) => sum + amount, 0)).toBeLessThanOrEqual(limit);
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  test("of one place gives it out once to many who ask at once, and says when it is free again", async () => {
    const { clock, counters } = workers(3);
    const asked = await Promise.all(counters.flatMap((each) => [each.take(rolling(1)), each.take(rolling(1))]));
    expect(asked.filter((refused) => refused === null)).toHaveLength(1);
    const freeAt = Math.max(...asked.flatMap((refused) => refused?.freeAt ?? []));
    expect(freeAt).toBeGreaterThanOrEqual(clock.now() + HOUR);
    expect(freeAt).toBeLessThanOrEqual(clock.now() + HOUR + HOUR / 60);
    await clock.pass(freeAt - 1 - clock.now());
    expect(await counters[0]?.take(rolling(1))).not.toBeNull();
    await clock.pass(1);
    expect(await counters[1]?.take(rolling(1))).toBeNull();
  });

  test("obeys a limit that was lowered below what is used", async () => {
    const { counters } = workers(1);
    for (let n = 0; n < 5; n++) expect(await counters[0]?.take(rolling(10))).toBeNull();
    expect(await counters[0]?.take(rolling(3))).not.toBeNull();
    expect(await counters[0]?.take(rolling(10))).toBeNull();
  });

  test("is used up by a burst with few looks at the store", async () => {
    const { store, counters } = workers(1);
    let commits = 0;
    const commit = store.commit.bind(store);
    store.commit = (change) => {
      commits += 1;
      return commit(change);
    };
    for (let n = 0; n < 1_000; n++) expect(await counters[0]?.take(rolling(1_000))).toBeNull();
    expect(await counters[0]?.take(rolling(1_000))).not.toBeNull();
    expect(commits).toBeLessThan(120);
  });
});

describe("a calendar counter", () => {
  const today = (clock: { now(): number }, limit: number, amount = 1): Demand => ({
    counter: "budget",
    window: { kind: "span", from: clock.now(), to: clock.now() + DAY },
    limit,
    amount,
  });

  test("is never overdrawn by three workers, and begins anew with its window", async () => {
    const { clock, counters } = workers(3);
    const demand = today(clock, 1_000, 7);
    let spent = 0;
    for (let round = 0; round < 100; round++) {
      for (const counter of counters) if ((await counter.take(demand)) === null) spent += 7;
    }
    expect(spent).toBeLessThanOrEqual(1_000);
    expect(spent).toBeGreaterThan(900);
    const refused = await counters[0]?.take(demand);
    expect(refused).toMatchObject({ freeAt: clock.now() + DAY });
    // No more than nobody has taken, which is too little for another.
    expect(refused?.left).toBeLessThanOrEqual(1_000 - spent);
    await clock.pass(DAY);
    expect(await counters[0]?.take(today(clock, 1_000, 7))).toBeNull();
  });
});

describe("limits that are drawn together", () => {
  test("are all taken or none", async () => {
    const { clock, store } = workers(0);
    const limits = createSharedLimits(store, clock);
    const wide = { ...rolling(3), counter: "wide" };
    const narrow = { ...rolling(1), counter: "narrow" };
    expect(await limits.draw([wide, narrow])).toBeNull();
    expect(await limits.draw([wide, narrow])).toMatchObject({ index: 1 });
    expect(await limits.draw([wide, narrow])).toMatchObject({ index: 1 });
    // Two of the three are left: what the refused draws had taken was given back.
    expect(await limits.draw([wide])).toBeNull();
    expect(await limits.draw([wide])).toBeNull();
    expect(await limits.draw([wide])).toMatchObject({ index: 0 });
  });

  test("know a rule's first day, which begins with its first message and ends after 24 hours", async () => {
    const { clock, store } = workers(0);
    const [one, two] = [createSharedLimits(store, clock), createSharedLimits(store, clock)];
    const draws = [{ counter: "first-day/r", window: { kind: "first_day", rule: "r" }, limit: 2, amount: 1 }] as const;
    expect(await one.draw(draws)).toBeNull();
    await clock.pass(HOUR);
    expect(await two.draw(draws)).toBeNull();
    expect(await two.draw(draws)).toMatchObject({ index: 0 });
    await clock.pass(23 * HOUR - 1);
    expect(await one.draw(draws)).toMatchObject({ index: 0 });
    await clock.pass(1);
    for (let n = 0; n < 5; n++) expect(await one.draw(draws)).toBeNull();
  });

  test("trust a rule from the moment on at which a person ends its first day", async () => {
    const { clock, store } = workers(0);
    const [one, two] = [createSharedLimits(store, clock), createSharedLimits(store, clock)];
    const draws = [{ counter: "first-day/r", window: { kind: "first_day", rule: "r" }, limit: 1, amount: 1 }] as const;
    expect(await one.draw(draws)).toBeNull();
    expect(await one.draw(draws)).toMatchObject({ index: 0 });
    await two.endFirstDay("r");
    expect(await two.draw(draws)).toBeNull();
    await clock.pass(5_000);
    expect(await one.draw(draws)).toBeNull();
  });
});
