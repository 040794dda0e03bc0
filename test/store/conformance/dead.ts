import { describe, expect, it } from "vitest";
import type { DeadLetter, Store } from "../../../src/store/store.ts";
import { AWKWARD_KEYS } from "./documents.ts";
import { bytes, collect, committed, emit, eventually, fact, openedPlace, quiet, text } from "./harness.ts";
import type { Harness } from "./harness.ts";

const dead = (id: string, key = "ada") => ({ ...fact(id, key), dead: `reason of ${id}` });

async function all(store: Store, limit = 1_000): Promise<readonly DeadLetter[]> {
  const letters: DeadLetter[] = [];
  for (let after: number | undefined; ;) {
    const page = await store.deadLetters({ limit, ...(after === undefined ? {} : { after }) });
    if (page.length === 0) return letters;
    expect(page.length).toBeLessThanOrEqual(limit);
    letters.push(...page);
    after = page.at(-1)?.place;
  }
}

export function describeDead(harness: Harness): void {
  describe("dead letters", () => {
    it("37. are shown oldest first, page by page, whatever way they came, and stay where they are", async ({
      onTestFinished,
    }) => {
      const { store } = await openedPlace(onTestFinished, harness);
      expect(await store.deadLetters({ limit: 10 })).toEqual([]);
      const before = Date.now();
      await store.append(Array.from({ length: 17 }, (_, index) => dead(`f${index}`, `key ${index % 3}`)));
      await committed(store, { emit: [emit("dead", "emitted", "bob")] });
      await store.append([fact("poison")]);
      const events = await collect(store, "events", {}, () => ({ dead: "poison: %/\n✗" }));
      await eventually(async () => expect(await store.deadLetters({ limit: 100 })).toHaveLength(19));
      await events.stop(1_000);
      const expected = [
        ...Array.from({ length: 17 }, (_, index) => [`f${index}`, `key ${index % 3}`, `reason of f${index}`]),
        ["emitted", "bob", ""],
        ["poison", "ada", "poison: %/\n✗"],
      ];
      for (const limit of [1_000, 4]) {
        const letters = await all(store, limit);
        expect(letters.map(({ id, key, reason }) => [id, key, reason])).toEqual(expected);
        expect(letters.map(({ body }) => text(body))).toEqual(expected.map(([id]) => `body of ${id}`));
        for (const { at } of letters) expect(at >= before && at <= Date.now()).toBe(true);
      }
      expect((await store.health()).depth["dead"]).toBe(19);
      const consumed = await collect(store, "dead");
      await eventually(() => expect(consumed.deliveries).toHaveLength(19));
      await eventually(async () => expect(await store.deadLetters({ limit: 10 })).toEqual([]));
    });

    it("38. leave the lane for good when they are settled, once, and nobody else does", async ({ onTestFinished }) => {
      const { place, store } = await openedPlace(onTestFinished, harness);
      await store.append([dead("f1"), dead("f2"), dead("f3")]);
      const [, second] = await store.deadLetters({ limit: 10 });
      expect(await store.settleDead(second?.place ?? 0)).toBe(true);
      expect(await store.settleDead(second?.place ?? 0)).toBe(false);
      for (const nowhere of [0, 999_999_999, -1, 1.5, Number.NaN]) expect(await store.settleDead(nowhere)).toBe(false);
      expect((await all(store)).map(({ id }) => id)).toEqual(["f1", "f3"]);
      expect(await store.deadLetters({ limit: 10, after: 999_999_999 })).toEqual([]);
      expect((await store.health()).depth["dead"]).toBe(2);
      let current = store;
      if (harness.survivesReopening) {
        await store.close();
        current = await place.open();
        expect((await all(current)).map(({ id }) => id)).toEqual(["f1", "f3"]);
      }
      const consumed = await collect(current, "dead");
      await eventually(() => expect(consumed.ids()).toEqual(["f1", "f3"]));
      await quiet();
      expect(consumed.ids()).toEqual(["f1", "f3"]);
    });

    it("38. can be settled while they wait to come again, and do not come then", async ({ onTestFinished }) => {
      const { store } = await openedPlace(onTestFinished, harness);
      await store.append([dead("f1")]);
      const consumed = await collect(store, "dead", {}, () => ({ again: Date.now() + 700 }));
      await eventually(() => expect(consumed.ids()).toEqual(["f1"]));
      await quiet(100);
      const [letter] = await store.deadLetters({ limit: 10 });
      expect(letter?.id).toBe("f1");
      expect(await store.settleDead(letter?.place ?? 0)).toBe(true);
      await quiet(1_500);
      expect(consumed.ids()).toEqual(["f1"]);
      expect((await store.health()).depth["dead"]).toBe(0);
    });

    it("37. keep their keys and bodies, whatever is in them, and go when their key is forgotten or erased", async ({
      onTestFinished,
    }) => {
      const { store } = await openedPlace(onTestFinished, harness);
      await store.append(AWKWARD_KEYS.map((key) => ({ ...dead("id ✗", key), body: bytes(key) })));
      const letters = await all(store);
      expect(letters.map(({ key }) => key)).toEqual(AWKWARD_KEYS);
      expect(letters.map(({ body }) => text(body))).toEqual(AWKWARD_KEYS);
      await store.forget("a.b");
      await store.erase("a*");
      expect((await all(store)).map(({ key }) => key)).toEqual(
        AWKWARD_KEYS.filter((key) => key !== "a.b" && key !== "a*"),
      );
    });
  });
}
