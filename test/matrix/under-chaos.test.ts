import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { systemClock } from "../../src/cli/system-clock.ts";
import { openJetStreamStore } from "../../src/store/jetstream.ts";
import { Unavailable } from "../../src/store/store.ts";
import type { Store } from "../../src/store/store.ts";
import { bytes, collect, emit, eventually, fact, text } from "../store/conformance/harness.ts";
import { startChosenNats, whyNoNats } from "../support/chosen-nats.ts";
import type { ChosenNats } from "../support/chosen-nats.ts";

/** The invariants that hold through failures, too: servers die and come back while the store is at work. */
const FAILURES = 3;
const PATIENCE_MS = 90_000;

const missing = whyNoNats();
let server: ChosenNats;
let namespaces = 0;
beforeAll(async () => {
  if (missing === null) server = await startChosenNats();
});
afterAll(async () => {
  if (missing === null) await server.stop();
});
beforeEach((context) => context.skip(missing !== null, missing ?? ""));

async function openStores(count: number): Promise<readonly [Store, ...Store[]]> {
  namespaces += 1;
  const { url, replicas } = server;
  const open = (): Promise<Store> =>
    openJetStreamStore({ url, namespace: `chaos${namespaces}`, clock: systemClock, replicas, reofferMs: 400 });
  const first = await open();
  const others = await Promise.all(Array.from({ length: count - 1 }, open));
  onTestFinished(async () => void (await Promise.all([first, ...others].map((store) => store.close()))));
  return [first, ...others];
}

/** As a caller does: what is unavailable is asked again. */
async function insist<T>(call: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      await sleep(50);
    }
  }
}

/** Works on until servers have failed a few times, and then to its end. */
async function meanwhile(work: (isOver: () => boolean) => Promise<void>): Promise<void> {
  let over = false;
  const working = work(() => over);
  try {
    for (let failures = 0; failures < FAILURES; failures += 1) {
      await sleep(700);
      await server.fail();
    }
  } finally {
    over = true;
  }
  await working;
}

describe("the JetStream store while servers die and come back", () => {
  it("3. delivers every fact that it acknowledged", async () => {
    const [store] = await openStores(1);
    const events = await collect(store, "events", { leaseMs: 2_000 });
    const acknowledged = new Set<string>();
    await meanwhile(async (isOver) => {
      for (let number = 0; !isOver(); number += 1) {
        await insist(() => store.append([fact(`fact ${number}`, `key ${number % 40}`)]));
        acknowledged.add(`fact ${number}`);
      }
    });
    expect(acknowledged.size).toBeGreaterThan(50);
    await eventually(() => expect(new Set(events.ids())).toEqual(acknowledged), PATIENCE_MS);
  });

  it("5, 6, 10, 11, 12, 34. changes a document once for each change, and hands on what changes emit", async () => {
    const stores = await openStores(3);
    const jobs = await collect(stores[0], "jobs.sms", { leaseMs: 2_000 });
    const done = new Set<string>();
    /** Adds its name to the list in the document: by compare-and-set, and looking again when the outcome is unknown. */
    const change = async (store: Store, key: string, name: string): Promise<void> => {
      for (;;) {
        const found = await insist(() => store.load(key, "latest"));
        const before = found === null || found.body.length === 0 ? [] : (text(found.body) ?? "").split(",");
        if (before.includes(name)) return;
        const base = found?.rev ?? "new";
        const emits = [emit("jobs.sms", name, key), emit("audit", name, key)];
        const body = bytes([...before, name].join(","));
        try {
          if ((await store.commit({ key, base, body, wakeAt: null, emit: emits })).ok) return;
        } catch (error) {
          if (!(error instanceof Unavailable)) throw error;
          await sleep(50);
        }
      }
    };
    await meanwhile(async (isOver) => {
      const writer = async (store: Store, writing: number): Promise<void> => {
        for (let number = 0; !isOver(); number += 1) {
          const [key, name] = [`key ${number % 5}`, `${writing}/${number}`];
          await change(store, key, name);
          done.add(name);
        }
      };
      await Promise.all([...stores, ...stores].map(writer));
    });
    expect(done.size).toBeGreaterThan(50);
    await eventually(() => expect(new Set(jobs.ids())).toEqual(done), PATIENCE_MS);
    for (let number = 0; number < 5; number += 1) {
      const key = `key ${number}`;
      const names = (text((await stores[0].load(key, "latest"))?.body) ?? "").split(",");
      expect(new Set(names).size).toBe(names.length);
      const audited = (await stores[0].history(key, { limit: 100_000 })).map(({ id }) => id);
      expect(audited.toSorted()).toEqual(names.toSorted());
    }
  });

  it("22. brings every wake-up, those among them that came due while nobody answered", async () => {
    const [store] = await openStores(1);
    const keys = Array.from({ length: 300 }, (_, index) => `key ${index}`);
    const begun = Date.now();
    for (const [index, key] of keys.entries()) {
      await store.commit({ key, base: "new", body: bytes("x"), wakeAt: begun + 2_000 + index * 20, emit: [] });
    }
    const due = await collect(store, "due", { leaseMs: 2_000 });
    await meanwhile(async () => undefined);
    await eventually(() => expect(new Set(due.deliveries.map(({ key }) => key))).toEqual(new Set(keys)), PATIENCE_MS);
  });

  it("24. never hands out more of a budget than there is", async () => {
    const stores = await openStores(3);
    const window = { from: Date.now(), to: Date.now() + 3_600_000 };
    let granted = 0;
    await meanwhile(async (isOver) => {
      const taker = async (store: Store): Promise<void> => {
        while (!isOver()) {
          // What was taken and not heard of is lost, and never handed out again.
          granted += await store.take("sms", window, 400, 1).catch(() => 0);
          await sleep(20);
        }
      };
      await Promise.all([...stores, ...stores, ...stores].map(taker));
    });
    const rest = await insist(() => stores[0].take("sms", window, 400, 400));
    expect(granted).toBeGreaterThan(20);
    expect(granted + rest).toBeLessThanOrEqual(400);
    expect(await stores[0].take("sms", window, 400, 1)).toBe(0);
  });
});
