import fc from "fast-check";
import { expect, test } from "vitest";
import type { Clock } from "../../src/core/model/clock.ts";
import type { Log } from "../../src/observe/log.ts";
import { readHouse } from "../../src/runtime/house-documents.ts";
import { joinMembers, LEASE_MS, type Membership, RENEW_MS, type Shard } from "../../src/runtime/membership.ts";
import { openMemoryStore } from "../../src/store/memory.ts";
import { ownsPartition, PARTITIONS } from "../../src/store/partition.ts";
import { type Store, Unavailable } from "../../src/store/store.ts";
import { virtualClock, type VirtualClock } from "../support/virtual-clock.ts";

const log: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** A process that decides: it can die, stand still, and have a clock of its own. */
interface Worker {
  /** What it reads; null before it has joined and after it has gone. */
  shard(): Shard | null;
  readonly shards: readonly Shard[];
  stall(ms: number): void;
  kill(): void;
  leave(): Promise<void>;
}

async function startWorker(id: string, clock: VirtualClock, store: Store, skewMs = 0): Promise<Worker> {
  let alive = true;
  let stalledUntil = 0;
  const shards: Shard[] = [];
  const own: Clock = {
    now: () => clock.now() + skewMs,
    monotonic: () => clock.monotonic(),
    after(ms, task) {
      const run = (): void => {
        if (!alive) return;
        const rest = stalledUntil - clock.monotonic();
        if (rest > 0) clock.after(rest, run);
        else task();
      };
      return clock.after(ms, run);
    },
  };
  const onShard = (shard: Shard): void => void shards.push(shard);
  const membership: Membership = await joinMembers({ store, clock: own, log, role: "test", id, onShard });
  return {
    shards,
    shard: () => (alive && stalledUntil <= clock.monotonic() ? (shards.at(-1) ?? null) : null),
    stall: (ms) => void (stalledUntil = clock.monotonic() + ms),
    kill: () => void (alive = false),
    async leave() {
      await membership.leave();
      alive = false;
    },
  };
}

function unread(workers: readonly Worker[]): readonly number[] {
  const read = shardsOf(workers).filter((shard) => shard !== null);
  return Array.from({ length: PARTITIONS }, (_, partition) => partition).filter(
    (partition) => !read.some((shard) => ownsPartition(shard, partition)),
  );
}

function shardsOf(workers: readonly Worker[]): readonly (Shard | null)[] {
  return workers.map((worker) => worker.shard());
}

async function start(count: number, skewsMs: readonly number[] = []) {
  const clock = virtualClock();
  const store = openMemoryStore({ clock });
  const workers: Worker[] = [];
  for (let n = 0; n < count; n++) workers.push(await startWorker(`worker-${n}`, clock, store, skewsMs[n]));
  await clock.pass(2 * RENEW_MS);
  return { clock, store, workers };
}

test("members share out everything, each its own part, and keep it for as long as nobody comes or goes", async () => {
  const { clock, store, workers } = await start(3, [0, 3_600_000, -3_600_000]);
  const shards = [
    [0, 3],
    [1, 3],
    [2, 3],
  ];
  expect(shardsOf(workers)).toEqual(shards);
  const told = workers.map((worker) => worker.shards.length);
  await clock.pass(600_000);
  expect(shardsOf(workers)).toEqual(shards);
  expect(workers.map((worker) => worker.shards.length)).toEqual(told);
  expect(await readHouse(store, "heed:workers:test")).toMatchObject({ members: { length: 3 } });
});

test("the share of one that died goes to the others within a lease", async () => {
  const { clock, workers } = await start(3);
  workers[1]?.kill();
  expect(unread(workers).length).toBeGreaterThan(0);
  await clock.pass(LEASE_MS);
  expect(shardsOf(workers)).toEqual([[0, 2], null, [1, 2]]);
});

test("one that leaves is not waited for", async () => {
  const { clock, workers } = await start(2);
  await workers[0]?.leave();
  await clock.pass(RENEW_MS);
  expect(shardsOf(workers)).toEqual([null, [0, 1]]);
});

