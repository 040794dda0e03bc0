import { describe, expect, it } from "vitest";
import type { Store } from "../../../src/store/store.ts";
import { AWKWARD_KEYS } from "./documents.ts";
import { collect, committed, createTestClock, emit, eventually, fact, openedPlace, text } from "./harness.ts";
import type { Harness } from "./harness.ts";

const HOUR_MS = 3_600_000;

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

    it("26. tells a key's audit emits from a moment on, oldest first, all that there are and no other's", async ({
      onTestFinished,
    }) => {
      const clock = createTestClock();
      clock.shift(-3 * HOUR_MS);
      const { store } = await openedPlace(onTestFinished, harness, clock);
      let base = "new";
      const write = async (from: number, to: number): Promise<void> => {
        for (let index = from; index < to; index += 1) {
          base = await committed(store, {
            base,
            emit: [emit("audit", `${index}`), emit("audit", "other", `${index}`)],
          });
        }
      };
      const read = async (since: number): Promise<readonly string[]> => {
        const lines: string[] = [];
        for await (const { id, body } of store.historySince("ada", since)) {
          expect(text(body)).toBe(`body of ${id}`);
          lines.push(id);
        }
        return lines;
      };
      expect(await read(0)).toEqual([]);
      await write(0, 130);
      clock.shift(3 * HOUR_MS);
      const then = clock.now();
      await write(130, 140);
      const numbers = (from: number): readonly string[] =>
        Array.from({ length: 140 - from }, (_, index) => `${from + index}`);
      expect(await read(0)).toEqual(numbers(0));
      // Older ones may come before them.
      expect((await read(then)).slice(-10)).toEqual(numbers(130));
      // Who has found what they looked for reads no further.
      for await (const { id } of store.historySince("ada", 0)) {
        expect(id).toBe("0");
        break;
      }
      await store.erase("ada");
      expect(await read(0)).toEqual([]);
    });

    it("42. keeps what it has delivered, and tells it in the order in which it came, page by page, without erased keys", async ({
      onTestFinished,
    }) => {
      const { store } = await openedPlace(onTestFinished, harness);
      const keys = AWKWARD_KEYS.flatMap((key, index) => [[`f${index}`, key] as const, [`g${index}`, key] as const]);
      for (const [id, key] of keys) await store.append([fact(id, key)]);
      const events = await collect(store, "events");
      await eventually(() => expect(events.ids()).toHaveLength(keys.length));
      const read = async (): Promise<readonly (readonly string[])[]> => {
        const lines: (readonly string[])[] = [];
        for (let after: number | undefined; ;) {
          const page = await store.pastEvents({ limit: 3, ...(after !== undefined && { after }) });
          expect(page.length).toBeLessThanOrEqual(3);
          if (page.length === 0) return lines;
          for (const { id, key, body } of page) lines.push([id, key, text(body) ?? ""]);
          after = page.at(-1)?.place;
        }
      };
      expect(await read()).toEqual(keys.map(([id, key]) => [id, key, `body of ${id}`]));
      const [gone = ""] = AWKWARD_KEYS;
      await store.erase(gone);
      expect((await read()).map(([, key]) => key)).toEqual(keys.flatMap(([, key]) => (key === gone ? [] : [key])));
    });

    it("26. returns the audit emits of all keys in the order in which they came, page by page, without those that were forgotten or erased", async ({
      onTestFinished,
    }) => {
      const { place, store } = await openedPlace(onTestFinished, harness);
      const written: string[] = [];
      for (const [index, key] of [...AWKWARD_KEYS, ...AWKWARD_KEYS].entries()) {
        const doc = await store.load(key, "latest");
        await committed(store, { key, base: doc?.rev ?? "new", emit: [emit("audit", `line ${index}`, key)] });
        written.push(`${key}: line ${index}`);
      }
      const read = async (from: Store): Promise<readonly string[]> => {
        const lines: string[] = [];
        for (let after: number | undefined; ;) {
          const page = await from.audit({ limit: 3, ...(after !== undefined && { after }) });
          expect(page.length).toBeLessThanOrEqual(3);
          if (page.length === 0) return lines;
          for (const { place: at, key, id, body } of page) {
            expect(at).toBeGreaterThan(after ?? 0);
            expect(text(body)).toBe(`body of ${id}`);
            lines.push(`${key}: ${id}`);
            after = at;
          }
        }
      };
      expect(await read(store)).toEqual(written);
      const [forgotten = "", erased = ""] = AWKWARD_KEYS;
      await store.forget(forgotten);
      await store.erase(erased);
      const left = written.filter((line) => !line.startsWith(`${forgotten}: `) && !line.startsWith(`${erased}: `));
      expect(left.length).toBe(written.length - 4);
      expect(await read(store)).toEqual(left);
      if (!harness.survivesReopening) return;
      await store.close();
      expect(await read(await place.open())).toEqual(left);
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
