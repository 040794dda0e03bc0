import { describe, expect, it } from "vitest";
import type { Store } from "../../../src/store/store.ts";
import { bytes, change, collect, committed, emit, eventually, fact, openedPlace, text } from "./harness.ts";
import type { Harness } from "./harness.ts";

/** 128 bytes, and characters that mean something to a subject, a path or an index somewhere. */
export const AWKWARD_KEYS = [
  "a",
  "a.b",
  "a*",
  "a.>",
  ">",
  "a b",
  "id:A",
  "id:a",
  "..",
  "a/b",
  "naïve 🌲",
  "é".repeat(64),
  "x".repeat(128),
  "\u0000",
  "a\u0000b",
];

export function describeDocuments(harness: Harness): void {
  describe("documents", () => {
    it("knows nothing of a key nobody wrote", async ({ onTestFinished }) => {
      const { store } = await openedPlace(onTestFinished, harness);
      expect(await store.load("ada", "latest")).toBeNull();
      expect(await store.load("ada", "cached")).toBeNull();
    });

    it("4. refuses to create a document that exists", async ({ onTestFinished }) => {
      const { store } = await openedPlace(onTestFinished, harness);
      const rev = await committed(store, { body: bytes("first") });
      expect(await store.commit(change({ body: bytes("second") }))).toEqual({ ok: false, why: "conflict" });
      expect(await store.load("ada", "latest")).toMatchObject({ rev, body: bytes("first") });
    });

    it("5. refuses a change that was decided on an old revision, and changes and emits nothing", async ({
      onTestFinished,
    }) => {
      const { store } = await openedPlace(onTestFinished, harness);
      const jobs = await collect(store, "jobs.sms");
      const old = await committed(store, { body: bytes("1") });
      const now = await committed(store, { base: old, body: bytes("2") });
      const stale = await store.commit(change({ base: old, body: bytes("3"), emit: [emit("jobs.sms", "stale")] }));
      expect(stale).toEqual({ ok: false, why: "conflict" });
      expect(await store.load("ada", "latest")).toMatchObject({ rev: now, body: bytes("2") });
      await committed(store, { base: now, emit: [emit("jobs.sms", "last")] });
      await eventually(() => expect(jobs.ids()).toEqual(["last"]));
    });

    it("5. refuses a change to a document that does not exist", async ({ onTestFinished }) => {
      const { store } = await openedPlace(onTestFinished, harness);
      expect(await store.commit(change({ base: "1" }))).toEqual({ ok: false, why: "conflict" });
      expect(await store.load("ada", "latest")).toBeNull();
    });

    it("6. lets exactly one of six concurrent changes of one revision succeed, round after round", async ({
      onTestFinished,
    }) => {
      const { place, store } = await openedPlace(onTestFinished, harness);
      const others = harness.manyConnections ? [await place.open(), await place.open()] : [];
      const connections: readonly Store[] = [store, ...others];
      let base = "new";
      const rounds = harness.thorough === true ? 2_000 : 100;
      for (let round = 0; round < rounds; round += 1) {
        const results = await Promise.all(
          Array.from({ length: 6 }, (_, writer) =>
            (connections[writer % connections.length] ?? store).commit(
              change({ base, body: bytes(`${round}/${writer}`) }),
            ),
          ),
        );
        const winners = results.flatMap((result, writer) => (result.ok ? [{ rev: result.rev, writer }] : []));
        expect(winners).toHaveLength(1);
        expect(results.filter((result) => !result.ok && result.why === "conflict")).toHaveLength(5);
        base = winners[0]?.rev ?? "";
        const doc = await store.load("ada", "latest");
        expect({ rev: doc?.rev, body: text(doc?.body) }).toEqual({ rev: base, body: `${round}/${winners[0]?.writer}` });
      }
    });

    if (harness.manyConnections) {
      it("7. shows a successful commit to every connection at once", async ({ onTestFinished }) => {
        const { place, store } = await openedPlace(onTestFinished, harness);
        const other = await place.open();
        let base = "new";
        for (let round = 0; round < 50; round += 1) {
          base = await committed(store, { base, body: bytes(String(round)) });
          expect(text((await other.load("ada", "latest"))?.body)).toBe(String(round));
        }
      });

      it("8. may serve an old document as cached, but refuses a commit based on it", async ({ onTestFinished }) => {
        const { place, store } = await openedPlace(onTestFinished, harness);
        const other = await place.open();
        const first = await committed(other, { body: bytes("1") });
        const second = await committed(store, { base: first, body: bytes("2") });
        const cached = await other.load("ada", "cached");
        expect([first, second]).toContain(cached?.rev);
        expect(await other.commit(change({ base: first, body: bytes("3") }))).toEqual({ ok: false, why: "conflict" });
        expect(await other.load("ada", "latest")).toMatchObject({ rev: second });
        // After a conflict the cache must not serve the document that lost.
        expect(await other.load("ada", "cached")).toMatchObject({ rev: second });
      });
    } else {
      it("7, 8. is for one process, says so, and shows a commit at once, cached or not", async ({ onTestFinished }) => {
        const { store } = await openedPlace(onTestFinished, harness);
        expect(store.traits.shared).toBe(false);
        const rev = await committed(store);
        expect(await store.load("ada", "latest")).toMatchObject({ rev });
        expect(await store.load("ada", "cached")).toMatchObject({ rev });
      });
    }

    it("9. never gives a revision twice", async ({ onTestFinished }) => {
      const { place, store } = await openedPlace(onTestFinished, harness);
      const seen = new Set<string>();
      let base = "new";
      for (let round = 0; round < 20; round += 1) seen.add((base = await committed(store, { base })));
      let current = store;
      if (harness.survivesReopening) {
        await store.close();
        current = await place.open();
        for (let round = 0; round < 20; round += 1) seen.add((base = await committed(current, { base })));
      }
      expect(seen.size).toBe(harness.survivesReopening ? 40 : 20);
    });

    it("27. gives back every key as it was, in documents, deliveries and emits", async ({ onTestFinished }) => {
      const { store } = await openedPlace(onTestFinished, harness);
      const events = await collect(store, "events", { parallel: 64 });
      for (const key of AWKWARD_KEYS)
        await committed(store, { key, body: bytes(key), emit: [emit("jobs.x", key, key)] });
      await store.append(AWKWARD_KEYS.map((key) => fact(key, key)));
      for (const key of AWKWARD_KEYS) expect(await store.load(key, "latest")).toMatchObject({ key, body: bytes(key) });
      const jobs = await collect(store, "jobs.x", { parallel: 64 });
      const expected = AWKWARD_KEYS.map((key) => [key, key]).toSorted();
      await eventually(() => expect(events.deliveries.map(({ id, key }) => [id, key]).toSorted()).toEqual(expected));
      await eventually(() => expect(jobs.deliveries.map(({ id, key }) => [id, key]).toSorted()).toEqual(expected));
    });

    it("28. holds a body of the size it promises, and refuses one byte more without a trace", async ({
      onTestFinished,
    }) => {
      const { store } = await openedPlace(onTestFinished, harness);
      const largest = new Uint8Array(store.traits.maxBody).fill(7);
      const rev = await committed(store, { body: largest });
      const doc = await store.load("ada", "latest");
      expect(Buffer.compare(doc?.body ?? bytes(""), largest)).toBe(0);
      const larger = change({ base: rev, body: new Uint8Array(store.traits.maxBody + 1) });
      expect(await store.commit(larger)).toEqual({ ok: false, why: "too-large" });
      expect(await store.load("ada", "latest")).toMatchObject({ rev });
    });

    it("28. holds an empty body", async ({ onTestFinished }) => {
      const { store } = await openedPlace(onTestFinished, harness);
      await committed(store, {
        body: new Uint8Array(0),
        emit: [{ ...emit("jobs.x", "empty"), body: new Uint8Array(0) }],
      });
      expect((await store.load("ada", "latest"))?.body).toHaveLength(0);
      const jobs = await collect(store, "jobs.x");
      await eventually(() => expect(jobs.deliveries.map(({ body }) => body.byteLength)).toEqual([0]));
    });

    it("tells when a document was written", async ({ onTestFinished }) => {
      const { store } = await openedPlace(onTestFinished, harness);
      const before = Date.now();
      await committed(store);
      const writtenAt = (await store.load("ada", "latest"))?.writtenAt ?? 0;
      expect(writtenAt).toBeGreaterThanOrEqual(before);
      expect(writtenAt).toBeLessThanOrEqual(Date.now());
    });

    it("31. scans every live document once, while others are being written", async ({ onTestFinished }) => {
      const { store } = await openedPlace(onTestFinished, harness);
      const keys = Array.from({ length: 60 }, (_, index) => `key ${index}`);
      const revs = new Map<string, string>();
      for (const key of keys) revs.set(key, await committed(store, { key }));
      await store.erase("key 7");
      const seen: string[] = [];
      for (let after: string | undefined; ;) {
        const page = await store.scan({ limit: 9, ...(after === undefined ? {} : { after }) });
        if (page.length === 0) break;
        seen.push(...page.map(({ key }) => key));
        after = page.at(-1)?.key;
        // Those just seen and one not yet seen change under the scan.
        for (const key of [page[0]?.key ?? "", "key 33"]) {
          const doc = await store.load(key, "latest");
          if (doc !== null) await committed(store, { key, base: doc.rev });
        }
      }
      expect(seen.toSorted()).toEqual(keys.filter((key) => key !== "key 7").toSorted());
    });
  });
}
