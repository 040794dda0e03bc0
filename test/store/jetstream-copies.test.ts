import { connect } from "nats";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openJetStreamStore } from "../../src/store/jetstream.ts";
import { startNatsServer } from "../support/nats-server.ts";
import type { NatsServer } from "../support/nats-server.ts";
import { bytes, committed, createTestClock, emit, eventually, fact } from "./conformance/harness.ts";

let server: NatsServer;
beforeAll(async () => {
  server = await startNatsServer();
}, 60_000);
afterAll(() => server.stop());

/** An operator's back-ups: a mirror of each stream, and one stream that gathers the history and a copy of that. */
it("29. erases in mirrors and in streams that gather from ours, too", async () => {
  const store = await openJetStreamStore({ url: server.url, namespace: "copied", clock: createTestClock() });
  const nc = await connect({ servers: server.url });
  const manager = await nc.jetstreamManager();
  const ours = ["COPIED_EVENTS", "COPIED_DEAD", "COPIED_AUDIT", "KV_copied_contacts"];
  for (const name of ours) await manager.streams.add({ name: `BACKUP_${name}`, mirror: { name } });
  await manager.streams.add({ name: "GATHERED", sources: [{ name: "COPIED_AUDIT" }, { name: "COPIED_DEAD" }] });
  await manager.streams.add({ name: "GATHERED_AGAIN", mirror: { name: "GATHERED" } });

  for (const key of ["ada", "bob"]) {
    const base = await committed(store, { key, emit: [emit("audit", `secret of ${key}`, key)] });
    await committed(store, { key, base, body: bytes(`more of ${key}`) });
    await store.append([fact(`event of ${key}`, key), { ...fact(`letter of ${key}`, key), dead: "malformed" }]);
  }
  const countIn = async (name: string) => (await manager.streams.info(name)).state.messages;
  const copies = [...ours.map((name) => `BACKUP_${name}`), "GATHERED", "GATHERED_AGAIN"];
  await eventually(async () => {
    const counts = await Promise.all(copies.map(countIn));
    expect(counts).toEqual([2, 2, 2, 4, 4, 4]);
  });

  await store.erase("ada");

  // What is left of her is the tombstone.
  await eventually(async () => {
    const counts = await Promise.all(copies.map(countIn));
    expect(counts).toEqual([1, 1, 1, 3, 2, 2]);
  });
  expect((await store.history("bob", { limit: 10 })).map(({ id }) => id)).toEqual(["secret of bob"]);
  await nc.close();
  await store.close();
});
