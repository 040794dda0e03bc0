import { describe, expect, it } from "vitest";
import { addLine, newFigures, noFigures } from "../../src/ledger/figures.ts";
import { ruleFigures, houseFigures } from "../../src/ledger/figures-documents.ts";
import type { LedgerRecord } from "../../src/core/model/decision.ts";
import { createLog } from "../../src/observe/log.ts";
import { keepFigures } from "../../src/runtime/keep-figures.ts";
import { openMemoryStore } from "../../src/store/memory.ts";
import type { Store } from "../../src/store/store.ts";
import { createTestClock } from "../store/conformance/harness.ts";
import { PassThrough } from "node:stream";

const log = createLog(new PassThrough());

function open() {
  const clock = createTestClock();
  const store = openMemoryStore({ clock });
  let count = 0;
  return {
    store,
    clock,
    /** Lines of so many contacts that entered a rule and one event each. */
    async write(rule: string, times: number) {
      for (let index = 0; index < times; index += 1) {
        count += 1;
        const enrolled: LedgerRecord = { at: count, kind: "enrolled", rulebook: "x", rule, detail: { arm: "treated" } };
        const event: LedgerRecord = { at: count, kind: "event", rulebook: "x", detail: { provider: "api" } };
        const emit = [enrolled, event].map((line, part) => ({
          lane: "audit" as const,
          id: `${count}#${part}`,
          key: `id:${count}`,
          body: Buffer.from(JSON.stringify(line)),
        }));
        await store.commit({ key: `id:${count}`, base: "new", body: Buffer.from("{}"), wakeAt: null, emit });
      }
    },
  };
}

const entered = async (store: Store, rule: string) => (await ruleFigures(store, rule)).arms["treated"]?.enrolled ?? 0;
const heard = async (store: Store) => (await houseFigures(store)).bySource["api"]?.events ?? 0;

describe("the figures of rules", () => {
  it("are added up from where they stood, and nothing counts twice", async () => {
    const place = open();
    await place.write("one", 700);
    await place.write("two", 3);
    const keeper = keepFigures({ ...place, log, isMine: () => true });
    await keeper.catchUp();
    expect([await entered(place.store, "one"), await entered(place.store, "two"), await heard(place.store)]).toEqual([
      700, 3, 703,
    ]);
    await keeper.stop();
    await place.write("one", 5);
    const next = keepFigures({ ...place, log, isMine: () => true });
    await next.catchUp();
    await next.catchUp();
    expect([await entered(place.store, "one"), await heard(place.store)]).toEqual([705, 708]);
    await next.stop();
  });

  it("count once although the process dies between two of its writes", async () => {
    for (let survived = 0; survived < 3; survived += 1) {
      const place = open();
      await place.write("one", 4);
      await place.write("two", 4);
      let writes = 0;
      const dying: Store = {
        ...place.store,
        commit(change) {
          writes += 1;
          if (writes > survived) throw new Error("dead");
          return place.store.commit(change);
        },
      };
      const keeper = keepFigures({ ...place, store: dying, log, isMine: () => true });
      await expect(keeper.catchUp()).rejects.toThrow("dead");
      await keeper.stop();
      await place.write("one", 1);
      const next = keepFigures({ ...place, log, isMine: () => true });
      await next.catchUp();
      expect([await entered(place.store, "one"), await entered(place.store, "two"), await heard(place.store)]).toEqual([
        5, 4, 9,
      ]);
      await next.stop();
    }
  });

  it("count once although two keep them at once", async () => {
    const place = open();
    const both = [1, 2].map(() => keepFigures({ ...place, log, isMine: () => true }));
    for (let round = 0; round < 10; round += 1) {
      await place.write("one", 3);
      await Promise.allSettled(both.map((keeper) => keeper.catchUp()));
    }
    for (const keeper of both) await keeper.stop();
    const last = keepFigures({ ...place, log, isMine: () => true });
    await last.catchUp();
    expect([await entered(place.store, "one"), await heard(place.store)]).toEqual([30, 30]);
    await last.stop();
  });

  it("are told to whoever wants to know, when they are written down", async () => {
    const place = open();
    await place.write("one", 2);
    const told: [string, number | undefined][] = [];
    const keeper = keepFigures({
      ...place,
      log,
      isMine: () => true,
      onChange: async (changed) => {
        for (const [rule, { arms }] of changed) told.push([rule, arms["treated"]?.enrolled]);
      },
    });
    await keeper.catchUp();
    await keeper.catchUp();
    expect(told).toEqual([["one", 2]]);
    await keeper.stop();
  });

  it("say nothing of a rule that the account does not know", async () => {
    expect(await ruleFigures(open().store, "none")).toEqual(noFigures);
    const figures = newFigures();
    addLine(figures, { at: 1, kind: "ended", rulebook: "x", rule: "a" }, "b");
    expect(figures).toEqual(noFigures);
  });
});