test("one that stood still takes its place again, and takes nobody for dead because of its own silence", async () => {
  const { clock, workers } = await start(3);
  workers[0]?.stall(60_000);
  await clock.pass(LEASE_MS);
  expect(shardsOf(workers)).toEqual([null, [0, 2], [1, 2]]);
  const told = workers[0]?.shards.length ?? 0;
  await clock.pass(60_000);
  expect(shardsOf(workers)).toEqual([
    [2, 3],
    [0, 3],
    [1, 3],
  ]);
  // It went from its old share to its new one, without one in between that left somebody out.
  expect(workers[0]?.shards.slice(told)).toEqual([[2, 3]]);
});

test("all of them may stand still at once, a machine's sleep, without losing each other", async () => {
  const { clock, workers } = await start(3);
  const told = workers.map((worker) => worker.shards.length);
  for (const worker of workers) worker.stall(3_600_000);
  await clock.pass(3_700_000);
  expect(workers.map((worker) => worker.shards.length)).toEqual(told);
});

test("while the store is away everybody keeps its share", async () => {
  const clock = virtualClock();
  const memory = openMemoryStore({ clock });
  let away = false;
  const store: Store = {
    ...memory,
    load: (key, how) => (away ? Promise.reject(new Unavailable("away")) : memory.load(key, how)),
  };
  const workers = [await startWorker("a", clock, store), await startWorker("b", clock, store)];
  await clock.pass(2 * RENEW_MS);
  away = true;
  await clock.pass(60_000);
  away = false;
  await clock.pass(60_000);
  expect(shardsOf(workers)).toEqual([
    [0, 2],
    [1, 2],
  ]);
  expect(workers.flatMap(({ shards }) => shards)).toHaveLength(3);
});

test("whatever dies, stands still, leaves or comes, nothing is without a reader for longer than a lease", async () => {
  const change = fc.record({
    what: fc.constantFrom("kill", "stall", "leave", "join", "nothing"),
    who: fc.nat(5),
    forMs: fc.integer({ min: 0, max: 15_000 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(change, { maxLength: 12 }), async (changes) => {
      const { clock, store, workers } = await start(3);
      const alone = await startWorker("always", clock, store);
      workers.push(alone);
      const since = new Map<number, number>();
      let wasUp: readonly boolean[] = [];
      const look = async (ms: number): Promise<void> => {
        for (let passed = 0; passed < ms; passed += 250) {
          await clock.pass(250);
          const missing = new Set(unread(workers));
          // What happens to one more begins another lease.
          const up = shardsOf(workers).map((shard) => shard !== null);
          if (up.join() !== wasUp.join()) since.clear();
          wasUp = up;
          for (const partition of since.keys()) if (!missing.has(partition)) since.delete(partition);
          for (const partition of missing) {
            const began = since.get(partition) ?? clock.monotonic();
            since.set(partition, began);
            expect(clock.monotonic() - began).toBeLessThanOrEqual(LEASE_MS);
          }
        }
      };
      for (const [n, { what, who, forMs }] of changes.entries()) {
        const one = workers[who % workers.length];
        if (what === "join") workers.push(await startWorker(`joined-${n}`, clock, store, forMs));
        else if (one !== undefined && one !== alone) {
          if (what === "kill") one.kill();
          if (what === "stall") one.stall(forMs);
          if (what === "leave" && one.shard() !== null) await one.leave();
        }
        await look(forMs % (2 * LEASE_MS));
      }
      await look(20_000);
      await clock.pass(2 * LEASE_MS);
      const shards = shardsOf(workers).filter((shard) => shard !== null);
      expect(shards.map(([index]) => index).toSorted((a, b) => a - b)).toEqual(shards.map((_, index) => index));
      expect(shards.every(([, of]) => of === shards.length)).toBe(true);
    }),
    { numRuns: 40 },
  );
});
