import { describe, expect, it } from "vitest";
import { bytes, change, collect, committed, emit, eventually, fact, openedPlace, quiet } from "./harness.ts";
import type { Harness } from "./harness.ts";

export function describeErasure(harness: Harness): void {
  describe("erasure", () => {
    it("29. leaves no document, no history, no delivery of what was, and no way back for an old fact", async ({
      onTestFinished,
    }) => {
      const { store } = await openedPlace(onTestFinished, harness);
      await store.append([fact("old"), { ...fact("bad"), dead: "unreadable" }, fact("neighbour", "ada.b")]);
      const rev = await committed(store, {
        wakeAt: Date.now() - 1_000,
        emit: [emit("audit", "audited"), emit("jobs.sms", "job"), emit("jobs.sms", "job of bob", "bob")],
      });
      await committed(store, {
        key: "bob",
        emit: [emit("audit", "audited", "ada"), emit("jobs.sms", "handed on", "ada")],
      });
      const { removed } = await store.erase("ada");
      expect(removed).toBeGreaterThanOrEqual(5);
      expect(await store.load("ada", "latest")).toBeNull();
      expect(await store.load("ada", "cached")).toBeNull();
      expect(await store.history("ada", { limit: 10 })).toEqual([]);
      expect(await store.append([fact("old")])).toEqual([{ fresh: false }]);
      const lanes = await Promise.all(
        (["events", "dead", "jobs.sms", "due"] as const).map((lane) => collect(store, lane)),
      );
      await eventually(() =>
        expect(lanes.flatMap((lane) => lane.ids()).toSorted()).toEqual(["job of bob", "neighbour"]),
      );
      await quiet(700);
      expect(lanes.flatMap((lane) => lane.ids()).toSorted()).toEqual(["job of bob", "neighbour"]);
      expect(await store.commit(change())).toEqual({ ok: false, why: "erased" });
      expect(await store.commit(change({ base: rev }))).toEqual({ ok: false, why: "erased" });
      expect(await store.load("ada", "latest")).toBeNull();
    });

    it("forgets the history and the dead letters of a key, and nothing else", async ({ onTestFinished }) => {
      const { store } = await openedPlace(onTestFinished, harness);
      await store.append([
        fact("waits"),
        { ...fact("bad"), dead: "unreadable" },
        { ...fact("bobs", "bob"), dead: "bad" },
      ]);
      const rev = await committed(store, {
        emit: [emit("audit", "one"), emit("audit", "two"), emit("audit", "of bob", "bob"), emit("jobs.sms", "job")],
      });
      expect((await store.forget("ada")).removed).toBe(3);
      expect((await store.forget("ada")).removed).toBe(0);
      // Whoever keeps what came in where it waits still has it to decide.
      const past = (await store.pastEvents({ limit: 10 })).map(({ id }) => id);
      expect(past).toEqual(store.traits.shared ? ["waits"] : []);
      expect(await store.history("ada", { limit: 10 })).toEqual([]);
      expect(await store.history("bob", { limit: 10 })).toHaveLength(1);
      const lanes = await Promise.all((["events", "dead", "jobs.sms"] as const).map((lane) => collect(store, lane)));
      await eventually(() => expect(lanes.map((lane) => lane.ids())).toEqual([["waits"], ["bobs"], ["job"]]));
      await committed(store, { base: rev, emit: [emit("audit", "three")] });
      expect((await store.history("ada", { limit: 10 })).map(({ id }) => id)).toEqual(["three"]);
    });

    it("forgets what came in for a key and is decided", async ({ onTestFinished }) => {
      const { store } = await openedPlace(onTestFinished, harness);
      await store.append([fact("first"), fact("bobs", "bob"), fact("second")]);
      await store.append([fact("forget:1")]);
      let forgotten = false;
      await collect(store, "events", {}, async ({ key, id }) => {
        if (id !== "forget:1") return { done: true };
        await store.forget(key, id);
        forgotten = true;
        return { done: true };
      });
      await eventually(() => expect(forgotten).toBe(true));
      const past = (await store.pastEvents({ limit: 10 })).map(({ id }) => id);
      expect(past.filter((id) => id !== "forget:1")).toEqual(["bobs"]);
    });

    it("29. keeps the history of an erased key empty, whoever writes to it", async ({ onTestFinished }) => {
      const { store } = await openedPlace(onTestFinished, harness);
      await committed(store);
      await store.erase("ada");
      expect(await store.audit({ limit: 10 })).toEqual([]);
      await committed(store, {
        key: "bob",
        emit: [emit("audit", "about ada", "ada"), emit("audit", "about bob", "bob")],
      });
      expect(await store.history("ada", { limit: 10 })).toEqual([]);
      expect((await store.audit({ limit: 10 })).map(({ id }) => id)).toEqual(["about bob"]);
    });

    it("29. does not put back what a handler was at work on while it was erased", async ({ onTestFinished }) => {
      const { store } = await openedPlace(onTestFinished, harness);
      await store.append([fact("f1")]);
      let release = (): void => undefined;
      const gate = new Promise<void>((resolve) => (release = resolve));
      const events = await collect(store, "events", { leaseMs: 5_000 }, async () => {
        await gate;
        return { again: Date.now() };
      });
      await eventually(() => expect(events.ids()).toEqual(["f1"]));
      await store.erase("ada");
      release();
      await quiet(700);
      expect(events.ids()).toEqual(["f1"]);
    });

    it("29. erases a key nobody knew, and one already erased", async ({ onTestFinished }) => {
      const { store } = await openedPlace(onTestFinished, harness);
      expect((await store.erase("nobody")).removed).toBe(0);
      expect((await store.erase("nobody")).removed).toBe(0);
      expect(await store.commit(change({ key: "nobody" }))).toEqual({ ok: false, why: "erased" });
    });

    if (harness.survivesReopening) {
      it("29. remembers an erasure when the store is opened again", async ({ onTestFinished }) => {
        const { place, store } = await openedPlace(onTestFinished, harness);
        await store.append([fact("old")]);
        await committed(store, { body: bytes("secret"), wakeAt: Date.now() });
        await store.erase("ada");
        await store.close();
        const again = await place.open();
        expect(await again.load("ada", "latest")).toBeNull();
        expect(await again.commit(change())).toEqual({ ok: false, why: "erased" });
        const lanes = await Promise.all((["events", "due"] as const).map((lane) => collect(again, lane)));
        await quiet(700);
        expect(lanes.flatMap((lane) => lane.ids())).toEqual([]);
      });

      it("30. names where bytes may remain", async ({ onTestFinished }) => {
        const { store } = await openedPlace(onTestFinished, harness);
        await committed(store, { body: bytes("secret") });
        const { residual } = await store.erase("ada");
        expect(residual.length).toBeGreaterThan(0);
        for (const place of residual) expect(place).toMatch(/^[a-z].{20,}/);
      });
    } else {
      it("30. names no place where bytes may remain, having none", async ({ onTestFinished }) => {
        const { store } = await openedPlace(onTestFinished, harness);
        await committed(store, { body: bytes("secret") });
        expect((await store.erase("ada")).residual).toEqual([]);
      });
    }
  });
}
