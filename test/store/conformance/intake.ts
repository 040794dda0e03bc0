import { describe, expect, it } from "vitest";
import { bytes, change, collect, committed, emit, eventually, fact, openedPlace, quiet, text } from "./harness.ts";
import type { Harness } from "./harness.ts";

export function describeIntake(harness: Harness): void {
  describe("intake", () => {
    it("1. takes a fact once, says so when it comes again, and delivers it once", async ({ onTestFinished }) => {
      const { store } = await openedPlace(onTestFinished, harness);
      expect(await store.append([fact("f1"), fact("f2"), fact("f1")])).toEqual([
        { fresh: true },
        { fresh: true },
        { fresh: false },
      ]);
      expect(await store.append([fact("f1")])).toEqual([{ fresh: false }]);
      const events = await collect(store, "events");
      await eventually(() => expect(events.ids()).toEqual(["f1", "f2"]));
      expect(await store.append([fact("f2")])).toEqual([{ fresh: false }]);
      await quiet();
      expect(events.ids()).toEqual(["f1", "f2"]);
      expect(events.deliveries.map(({ body }) => text(body))).toEqual(["body of f1", "body of f2"]);
    });

    it("1. knows ids per key: the same id of another key is another fact", async ({ onTestFinished }) => {
      const { store } = await openedPlace(onTestFinished, harness);
      expect(await store.append([fact("same", "ada"), fact("same", "bob")])).toEqual([
        { fresh: true },
        { fresh: true },
      ]);
      const events = await collect(store, "events");
      await eventually(() => expect(events.deliveries.map(({ key }) => key).toSorted()).toEqual(["ada", "bob"]));
    });

    it("delivers to a consumer that was there first, with the time of the append", async ({ onTestFinished }) => {
      const { store } = await openedPlace(onTestFinished, harness);
      const events = await collect(store, "events");
      const before = Date.now();
      await store.append([fact("f1")]);
      await eventually(() => expect(events.ids()).toEqual(["f1"]), 2_000);
      const delivery = events.deliveries[0];
      expect(delivery).toMatchObject({ lane: "events", key: "ada", attempt: 1 });
      expect(delivery?.at).toBeGreaterThanOrEqual(before);
      expect(delivery?.at).toBeLessThanOrEqual(Date.now());
      expect(delivery).not.toHaveProperty("reason");
    });

    it("delivers what came before it was appended with the time at which it came", async ({ onTestFinished }) => {
      const { store } = await openedPlace(onTestFinished, harness);
      const at = Date.now() - 86_400_000;
      await store.append([{ ...fact("f1"), at }, fact("f2")]);
      const events = await collect(store, "events");
      await eventually(() => expect(events.ids()).toEqual(["f1", "f2"]));
      expect(events.deliveries[0]?.at).toBe(at);
      expect(events.deliveries[1]?.at).toBeGreaterThan(at + 80_000_000);
    });

    it("puts a fact that is quarantined on the dead lane at once, with its reason", async ({ onTestFinished }) => {
      const { store } = await openedPlace(onTestFinished, harness);
      expect(await store.append([{ ...fact("bad"), dead: "no such event type" }, fact("good")])).toEqual([
        { fresh: true },
        { fresh: true },
      ]);
      const events = await collect(store, "events");
      const dead = await collect(store, "dead");
      await eventually(() =>
        expect(dead.deliveries[0]).toMatchObject({ id: "bad", lane: "dead", reason: "no such event type" }),
      );
      await eventually(() => expect(events.ids()).toEqual(["good"]));
    });

    if (harness.survivesReopening) {
      it("2. knows a fact again after the store was closed and opened, and delivers it once", async ({
        onTestFinished,
      }) => {
        const { place, store } = await openedPlace(onTestFinished, harness);
        await store.append([fact("f1")]);
        await store.close();
        const again = await place.open();
        expect(await again.append([fact("f1"), fact("f2")])).toEqual([{ fresh: false }, { fresh: true }]);
        const events = await collect(again, "events");
        await eventually(() => expect(events.ids()).toEqual(["f1", "f2"]));
        await quiet();
        expect(events.ids()).toEqual(["f1", "f2"]);
      });

      it("13. knows an emit again although the first was consumed and the store opened anew in between", async ({
        onTestFinished,
      }) => {
        const { place, store } = await openedPlace(onTestFinished, harness);
        const rev = await committed(store, { emit: [emit("jobs.sms", "job-1")] });
        const jobs = await collect(store, "jobs.sms");
        await eventually(() => expect(jobs.ids()).toEqual(["job-1"]));
        await jobs.stop(1_000);
        await store.close();
        const again = await place.open();
        await committed(again, { base: rev, emit: [emit("jobs.sms", "job-1"), emit("jobs.sms", "job-2")] });
        const later = await collect(again, "jobs.sms");
        await eventually(() => expect(later.ids()).toContain("job-2"));
        await quiet();
        expect(later.ids()).toEqual(["job-2"]);
      });
    } else {
      it("2, 13. promises nothing beyond its process, and says so", async ({ onTestFinished }) => {
        const { store } = await openedPlace(onTestFinished, harness);
        expect(store.traits.durable).toBe("memory");
      });
    }

    it("10. delivers everything a successful commit emits, to the lanes and keys it names", async ({
      onTestFinished,
    }) => {
      const { store } = await openedPlace(onTestFinished, harness);
      const sent = [
        emit("jobs.sms", "s1"),
        emit("jobs.email", "m1", "bob"),
        emit("events", "e1", "carol"),
        emit("dead", "d1"),
      ];
      await committed(store, { emit: sent });
      const lanes = await Promise.all(
        (["jobs.sms", "jobs.email", "events", "dead"] as const).map((lane) => collect(store, lane)),
      );
      await eventually(() => {
        expect(
          lanes.flatMap(({ deliveries }) =>
            deliveries.map(({ lane, id, key, body }) => ({ lane, id, key, body: text(body) })),
          ),
        ).toEqual(sent.map(({ lane, id, key, body }) => ({ lane, id, key, body: text(body) })));
      });
    });

    it("11. delivers nothing that a refused commit emits", async ({ onTestFinished }) => {
      const { store } = await openedPlace(onTestFinished, harness);
      await committed(store);
      const jobs = await collect(store, "jobs.sms");
      const refused = await store.commit(change({ emit: [emit("jobs.sms", "never"), emit("audit", "never")] }));
      expect(refused).toEqual({ ok: false, why: "conflict" });
      const tooLarge = {
        key: "bob",
        body: new Uint8Array(store.traits.maxBody + 1),
        emit: [emit("jobs.sms", "never", "bob")],
      };
      expect(await store.commit(change(tooLarge))).toEqual({ ok: false, why: "too-large" });
      await quiet();
      expect(jobs.ids()).toEqual([]);
      expect(await store.history("ada", { limit: 10 })).toEqual([]);
    });

    it("12. delivers an emit once although it is committed again, also by another document", async ({
      onTestFinished,
    }) => {
      const { store } = await openedPlace(onTestFinished, harness);
      const jobs = await collect(store, "jobs.sms");
      const rev = await committed(store, { emit: [emit("jobs.sms", "job"), emit("jobs.sms", "job")] });
      await eventually(() => expect(jobs.ids()).toEqual(["job"]));
      await committed(store, { base: rev, emit: [emit("jobs.sms", "job")] });
      await committed(store, { key: "bob", emit: [emit("jobs.sms", "job"), emit("jobs.sms", "job", "bob")] });
      await eventually(() => expect(jobs.deliveries.map(({ key }) => key)).toEqual(["ada", "bob"]));
      await quiet();
      expect(jobs.ids()).toEqual(["job", "job"]);
    });

    it("refuses what no store could give back: keys and ids out of bounds, facts too large", async ({
      onTestFinished,
    }) => {
      const { store } = await openedPlace(onTestFinished, harness);
      await expect(store.append([fact("f", "")])).rejects.toThrow("a key has 1 to 128 bytes of UTF-8, found 0");
      await expect(store.append([fact("f", "é".repeat(65))])).rejects.toThrow("found 130");
      await expect(store.append([fact("")])).rejects.toThrow("the id of a fact has 1 to 512 bytes");
      await expect(
        store.append([fact("ok"), { id: "f", key: "ada", body: bytes("x".repeat(store.traits.maxBody + 1)) }]),
      ).rejects.toThrow(RangeError);
      const events = await collect(store, "events");
      await quiet();
      expect(events.ids()).toEqual([]);
    });
  });
}
