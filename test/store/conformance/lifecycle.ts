import { describe, expect, it } from "vitest";
import { Unavailable } from "../../../src/store/store.ts";
import { change, collect, committed, emit, eventually, fact, openedPlace, quiet, sleep } from "./harness.ts";
import type { Harness } from "./harness.ts";

export function describeLifecycle(harness: Harness): void {
  describe("life", () => {
    it("32. lets handlers at work finish when a consumer stops, and starts no other", async ({ onTestFinished }) => {
      const { store } = await openedPlace(onTestFinished, harness);
      await store.append(Array.from({ length: 30 }, (_, index) => fact(`f${index}`, `key ${index}`)));
      let finished = 0;
      const events = await collect(store, "events", { parallel: 4, leaseMs: 5_000 }, async () => {
        await sleep(300);
        finished += 1;
        return { done: true };
      });
      await eventually(() => expect(events.deliveries.length).toBeGreaterThanOrEqual(4));
      const started = events.deliveries.length;
      await events.stop(5_000);
      expect(finished).toBe(started);
      await quiet(500);
      expect(events.deliveries).toHaveLength(started);
      const rest = await collect(store, "events", { leaseMs: 500 });
      await eventually(() => expect(new Set([...events.ids(), ...rest.ids()]).size).toBe(30));
      await quiet(300);
      expect(rest.deliveries).toHaveLength(30 - started);
    });

    it("32. waits no longer than asked for a handler that hangs", async ({ onTestFinished }) => {
      const { store } = await openedPlace(onTestFinished, harness);
      await store.append([fact("f1")]);
      const events = await collect(store, "events", {}, () => new Promise(() => undefined));
      await eventually(() => expect(events.deliveries).toHaveLength(1));
      const before = performance.now();
      await events.stop(200);
      expect(performance.now() - before).toBeGreaterThan(150);
      expect(performance.now() - before).toBeLessThan(1_500);
    });

    if (harness.survivesReopening) {
      it("32. loses nothing when it is closed with work in flight", async ({ onTestFinished }) => {
        const { place, store } = await openedPlace(onTestFinished, harness);
        const done = new Set<string>();
        await collect(store, "events", { parallel: 4, leaseMs: 800 }, async ({ id }) => {
          await sleep(20);
          done.add(id);
          return { done: true };
        });
        const appends = Array.from({ length: 40 }, (_, index) => store.append([fact(`f${index}`, `key ${index}`)]));
        const commits = Array.from({ length: 20 }, (_, index) =>
          store.commit(change({ key: `key ${index}`, emit: [emit("jobs.sms", `j${index}`, `key ${index}`)] })),
        );
        const closing = sleep(15).then(() => store.close());
        // Both are listened to from the beginning: either may be refused before the other is settled.
        const outcomes = await Promise.all([Promise.allSettled(appends), Promise.allSettled(commits)]);
        const appended = outcomes[0].flatMap((result, index) => (result.status === "fulfilled" ? [`f${index}`] : []));
        const emitted = outcomes[1].flatMap((result, index) =>
          result.status === "fulfilled" && result.value.ok ? [`j${index}`] : [],
        );
        await closing;
        const again = await place.open();
        const events = await collect(again, "events", { leaseMs: 800 });
        const jobs = await collect(again, "jobs.sms");
        await eventually(() => expect([...done, ...events.ids()]).toEqual(expect.arrayContaining(appended)));
        await eventually(() => expect(jobs.ids()).toEqual(expect.arrayContaining(emitted)));
      });
    }

    it("33. rejects every call as unavailable once it is closed, and closing twice does no harm", async ({
      onTestFinished,
    }) => {
      const { store } = await openedPlace(onTestFinished, harness);
      await committed(store);
      await store.close();
      await store.close();
      const calls = [
        () => store.append([fact("f1")]),
        () => store.load("ada", "latest"),
        () => store.commit(change()),
        () => store.take("sms", { from: 0, to: 1 }, 1, 1),
        () => store.history("ada", { limit: 1 }),
        () => store.scan({ limit: 1 }),
        () => store.erase("ada"),
        () => collect(store, "events"),
      ];
      for (const call of calls) await expect(call()).rejects.toThrow(Unavailable);
      const health = await store.health();
      expect(health.ok).toBe(false);
      expect(health.problems).toHaveLength(1);
    });

    it("says of itself what it is", async ({ onTestFinished }) => {
      const { store } = await openedPlace(onTestFinished, harness);
      expect(store.traits.shared).toBe(harness.manyConnections);
      expect(store.traits.durable === "memory").toBe(!harness.survivesReopening);
      expect(store.traits.maxBody).toBeGreaterThanOrEqual(64 * 1024);
      expect(store.traits.version).toMatch(/\S/);
      expect((await store.health()).ok).toBe(true);
    });
  });
}
