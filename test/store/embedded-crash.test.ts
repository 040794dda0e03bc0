import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { openDatabase } from "../../src/store/embedded-database.ts";
import { openEmbeddedStore } from "../../src/store/embedded.ts";
import type { EmbeddedStoreOptions } from "../../src/store/embedded.ts";
import { Unavailable, Unsupported } from "../../src/store/store.ts";
import type { Store } from "../../src/store/store.ts";
import { compileChild } from "./child-process.ts";
import type { CompiledChild, RunningChild } from "./child-process.ts";
import {
  bytes,
  change,
  collect,
  committed,
  createTestClock,
  emit,
  eventually,
  fact,
  quiet,
  sleep,
  text,
} from "./conformance/harness.ts";

let program: CompiledChild;
beforeAll(() => {
  program = compileChild("test/store/embedded-child.ts");
});
afterAll(() => program.remove());

function scratch(): string {
  const directory = mkdtempSync(join(tmpdir(), "heed-store-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

async function open(directory: string, options: Partial<EmbeddedStoreOptions> = {}): Promise<Store> {
  const store = await openEmbeddedStore({ directory, clock: createTestClock(), reofferMs: 400, ...options });
  onTestFinished(() => store.close());
  return store;
}

/** Collects everything a lane holds, in any order and however often. */
async function drained(store: Store, lane: "events" | "jobs.sms"): Promise<Set<string>> {
  const all = await collect(store, lane, { parallel: 256, leaseMs: 10_000 });
  await eventually(async () => expect((await store.health()).depth[lane] ?? 0).toBe(0), 15_000);
  await all.stop(1_000);
  expect(new Set(all.ids()).size).toBe(all.deliveries.length);
  return new Set(all.ids());
}

function acknowledged(child: RunningChild, word: string): string[] {
  return child.lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1));
}

describe("the embedded store when its process is killed", () => {
  it("3, 10, 22. has every acknowledged append, commit, emit and wake-up after kill -9, five times over", async () => {
    const directory = scratch();
    const appended: string[] = [];
    const last = new Map<string, string>();
    const emitted: string[] = [];
    for (let round = 0; round < 5; round += 1) {
      const child = program.run(directory, String(round));
      await child.line("committed");
      await sleep(60 + 90 * round);
      await child.kill9();
      appended.push(...acknowledged(child, "appended"));
      for (const line of acknowledged(child, "committed")) {
        const [writer = "", name = ""] = line.split(" ");
        last.set(`writer ${writer}`, name);
        emitted.push(name);
      }
    }
    expect(emitted.length).toBeGreaterThan(200);
    const store = await open(directory);
    const events = await drained(store, "events");
    const jobs = await drained(store, "jobs.sms");
    expect(appended.filter((id) => !events.has(id))).toEqual([]);
    expect(emitted.filter((name) => !jobs.has(`j ${name}`))).toEqual([]);
    for (const [key, name] of last) {
      // A commit that was durable and not yet acknowledged may follow the last acknowledged one.
      const history = (await store.history(key, { limit: 100_000 })).map(({ id }) => id);
      expect(history.indexOf(`a ${name}`)).toBeGreaterThanOrEqual(0);
      expect(history.indexOf(`a ${name}`)).toBeLessThanOrEqual(1);
      expect(text((await store.load(key, "latest"))?.body)).toBe(history[0]?.slice(2));
    }
    const due = await collect(store, "due");
    await eventually(() => expect(new Set(due.deliveries.map(({ key }) => key))).toEqual(new Set(last.keys())));
  });

  it("14. counts a delivery that killed the process as an attempt, each time", async () => {
    const directory = scratch();
    const store = await open(directory);
    await store.append([fact("poison"), fact("innocent", "bob")]);
    await store.close();
    for (const attempt of [1, 2, 3]) {
      const child = program.run(directory, "0", "poison");
      expect(await child.line("delivered")).toBe(`delivered poison ${attempt}`);
      expect(await child.ended).toBe("SIGKILL");
    }
    const again = await open(directory);
    const events = await collect(again, "events", {}, (_, nth) => (nth === 1 ? { again: Date.now() } : { done: true }));
    await eventually(() => expect(events.deliveries).toHaveLength(3));
    expect(events.deliveries.map(({ id, attempt }) => [id, attempt])).toEqual([
      ["poison", 4],
      ["innocent", 1],
      ["poison", 5],
    ]);
  });

  it("35. refuses a second process, naming the first, until that one is killed", async () => {
    const directory = scratch();
    const child = program.run(directory, "0", "hold");
    await child.line("open");
    await expect(open(directory)).rejects.toThrow(Unsupported);
    await expect(open(directory)).rejects.toThrow(
      `is open in process ${child.pid}; only one process may use it at a time`,
    );
    await child.kill9();
    const store = await open(directory);
    await expect(open(directory)).rejects.toThrow("is open already in this process");
    const second = program.run(directory, "0", "hold");
    await expect(second.line("open")).rejects.toThrow(`is open in process ${process.pid}`);
    await store.append([fact("f1")]);
  });
});

describe("the embedded store when space runs out", () => {
  const SMALL = 400_000;

  async function fill(store: Store, name = "fill"): Promise<number> {
    const body = new Uint8Array(2_000);
    for (let count = 0; ; count += 1) {
      try {
        await store.append([{ id: `${name} ${count}`, key: `key ${count % 7}`, body }]);
      } catch (error) {
        expect(error).toBeInstanceOf(Unavailable);
        return count;
      }
    }
  }

  it("33. refuses facts when it is full, writes nothing of them, still decides what it took, and takes facts again after that", async () => {
    const directory = scratch();
    const store = await open(directory, { maxBytes: SMALL });
    const taken = await fill(store);
    expect(taken).toBeGreaterThan(50);
    await expect(store.append([fact("small"), { ...fact("large"), body: new Uint8Array(100_000) }])).rejects.toThrow(
      "the embedded store is full",
    );
    expect((await store.health()).problems[0]).toContain("the embedded store is full");
    expect((await store.health()).depth["events"]).toBe(taken);
    const rev = await committed(store, {
      body: bytes("decided"),
      emit: [emit("jobs.sms", "job"), emit("audit", "entry")],
    });
    const events = await drained(store, "events");
    expect(events.size).toBe(taken);
    expect(events).not.toContain("small");
    expect(await store.append([fact("small")])).toEqual([{ fresh: true }]);
    expect(await store.load("ada", "latest")).toMatchObject({ rev });
    expect((await store.health()).ok).toBe(true);
    // What came in is kept after it was decided, but is no reason to refuse what comes now.
    await drained(store, "events");
    expect(await fill(store, "again")).toBeGreaterThan(taken / 2);
  });

  it("33. refuses commits when even its reserve is used, changes nothing, and works again when opened with more room", async () => {
    const directory = scratch();
    const store = await open(directory, { maxBytes: SMALL });
    await fill(store);
    const body = new Uint8Array(5_000).fill(1);
    const rev = await committed(store, { body });
    let failed = "";
    for (let index = 0; failed === "" && index < 1_000; index += 1) {
      await store.commit(change({ key: `key ${index}`, body })).catch((error: unknown) => {
        expect(error).toBeInstanceOf(Unavailable);
        failed = `key ${index}`;
      });
    }
    expect(failed).not.toBe("");
    await expect(store.commit(change({ base: rev, body, emit: [emit("jobs.sms", "never")] }))).rejects.toThrow(
      Unavailable,
    );
    expect(await store.load(failed, "latest")).toBeNull();
    expect(await store.load("ada", "latest")).toMatchObject({ rev });
    await store.close();
    const larger = await open(directory, { maxBytes: 4 * SMALL });
    expect(await larger.load("ada", "latest")).toMatchObject({ rev });
    await committed(larger, { base: rev, emit: [emit("jobs.sms", "once")] });
    const jobs = await collect(larger, "jobs.sms");
    await eventually(() => expect(jobs.ids()).toEqual(["once"]));
  });

  it("33. leaves the disk the space it was told to leave", async () => {
    const directory = scratch();
    await expect(open(directory, { keepFreeBytes: Number.MAX_SAFE_INTEGER })).rejects.toThrow(
      /its disk has only \d+ bytes free/,
    );
    await open(directory);
  });

  /** A file system of three megabytes in memory, or null for who may not mount one. */
  function mountSmallDisk(): { readonly path: string; readonly unmount: () => void } | null {
    const path = mkdtempSync(join(tmpdir(), "heed-disk-"));
    const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=3m", "tmpfs", path]).status === 0;
    const unmount = (): void => {
      if (mounted) spawnSync("umount", [path]);
      rmSync(path, { recursive: true, force: true });
    };
    if (mounted) return { path, unmount };
    unmount();
    return null;
  }

  function mayMount(): boolean {
    const disk = mountSmallDisk();
    disk?.unmount();
    return disk !== null;
  }

  it.runIf(mayMount())(
    "33. refuses as unavailable on a disk that is really full, survives, and has what it acknowledged (needs root to mount one)",
    async () => {
      const disk = mountSmallDisk();
      if (disk === null) throw new Error("a small file system could be mounted before and can't be now");
      onTestFinished(disk.unmount);
      const directory = join(disk.path, "data");
      mkdirSync(directory);
      const child = program.run(directory, "0", "fill");
      await child.line("done");
      expect(await child.ended).toBe("0");
      const appended = acknowledged(child, "appended");
      expect(appended.length).toBeGreaterThan(100);
      expect(new Set(acknowledged(child, "refused"))).toEqual(new Set(["Unavailable"]));
      expect(acknowledged(child, "unhandled")).toEqual([]);
      spawnSync("mount", ["-o", "remount,size=12m", disk.path]);
      const store = await open(directory, { keepFreeBytes: 0 });
      const events = await drained(store, "events");
      expect(appended.filter((id) => !events.has(id))).toEqual([]);
      await store.close();
    },
  );
});

describe("the embedded store at rest", () => {
  it("leaves no trace of a transaction that fails half-way, and all of its neighbours in the same flush", async () => {
    const database = openDatabase({
      directory: scratch(),
      maxBytes: Number.POSITIVE_INFINITY,
      keepFreeBytes: 0,
      monotonic: () => performance.now(),
      claim: () => undefined,
    });
    const { documents } = database.tables;
    const name = (index: number): Buffer => Buffer.from(`key ${index}`, "utf8");
    const results = await Promise.allSettled(
      [0, 1, 2].map((index) =>
        database.write(() => {
          documents.putSync(name(index), Buffer.of(1));
          if (index === 1) throw new Error("half-way");
        }),
      ),
    );
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect([0, 1, 2].map((index) => documents.doesExist(name(index)))).toEqual([true, false, true]);
    await database.close(() => undefined);
  });

  it("is for its owner's eyes only", async () => {
    const directory = join(scratch(), "made", "by", "the store");
    await open(directory);
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    expect(statSync(join(directory, "store.mdb")).mode & 0o777).toBe(0o600);
  });

  it("groups appends that come together into few flushes", async () => {
    const store = await open(scratch());
    const rate = async (callers: number, total: number): Promise<number> => {
      let next = 0;
      const before = performance.now();
      await Promise.all(
        Array.from({ length: callers }, async () => {
          while (next < total) await store.append([fact(`${callers}/${next++}`, `key ${next}`)]);
        }),
      );
      return (total / (performance.now() - before)) * 1_000;
    };
    const alone = await rate(1, 300);
    const together = await rate(500, 10_000);
    console.info(`embedded appends per second: ${Math.round(alone)} by one caller, ${Math.round(together)} by 500`);
    expect(together).toBeGreaterThan(2 * alone);
  });

  it("bounds what it reads ahead of a long lane", async () => {
    const store = await open(scratch());
    await store.append(Array.from({ length: 5_000 }, (_, index) => fact(`f${index}`, `key ${index}`)));
    const consumer = await collect(
      store,
      "events",
      { parallel: 4, leaseMs: 60_000 },
      () => new Promise(() => undefined),
    );
    await quiet(500);
    expect(consumer.deliveries).toHaveLength(4);
    expect((await store.health()).depth["events"]).toBe(5_000);
  });
});
