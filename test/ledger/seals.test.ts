import { PassThrough } from "node:stream";
import { describe, expect, it, onTestFinished } from "vitest";
import { readSealHead, SEALS_KEY } from "../../src/ledger/seals.ts";
import { verifySeals } from "../../src/ledger/verify-seals.ts";
import { createLog } from "../../src/observe/log.ts";
import { keepSeals } from "../../src/runtime/keep-seals.ts";
import { openMemoryStore } from "../../src/store/memory.ts";
import type { AuditLine, Retention, Store } from "../../src/store/store.ts";
import { createTestClock } from "../store/conformance/harness.ts";

const log = createLog(new PassThrough());
const DAY_MS = 86_400_000;

function open(retention: Retention = { events: null, ledger: null }) {
  const clock = createTestClock();
  const store = openMemoryStore({ clock });
  const keeper = keepSeals({ store, clock, log, isMine: () => true, retention: () => retention });
  onTestFinished(() => keeper.stop());
  let count = 0;
  return {
    store,
    clock,
    keeper,
    /** A line of each of so many contacts. */
    async write(times: number) {
      for (let index = 0; index < times; index += 1) {
        count += 1;
        const line = { at: clock.now(), kind: "event", rulebook: "x", detail: { number: count } };
        const key = `id:${count}`;
        const emit = [{ lane: "audit" as const, id: `${count}#0`, key, body: Buffer.from(JSON.stringify(line)) }];
        await store.commit({ key, base: "new", body: Buffer.from("{}"), wakeAt: null, emit });
      }
    },
    verify: (from: Pick<Store, "audit" | "load" | "scan"> = store, anchors = {}) =>
      verifySeals(from, { now: clock.now(), anchors, step: () => undefined }),
  };
}

/** The same store with an account that somebody has been at. */
function tampered(store: Store, change: (line: AuditLine) => readonly AuditLine[]): Store {
  return { ...store, audit: async (page) => (await store.audit(page)).flatMap((line) => change(line)) };
}

const ofContact = (key: string) => (line: AuditLine) => line.key === key;

