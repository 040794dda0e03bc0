import { describe, expect, it } from "vitest";
import type { Store } from "../../../src/store/store.ts";
import { collect, committed, createTestClock, emit, eventually, fact, openedPlace } from "./harness.ts";
import type { Harness } from "./harness.ts";

const DAY_MS = 86_400_000;

export function describeExpiry(harness: Harness): void {
  describe("expiry", () => {
    it("41. removes audit emits that are older than they are kept, of every key, and nothing else", async ({
      onTestFinished,
    }) => {
      const clock = createTestClock();
      const { place, store } = await openedPlace(onTestFinished, harness, clock);
      // More than one step takes away.
      let base = "new";
      for (let commit = 0; commit < 12; commit += 1) {
        const lines = Array.from({ length: 50 }, (_, index) => emit("audit", `old ${commit}.${index}`));
        base = await committed(store, { base, emit: lines });
      }
      await committed(store, { key: "bob", emit: [emit("audit", "old", "bob"), emit("audit", "older", "eve")] });
      clock.shift(3 * DAY_MS);
      await committed(store, { base, emit: [emit("audit", "young")] });
      await committed(store, { key: "cy", emit: [emit("audit", "young", "cy")] });

      await expireAll(store, null);
      expect(await idsOf(store)).toHaveLength(604);
      // Where a server removes by its own clock, which nobody can put forward, it is only told.
      if (harness.manyConnections) {
        await expireAll(store, 2 * DAY_MS);
        expect(await idsOf(store)).toHaveLength(604);
        return;
      }
      await expireAll(store, 4 * DAY_MS);
      expect(await idsOf(store)).toHaveLength(604);
      await expireAll(store, 2 * DAY_MS);
      expect(await idsOf(store)).toEqual(["ada: young", "cy: young"]);
      expect((await store.history("ada", { limit: 10 })).map(({ id }) => id)).toEqual(["young"]);
      expect(await store.history("bob", { limit: 10 })).toEqual([]);
      expect(await store.history("eve", { limit: 10 })).toEqual([]);
      // Documents stay.
      expect((await store.scan({ limit: 10 })).map(({ key }) => key)).toEqual(["ada", "bob", "cy"]);
      if (!harness.survivesReopening) return;
      await store.close();
      expect(await idsOf(await place.open(clock))).toEqual(["ada: young", "cy: young"]);
    });

    it("42. lets what came in go after a week, or as late as is said, and keeps what still waits", async ({
      onTestFinished,
    }) => {
      const clock = createTestClock();
      const { place, store } = await openedPlace(onTestFinished, harness, clock);
      // More than one step takes away.
      await store.append(Array.from({ length: 700 }, (_, index) => fact(`old ${index}`, `k${index % 7}`)));
      clock.shift(6 * DAY_MS);
      await store.append([fact("young")]);
      await expireAll(store, null);
      expect(await pastOf(store)).toHaveLength(701);
      clock.shift(2 * DAY_MS);
      await expireAll(store, null, 30 * DAY_MS);
      expect(await pastOf(store)).toHaveLength(701);
      await expireAll(store, null);
      // Where a server removes by its own clock, which nobody can put forward, it is only told.
      expect(await pastOf(store)).toHaveLength(harness.manyConnections ? 701 : 1);
      const events = await collect(store, "events");
      await eventually(() => expect(events.ids()).toHaveLength(701));
      if (!harness.survivesReopening) return;
      await store.close();
      expect((await pastOf(await place.open(clock))).at(-1)).toBe("young");
    });
  });
}

async function expireAll(store: Store, ledger: number | null, events: number | null = null): Promise<void> {
  while (await store.expire({ events, ledger })) {
    // There is more.
  }
}

async function pastOf(store: Store): Promise<readonly string[]> {
  return (await store.pastEvents({ limit: 1_000 })).map(({ id }) => id);
}

async function idsOf(store: Store): Promise<readonly string[]> {
  return (await store.audit({ limit: 1_000 })).map(({ key, id }) => `${key}: ${id}`);
}
