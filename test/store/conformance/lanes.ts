import { describe, expect, it } from "vitest";
import { collect, committed, emit, eventually, fact, openedPlace, quiet, sleep, text } from "./harness.ts";
import type { Harness } from "./harness.ts";

export function describeLanes(harness: Harness): void {
  describe("lanes", () => {
    it("14. delivers again, with the next attempt, what a handler gave no verdict on, and not before its lease ends", async ({
      onTestFinished,
    }) => {
      const { store } = await openedPlace(onTestFinished, harness);
      await store.append([fact("f1")]);
      const times: number[] = [];
      const events = await collect(store, "events", { leaseMs: 700 }, (_, nth) => {
        times.push(performance.now());
        if (nth <= 2) throw new Error("the handler fails");
        return { done: true };
      });
      await eventually(() => expect(events.deliveries.map(({ attempt }) => attempt)).toEqual([1, 2, 3]));
      const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
      for (const gap of gaps) expect(gap).toBeGreaterThan(600);
      for (const gap of gaps) expect(gap).toBeLessThan(1_700 + harness.slackMs);
      await quiet(1_000);
      expect(events.deliveries).toHaveLength(3);
    });

    if (harness.manyConnections) {
      it("14. delivers to another process what a handler hangs on", async ({ onTestFinished }) => {
        const { place, store } = await openedPlace(onTestFinished, harness);
        const other = await place.open();
        const stuck = await collect(store, "events", { leaseMs: 700 }, () => new Promise(() => undefined));
        await store.append([fact("f1")]);
        await eventually(() => expect(stuck.ids()).toEqual(["f1"]));
        const healthy = await collect(other, "events", { leaseMs: 700 });
        await eventually(() =>
          expect(healthy.deliveries.map(({ id, attempt }) => [id, attempt >= 2])).toEqual([["f1", true]]),
        );
      });
    }

    it("15. delivers again when the handler asked for it: not before, and within a second", async ({
      onTestFinished,
    }) => {
      const { store } = await openedPlace(onTestFinished, harness);
      await store.append([fact("f1")]);
      let wanted = 0;
      let came = 0;
      const events = await collect(store, "events", {}, (_, nth) => {
        if (nth === 1) return { again: (wanted = Date.now() + 600) };
        came = Date.now();
        return { done: true };
      });
      await eventually(() => expect(events.deliveries.map(({ attempt }) => attempt)).toEqual([1, 2]));
      expect(came).toBeGreaterThanOrEqual(wanted);
      expect(came).toBeLessThan(wanted + 1_000 + harness.slackMs);
    });

    it("16. moves what a handler gives up on to the dead lane with the reason, from where it can be appended anew", async ({
      onTestFinished,
    }) => {
      const { store } = await openedPlace(onTestFinished, harness);
      await store.append([fact("f1")]);
      const events = await collect(store, "events", { leaseMs: 500 }, ({ id }) =>
        id === "f1" ? { dead: "cannot be read" } : { done: true },
      );
      const dead = await collect(store, "dead", { leaseMs: 500 }, async ({ id, key, body }) => {
        await store.append([{ id: `${id}, again`, key, body }]);
        return { done: true };
      });
      await eventually(() => expect(events.ids()).toEqual(["f1", "f1, again"]));
      expect(dead.deliveries.map(({ id, key, reason, body }) => ({ id, key, reason, body: text(body) }))).toEqual([
        { id: "f1", key: "ada", reason: "cannot be read", body: "body of f1" },
      ]);
      await quiet(1_000);
      expect([events.deliveries.length, dead.deliveries.length]).toEqual([2, 1]);
    });

    it("17. does not deliver again while the handler extends its lease", async ({ onTestFinished }) => {
      const { place, store } = await openedPlace(onTestFinished, harness);
      const other = harness.manyConnections ? await place.open() : store;
      await store.append([fact("f1")]);
      const atWork = await collect(store, "events", { leaseMs: 600 }, async (delivery) => {
        for (let step = 0; step < 9; step += 1) {
          await sleep(200);
          delivery.extend();
        }
        return { done: true };
      });
      await eventually(() => expect(atWork.ids()).toEqual(["f1"]));
      const idle = await collect(other, "events", { leaseMs: 600 });
      await sleep(2_600);
      expect([...atWork.ids(), ...idle.ids()]).toEqual(["f1"]);
    });

    it("39. goes on with others while a handler that has stepped aside waits, and keeps its key for it", async ({
      onTestFinished,
    }) => {
      const { store } = await openedPlace(onTestFinished, harness);
      let goOn: () => void = () => undefined;
      const outside = new Promise<void>((resolve) => void (goOn = resolve));
      const begun: string[] = [];
      const events = await collect(store, "events", { parallel: 1, leaseMs: 5_000 }, async (delivery) => {
        begun.push(delivery.id);
        if (delivery.id === "f1") {
          const comeBack = delivery.stepAside();
          expect(comeBack).not.toBeNull();
          await outside;
          comeBack?.();
        }
        return { done: true };
      });
      await store.append([fact("f1", "ada"), fact("f2", "ada"), fact("f3", "bob"), fact("f4", "carol")]);
      await eventually(() => expect(begun.toSorted()).toEqual(["f1", "f3", "f4"]));
      goOn();
      await eventually(() => expect(begun.at(-1)).toBe("f2"));
      expect(events.ids()).toHaveLength(4);
    });

    it("40. lets so many step aside for each place and no more", async ({ onTestFinished }) => {
      const { store } = await openedPlace(onTestFinished, harness);
      const asked: boolean[] = [];
      let goOn: () => void = () => undefined;
      const outside = new Promise<void>((resolve) => void (goOn = resolve));
      await collect(store, "events", { parallel: 1, leaseMs: 5_000 }, async (delivery) => {
        asked.push(delivery.stepAside() !== null);
        await outside;
        return { done: true };
      });
      await store.append(Array.from({ length: 20 }, (_, index) => fact(`f${index}`, `key-${index}`)));
      await eventually(() => expect(asked).toEqual([...Array.from({ length: 8 }, () => true), false]));
      goOn();
      await eventually(() => expect(asked).toHaveLength(20));
    });

    it("18. never has a key in two handlers at once and keeps each key's order, over two consumers of one process", async ({
      onTestFinished,
    }) => {
      const { store } = await openedPlace(onTestFinished, harness);
      const keys = ["ada", "bob", "carol", "dan"];
      const facts = Array.from({ length: 160 }, (_, index) =>
        fact(String(index).padStart(3, "0"), keys[index % keys.length]),
      );
      await store.append(facts);
      const busy = new Set<string>();
      const seen = new Map<string, string[]>(keys.map((key) => [key, []]));
      let overlaps = 0;
      const work = async ({ key, id }: { key: string; id: string }): Promise<{ done: true }> => {
        if (busy.has(key)) overlaps += 1;
        busy.add(key);
        seen.get(key)?.push(id);
        await sleep(Number(id) % 3);
        busy.delete(key);
        return { done: true };
      };
      await collect(store, "events", { parallel: 3, leaseMs: 10_000 }, work);
      await collect(store, "events", { parallel: 3, leaseMs: 10_000 }, work);
      await eventually(() => expect([...seen.values()].flat()).toHaveLength(160), 15_000);
      expect(overlaps).toBe(0);
      for (const ids of seen.values()) expect(ids).toEqual(ids.toSorted());
    });

    it("18. lets other keys pass while one key's handler hangs with a long queue behind it", async ({
      onTestFinished,
    }) => {
      const { store } = await openedPlace(onTestFinished, harness);
      // A thousand keys, so that partitioned stores have some beside the hanging one everywhere.
      await store.append(Array.from({ length: 400 }, (_, index) => fact(`hot ${index}`, "hot")));
      await store.append(Array.from({ length: 200 }, (_, index) => fact(`cold ${index}`, `cold ${index}`)));
      let release = (): void => undefined;
      const gate = new Promise<void>((resolve) => (release = resolve));
      const seen: string[] = [];
      const consumer = await store.consume("events", { parallel: 4, leaseMs: 30_000 }, async ({ key, id }) => {
        if (id === "hot 0") await gate;
        seen.push(key);
        return { done: true };
      });
      const passed = (): number => seen.filter((key) => key !== "hot").length;
      // Where a partition is a queue of its own, the keys that share the hot key's partition may wait with it.
      await eventually(() => expect(passed()).toBeGreaterThanOrEqual(190), 10_000);
      expect(seen).not.toContain("hot");
      release();
      await eventually(() => expect(seen).toHaveLength(600), 15_000);
      await consumer.stop(1_000);
    });

    it("19. gives every key to exactly one shard, and loses nothing when the shards change", async ({
      onTestFinished,
    }) => {
      const { store } = await openedPlace(onTestFinished, harness);
      const keys = Array.from({ length: 90 }, (_, index) => `key ${index}`);
      await store.append(keys.map((key) => fact(`first of ${key}`, key)));
      const thirds = await Promise.all([0, 1, 2].map((index) => collect(store, "events", { shard: [index, 3] })));
      await eventually(() => expect(thirds.flatMap((third) => third.ids())).toHaveLength(90));
      for (const third of thirds) expect(third.deliveries.length).toBeGreaterThan(0);
      expect(new Set(thirds.flatMap((third) => third.ids())).size).toBe(90);
      await Promise.all(thirds.map((third) => third.stop(1_000)));
      await store.append(keys.map((key) => fact(`second of ${key}`, key)));
      const halves = await Promise.all([0, 1].map((index) => collect(store, "events", { shard: [index, 2] })));
      await eventually(() => {
        expect(halves.flatMap((half) => half.ids()).toSorted()).toEqual(
          keys.map((key) => `second of ${key}`).toSorted(),
        );
      });
    });

    it("19. refuses a shard that can't be", async ({ onTestFinished }) => {
      const { store } = await openedPlace(onTestFinished, harness);
      await expect(collect(store, "events", { shard: [2, 2] })).rejects.toThrow(
        "a shard is [index, of] with 0 <= index < of, found [2, 2]",
      );
    });

    it("20. runs at most as many handlers as asked for", async ({ onTestFinished }) => {
      const { store } = await openedPlace(onTestFinished, harness);
      await store.append(Array.from({ length: 60 }, (_, index) => fact(`f${index}`, `key ${index}`)));
      let running = 0;
      let most = 0;
      const events = await collect(store, "events", { parallel: 5, leaseMs: 10_000 }, async () => {
        running += 1;
        most = Math.max(most, running);
        await sleep(5);
        running -= 1;
        return { done: true };
      });
      await eventually(() => expect(events.deliveries).toHaveLength(60));
      expect(most).toBe(5);
    });

    it("keeps lanes apart", async ({ onTestFinished }) => {
      const { store } = await openedPlace(onTestFinished, harness);
      await committed(store, { emit: [emit("jobs.sms", "1"), emit("jobs.sms.low", "2"), emit("jobs.email", "3")] });
      const lanes = await Promise.all(
        (["jobs.sms", "jobs.sms.low", "jobs.email"] as const).map((lane) => collect(store, lane)),
      );
      await eventually(() => expect(lanes.map((lane) => lane.ids())).toEqual([["1"], ["2"], ["3"]]));
    });

    it("counts what waits in each lane", async ({ onTestFinished }) => {
      const { store } = await openedPlace(onTestFinished, harness);
      await store.append([fact("f1"), fact("f2"), fact("f3"), { ...fact("bad"), dead: "unreadable" }]);
      await committed(store, { wakeAt: Date.now() + 60_000, emit: [emit("jobs.sms", "1")] });
      const jobs = await collect(store, "jobs.sms", {}, () => ({ again: Date.now() + 60_000 }));
      await eventually(() => expect(jobs.deliveries).toHaveLength(1));
      await eventually(async () => {
        expect((await store.health()).depth).toMatchObject({ events: 3, dead: 1, "jobs.sms": 1, due: 0 });
      });
      await collect(store, "events");
      await eventually(async () =>
        expect(await store.health()).toMatchObject({ ok: true, depth: { events: 0, dead: 1, "jobs.sms": 1 } }),
      );
    });
  });
}