describe("the seals of the account", () => {
  it("find every line as it was, over many blocks, and count what is too young for them", async () => {
    const place = open();
    await place.write(2_300);
    await place.keeper.sealNow();
    await place.write(40);
    await place.keeper.sealNow();
    await place.write(3);
    const verified = await place.verify();
    expect(verified).toMatchObject({ sound: 2_340, erased: 0, aged: 0, open: 3, findings: [] });
    expect(Object.keys(verified.ends)).toHaveLength(16);
    expect(verified.seals).toBeGreaterThan(3 * 16);
  });

  it("find a line that was changed, removed or put in between, each by its name", async () => {
    const place = open();
    await place.write(20);
    await place.keeper.sealNow();
    const findingsOf = async (change: (line: AuditLine) => readonly AuditLine[]) =>
      (await place.verify(tampered(place.store, change))).findings;
    const isSeventh = ofContact("id:7");
    const forged = Buffer.from(`{"kind":"event"}`);
    expect(await findingsOf((line) => (isSeventh(line) ? [{ ...line, body: forged }] : [line]))).toEqual([
      { kind: "changed", text: expect.stringContaining("7#0") },
    ]);
    expect(await findingsOf((line) => (isSeventh(line) ? [] : [line]))).toEqual([
      { kind: "removed", text: expect.stringContaining("is gone") },
    ]);
    const twice = (line: AuditLine) => [line, { ...line, id: "forged", at: line.at + 1 }];
    expect(await findingsOf((line) => (isSeventh(line) ? twice(line) : [line]))).toEqual([
      { kind: "inserted", text: expect.stringContaining("forged") },
    ]);
  });

  it("find seals that were removed, changed, or made anew after somebody had noted them", async () => {
    const place = open();
    await place.write(200);
    await place.keeper.sealNow();
    const noted = (await place.verify()).ends;
    await place.write(200);
    await place.keeper.sealNow();
    await place.write(200);
    await place.keeper.sealNow();
    const isSeal = ({ key, id }: AuditLine, number: number) => key === SEALS_KEY && id === `a.${number}`;
    const without = (number: number) => tampered(place.store, (line) => (isSeal(line, number) ? [] : [line]));
    const kinds = async (from: Store) => new Set((await place.verify(from)).findings.map(({ kind }) => kind));
    expect(await kinds(without(2))).toEqual(new Set(["broken chain", "inserted"]));
    expect(await kinds(without(3))).toEqual(new Set(["seals gone", "inserted"]));
    const rewritten = tampered(place.store, (line) =>
      isSeal(line, 2)
        ? [{ ...line, body: Buffer.from(Buffer.from(line.body).toString().replace(/\[\[/, "[[1,")) }]
        : [line],
    );
    expect(await kinds(rewritten)).toContain("broken chain");

    expect((await place.verify(place.store, noted)).findings).toEqual([]);
    const other = open();
    await other.write(100);
    await other.keeper.sealNow();
    const foreign = new Set((await other.verify(other.store, noted)).findings.map(({ kind }) => kind));
    expect(foreign).toEqual(new Set(["broken chain"]));
  });

  it("tell lines of an erased contact as erased, and those of nobody who was as removed", async () => {
    const place = open();
    await place.write(10);
    await place.keeper.sealNow();
    const doc = await place.store.load("id:4", "latest");
    const body = Buffer.from(`{"erased":{"at":1,"anew":false}}`);
    await place.store.commit({ key: "id:4", base: doc?.rev ?? "new", body, wakeAt: null, emit: [] });
    await place.store.forget("id:4");
    expect(await place.verify()).toMatchObject({ sound: 9, erased: 1, findings: [] });
    await place.store.forget("id:5");
    expect(await place.verify()).toMatchObject({ sound: 8, erased: 1, findings: [{ kind: "removed" }] });
  });

  it("go with the lines that they seal, and what is too old is not missed", async () => {
    const place = open({ events: null, ledger: 10 * DAY_MS });
    await place.write(30);
    await place.keeper.sealNow();
    place.clock.shift(6 * DAY_MS);
    await place.write(30);
    await place.keeper.sealNow();
    place.clock.shift(6 * DAY_MS);
    await place.store.expire({ events: null, ledger: 10 * DAY_MS });
    const lines = await place.store.audit({ limit: 1_000 });
    expect(lines.filter(({ key }) => key !== SEALS_KEY)).toHaveLength(30);
    expect(await place.verify()).toMatchObject({ sound: 30, findings: [] });
    // The same gap in an account that is kept for ever is one.
    const head = readSealHead((await place.store.load(SEALS_KEY, "latest"))?.body ?? null);
    const forEver = { ...head, keepMs: null, agedBefore: 0 };
    const load: Store["load"] = async () => ({
      key: SEALS_KEY,
      rev: "1",
      body: Buffer.from(JSON.stringify(forEver)),
      writtenAt: 0,
    });
    const kinds = (await place.verify({ ...place.store, load })).findings.map(({ kind }) => kind);
    expect(new Set(kinds)).toEqual(new Set(["broken chain", "seals gone"]));
  });

  it("are made of what is there when the system stops", async () => {
    const place = open();
    await place.write(5);
    await place.keeper.stop();
    expect(await place.verify()).toMatchObject({ sound: 5, open: 0, findings: [] });
  });

  it("are made by one of two that seal at the same time", async () => {
    const place = open();
    await place.write(50);
    const other = keepSeals({ ...place, log, isMine: () => true, retention: () => ({ events: null, ledger: null }) });
    const both = await Promise.allSettled([place.keeper.sealNow(), other.sealNow()]);
    await other.stop();
    expect(both.some(({ status }) => status === "fulfilled")).toBe(true);
    expect(await place.verify()).toMatchObject({ sound: 50, open: 0, findings: [] });
  });
});
