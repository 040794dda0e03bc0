import { describe, expect, it } from "vitest";
import { partitionOf } from "../../../src/store/partition.ts";
import { bytes, collect, committed, createTestClock, eventually, openedPlace, quiet, sleep } from "./harness.ts";
import type { Harness } from "./harness.ts";

const HOUR_MS = 3_600_000;

export function describeDue(harness: Harness): void {
  describe("wake-ups", () => {
    it("21. offers a document once its time has come, with its revision, and not before", async ({
      onTestFinished,
    }) => {
      const { store } = await openedPlace(onTestFinished, harness);
      const due = await collect(store, "due");
      const wakeAt = Date.now() + 700;
      const rev = await committed(store, { wakeAt });
      await eventually(() => expect(due.deliveries).toHaveLength(1), 3_000);
      const late = Date.now() - wakeAt;
      expect(late).toBeGreaterThanOrEqual(0);
      expect(late).toBeLessThan(1_000 + harness.slackMs);
      expect(due.deliveries[0]).toMatchObject({ lane: "due", id: rev, key: "ada", at: wakeAt, attempt: 1 });
      expect(due.deliveries[0]?.body).toHaveLength(0);
    });

    it("21. offers it again and again until a commit changes it, without spinning", async ({ onTestFinished }) => {
      const { store } = await openedPlace(onTestFinished, harness);
      const due = await collect(store, "due");
      const rev = await committed(store, { wakeAt: Date.now() - 5_000 });
      await sleep(1_500);
      // The harness re-offers every 400 ms; a spinning store would be in the hundreds.
      expect(due.deliveries.length).toBeGreaterThanOrEqual(2);
      expect(due.deliveries.length).toBeLessThanOrEqual(6);
      expect(new Set(due.ids())).toEqual(new Set([rev]));
      expect(due.deliveries.every(({ attempt }) => attempt === 1)).toBe(true);
      await committed(store, { base: rev, wakeAt: null });
      await quiet(300);
      const before = due.deliveries.length;
      await quiet(1_000);
      expect(due.deliveries).toHaveLength(before);
    });

    it("21. follows a wake-up that is moved, both ways", async ({ onTestFinished }) => {
      const { store } = await openedPlace(onTestFinished, harness);
      const due = await collect(store, "due");
      const later = await committed(store, { wakeAt: Date.now() + 500 });
      await committed(store, { base: later, wakeAt: Date.now() + 60_000 });
      const far = await committed(store, { key: "bob", wakeAt: Date.now() + 60_000 });
      await committed(store, { key: "bob", base: far, wakeAt: Date.now() + 100 });
      await eventually(() => expect(due.deliveries.map(({ key }) => key)).toContain("bob"), 2_000);
      await quiet(900);
      expect(due.deliveries.map(({ key }) => key)).not.toContain("ada");
    });

    it("21. offers the next wake-up of a document at once, although it was just looked at", async ({
      onTestFinished,
    }) => {
      const { store } = await openedPlace(onTestFinished, harness);
      let base = "new";
      const times: number[] = [];
      await collect(store, "due", {}, async ({ id }) => {
        times.push(Date.now());
        base = await committed(store, { base: id, wakeAt: times.length < 5 ? Date.now() : null });
        return { done: true };
      });
      base = await committed(store, { wakeAt: Date.now() });
      await eventually(() => expect(times).toHaveLength(5), 6_000);
      // The last handler may still wait for the answer to its commit.
      await eventually(async () => expect((await store.load("ada", "latest"))?.rev).toBe(base));
    });

    it("21. counts attempts and waits for the lease when the handler of a wake-up fails", async ({
      onTestFinished,
    }) => {
      const { store } = await openedPlace(onTestFinished, harness);
      const due = await collect(store, "due", { leaseMs: 600 }, (_, nth) => {
        if (nth <= 2) throw new Error("the handler fails");
        return { done: true };
      });
      await committed(store, { wakeAt: Date.now() });
      await eventually(() => expect(due.deliveries.slice(0, 3).map(({ attempt }) => attempt)).toEqual([1, 2, 3]));
    });

    it("21. stops offering a wake-up that was given up on, and shows it on the dead lane", async ({
      onTestFinished,
    }) => {
      const { store } = await openedPlace(onTestFinished, harness);
      const due = await collect(store, "due", {}, () => ({ dead: "no such step" }));
      const dead = await collect(store, "dead");
      const rev = await committed(store, { wakeAt: Date.now() });
      await eventually(() =>
        expect(dead.deliveries.map(({ id, key, reason }) => ({ id, key, reason }))).toEqual([
          { id: rev, key: "ada", reason: "no such step" },
        ]),
      );
      await quiet(1_000);
      expect([due.deliveries.length, dead.deliveries.length]).toEqual([1, 1]);
    });

    it("19, 21. offers each wake-up to the shard that owns its key", async ({ onTestFinished }) => {
      const { store } = await openedPlace(onTestFinished, harness);
      const halves = await Promise.all([0, 1].map((index) => collect(store, "due", { shard: [index, 2] })));
      const keys = Array.from({ length: 40 }, (_, index) => `key ${index}`);
      for (const key of keys) await committed(store, { key, wakeAt: Date.now() });
      await eventually(() =>
        expect(new Set(halves.flatMap((half) => half.deliveries.map(({ key }) => key))).size).toBe(40),
      );
      for (const [index, half] of halves.entries()) {
        expect(half.deliveries.every(({ key }) => partitionOf(key) % 2 === index)).toBe(true);
      }
    });

    const many = harness.thorough === true ? 10_000 : 2_000;
    it(`22. brings all of ${many} wake-ups of the same second`, async ({ onTestFinished }) => {
      const { store } = await openedPlace(onTestFinished, harness);
      const wakeAt = Date.now() + 2_500;
      const revs = await Promise.all(
        Array.from({ length: many }, (_, index) => committed(store, { key: `key ${index}`, wakeAt, body: bytes("x") })),
      );
      const due = await collect(store, "due", { parallel: 32 });
      await eventually(() => expect(new Set(due.ids()).size).toBe(many), 12_000 * (many / 2_000));
      expect(new Set(due.ids())).toEqual(new Set(revs));
      expect(due.deliveries.every(({ at }) => at === wakeAt)).toBe(true);
    });

    if (harness.survivesReopening) {
      it("22. brings a wake-up at once when its time passed while the store was closed", async ({ onTestFinished }) => {
        const { place, store } = await openedPlace(onTestFinished, harness);
        const rev = await committed(store, { wakeAt: Date.now() + 50 });
        await store.close();
        await sleep(100);
        const again = await place.open();
        const due = await collect(again, "due");
        await eventually(() => expect(due.ids()).toContain(rev), 1_000 + harness.slackMs);
      });
    }

    it("23. loses no wake-up when the clock jumps an hour forward or back, and keeps to what the clock says", async ({
      onTestFinished,
    }) => {
      const clock = createTestClock();
      const { store } = await openedPlace(onTestFinished, harness, clock);
      const due = await collect(store, "due", {}, async ({ key, id }) => {
        // What a decider does: acts once, by a commit on the revision it was offered.
        const result = await store.commit({ key, base: id, body: bytes("woken"), wakeAt: null, emit: [] });
        return result.ok ? { done: true } : { done: true };
      });
      const woken = (): string[] => due.deliveries.map(({ key }) => key);
      await committed(store, { key: "in half an hour", wakeAt: clock.now() + HOUR_MS / 2 });
      await committed(store, { key: "in two hours", wakeAt: clock.now() + 2 * HOUR_MS });
      clock.shift(HOUR_MS);
      await eventually(() => expect(woken()).toEqual(["in half an hour"]), 4_000);
      clock.shift(-HOUR_MS);
      await committed(store, { key: "now", wakeAt: clock.now() });
      await eventually(() => expect(woken()).toEqual(["in half an hour", "now"]), 4_000);
      clock.shift(2 * HOUR_MS + 1_000);
      await eventually(() => expect(woken()).toEqual(["in half an hour", "now", "in two hours"]), 4_000);
      await quiet(1_000);
      expect(woken()).toHaveLength(3);
    });
  });
}
