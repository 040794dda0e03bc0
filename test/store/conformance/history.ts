import { describe, expect, it } from "vitest";
import { AWKWARD_KEYS } from "./documents.ts";
import { committed, emit, openedPlace, text } from "./harness.ts";
import type { Harness } from "./harness.ts";

export function describeHistory(harness: Harness): void {
  describe("history", () => {
    it("26. returns every audit emit of a key, newest first, and pages through them without gap or overlap", async ({
      onTestFinished,
    }) => {
      const { store } = await openedPlace(onTestFinished, harness);
      let base = "new";
      for (let index = 0; index < 23; index += 1) {
        base = await committed(store, { base, emit: [emit("audit", `${index}a`), emit("audit", `${index}b`)] });
      }
      const all = Array.from({ length: 23 }, (_, index) => [`${index}a`, `${index}b`])
        .flat()
        .toReversed();
      expect((await store.history("ada", { limit: 100 })).map(({ id }) => id)).toEqual(all);
      const paged: string[] = [];
      for (let before: string | undefined; ;) {
        const page = await store.history("ada", { limit: 7, ...(before === undefined ? {} : { before }) });
        if (page.length === 0) break;
        expect(page.length).toBeLessThanOrEqual(7);
        paged.push(...page.map(({ id }) => id));
        before = page.at(-1)?.id;
        // What is written meanwhile is newer than every page to come.
        base = await committed(store, { base, emit: [emit("audit", `during ${paged.length}`)] });
      }
      expect(paged).toEqual(all);
    });

    it("26. keeps the histories of similar keys apart", async ({ onTestFinished }) => {
      const { store } = await openedPlace(onTestFinished, harness);
      for (const key of AWKWARD_KEYS) await committed(store, { key, emit: [emit("audit", `of ${key}`, key)] });
      for (const key of AWKWARD_KEYS) {
        expect((await store.history(key, { limit: 10 })).map(({ id, body }) => [id, text(body)])).toEqual([
          [`of ${key}`, `body of of ${key}`],
        ]);
      }
    });

    it("26. records an audit emit once although it is committed again, and under the key it names", async ({
      onTestFinished,
    }) => {
      const { store } = await openedPlace(onTestFinished, harness);
      const base = await committed(store, { emit: [emit("audit", "seen", "bob")] });
      await committed(store, { base, emit: [emit("audit", "seen", "bob"), emit("audit", "seen")] });
      expect((await store.history("bob", { limit: 10 })).map(({ id }) => id)).toEqual(["seen"]);
      expect((await store.history("ada", { limit: 10 })).map(({ id }) => id)).toEqual(["seen"]);
    });

    it("26. returns nothing for a key without one, and for a page after an entry it does not know", async ({
      onTestFinished,
    }) => {
      const { store } = await openedPlace(onTestFinished, harness);
      await committed(store, { emit: [emit("audit", "seen")] });
      expect(await store.history("bob", { limit: 10 })).toEqual([]);
      expect(await store.history("ada", { limit: 10, before: "unknown" })).toEqual([]);
    });
  });
}
