import { join } from "node:path";
import { open } from "lmdb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openEmbeddedStore } from "../../src/store/embedded.ts";
import { readEmbeddedStore } from "../../src/store/embedded-reading.ts";
import { Unsupported } from "../../src/store/store.ts";
import { scratchDirectory } from "../support/scratch.ts";
import { type CompiledChild, compileChild } from "./child-process.ts";
import { createTestClock } from "./conformance/test-clock.ts";

/** Looking at a store must be possible while it is at work, and must change nothing in it. */

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const directory = join(scratchDirectory(), "data");

let child: CompiledChild;
beforeAll(() => {
  child = compileChild("test/store/embedded-child.ts");
});
afterAll(() => child.remove());

describe("reading an embedded store", () => {
  test("finds what came in, and nothing in a store of before that was kept, which goes on and keeps it from now on", async () => {
    const old = join(directory, "old");
    const fact = (id: string) => ({ id, key: "ana", body: encoder.encode(id) });
    const store = await openEmbeddedStore({ directory: old, clock: createTestClock() });
    await store.append([fact("one"), fact("two")]);
    await store.close();
    const reading = readEmbeddedStore(old);
    expect((await reading.pastEvents({ limit: 1 })).map(({ id }) => id)).toEqual(["one"]);
    await reading.close();

    const files = open<Buffer, Buffer>({ path: join(old, "store.mdb"), encoding: "binary", keyEncoding: "binary" });
    await files.openDB({ name: "past" }).drop();
    await files.close();
    const before = readEmbeddedStore(old);
    expect(await before.pastEvents({ limit: 1 })).toEqual([]);
    await before.close();
    const again = await openEmbeddedStore({ directory: old, clock: createTestClock() });
    await again.append([fact("three")]);
    expect((await again.pastEvents({ limit: 9 })).map(({ id }) => id)).toEqual(["three"]);
    await again.close();
  });

  test("finds what was written, newest line first, and leaves no trace", async () => {
    const store = await openEmbeddedStore({ directory, clock: createTestClock() });
    await store.append([{ id: "lost", key: "ana", body: encoder.encode("?"), dead: "not readable" }]);
    for (const [index, key] of ["ana", "ben"].entries()) {
      const emit = ["one", "two"].map(
        (id) => ({ lane: "audit", id, key, body: encoder.encode(`${key} ${id}`) }) as const,
      );
      await store.commit({ key, base: "new", body: encoder.encode(`doc ${index}`), wakeAt: null, emit });
    }
    await store.erase("ben");
    await store.close();

    const reading = readEmbeddedStore(directory);
    expect(decoder.decode((await reading.load("ana", "latest"))?.body)).toBe("doc 0");
    expect(await reading.load("ben", "latest")).toBeNull();
    expect((await reading.scan({ limit: 10 })).map(({ key }) => key)).toEqual(["ana"]);
    expect(await reading.scan({ limit: 10, after: "ana" })).toEqual([]);
    const [newest] = await reading.history("ana", { limit: 1 });
    expect(newest?.id).toBe("two");
    expect((await reading.history("ana", { limit: 5, before: "two" })).map(({ id }) => id)).toEqual(["one"]);
    expect(await reading.deadLetters({ limit: 10 })).toMatchObject([
      { id: "lost", key: "ana", reason: "not readable" },
    ]);
    await reading.close();

    // Nobody has claimed it meanwhile.
    await (await openEmbeddedStore({ directory, clock: createTestClock() })).close();
  });

  test("works while another process is at work on it, and sees what that has written since", async () => {
    const busy = join(directory, "busy");
    const writer = child.run(busy, "0", "work");
    try {
      await writer.line("committed 3");
      const reading = readEmbeddedStore(busy);
      const before = (await reading.history("writer 3", { limit: 10_000 })).length;
      expect(before).toBeGreaterThan(0);
      await writer.line("committed 3 0/3/20");
      const after = (await reading.history("writer 3", { limit: 10_000 })).length;
      expect(after).toBeGreaterThan(before);
      await reading.close();
    } finally {
      await writer.kill9();
    }
  });

  test("says where it looked when there is none, and makes nothing", () => {
    expect(() => readEmbeddedStore(join(directory, "nowhere"))).toThrow(Unsupported);
    expect(() => readEmbeddedStore(join(directory, "nowhere"))).toThrow(/--data-dir/);
  });
});
