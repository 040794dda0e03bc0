import { PassThrough } from "node:stream";
import { connect } from "nats";
import { afterAll, beforeAll, expect, test } from "vitest";
import { migrate } from "../../src/cli/migrate.ts";
import { openExistingStore, openStore } from "../../src/cli/open-store.ts";
import { readRunSettings, type RunSettings } from "../../src/cli/run-settings.ts";
import { systemClock } from "../../src/cli/system-clock.ts";
import { createLog } from "../../src/observe/log.ts";
import { ruleFigures } from "../../src/ledger/figures-documents.ts";
import { verifySeals } from "../../src/ledger/verify-seals.ts";
import { keepFigures } from "../../src/runtime/keep-figures.ts";
import { keepSeals } from "../../src/runtime/keep-seals.ts";
import { joinMembers } from "../../src/runtime/membership.ts";
import { createPauses } from "../../src/runtime/pauses.ts";
import { openEmbeddedStore } from "../../src/store/embedded.ts";
import { exportEmbeddedStore } from "../../src/store/embedded-export.ts";
import { openJetStreamImport, openJetStreamStore } from "../../src/store/jetstream.ts";
import { NOTHING } from "../../src/store/migration.ts";
import { type Store, Unsupported } from "../../src/store/store.ts";
import { type NatsServer, startNatsServer } from "../support/nats-server.ts";
import { scratchDirectory } from "../support/scratch.ts";
import {
  bytes,
  change,
  collect,
  committed,
  createTestClock,
  emit,
  eventually,
  fact,
  text,
} from "./conformance/harness.ts";
import { AWKWARD_KEYS } from "./conformance/documents.ts";

/** An embedded store with something of everything, and the same on NATS after a move. */

let server: NatsServer;
beforeAll(async () => {
  server = await startNatsServer();
}, 60_000);
afterAll(() => server.stop());

const HOUR = 3_600_000;
const window = { from: Math.floor(Date.now() / HOUR) * HOUR, to: (Math.floor(Date.now() / HOUR) + 24) * HOUR };
let places = 0;
const NOWHERE = { url: "nats://nowhere:4222", namespace: "heed" };

function settingsFor(dataDirectory: string, namespace?: string): RunSettings {
  places += 1;
  const flags = { store: server.url, namespace: namespace ?? `move-${places}`, dataDir: dataDirectory };
  return readRunSettings(dataDirectory, flags, {});
}

function output() {
  const told = { out: "", err: "" };
  return { told, io: { out: (t: string) => void (told.out += t), err: (t: string) => void (told.err += t) } };
}

/** What it holds, in the counts that the move must tell. */
async function fill(directory: string, contacts: number): Promise<void> {
  const store = await openEmbeddedStore({ directory, clock: createTestClock() });
  for (let index = 0; index < contacts; index += 1) {
    const key = `contact ${index}`;
    const lines = ["first", "second"].map((id) => emit("audit", id, key));
    const base = await committed(store, { key, body: bytes(`${index}`), emit: lines });
    await committed(store, {
      key,
      base,
      body: bytes(`document ${index}`),
      wakeAt: index % 2 === 0 ? Date.now() + HOUR + index : null,
      emit: [
        emit("audit", "third", key),
        emit("jobs.sms.marketing", `job ${index}`, key),
        emit("events", `told ${index}`, key),
      ],
    });
    await store.append([fact(`event ${index}`, key)]);
  }
  for (const key of AWKWARD_KEYS) {
    await committed(store, { key, body: bytes(key), emit: [emit("audit", "line ✗", key)] });
    await store.append([{ ...fact("dead ✗", key), dead: "not readable: %\n✗" }]);
  }
  await committed(store, { key: "gone", emit: [emit("audit", "a", "gone"), emit("events", "b", "gone")] });
  await store.erase("gone");
  await store.take("sms: all of it", window, 100, 42);
  // One that comes again later.
  const later = await collect(store, "jobs.sms.marketing", {}, ({ id }) =>
    id === "job 0" ? { again: Date.now() + HOUR } : { again: Date.now() + 1 },
  );
  await eventually(() => expect(later.ids()).toContain("job 0"));
  await later.stop(1_000);
  await store.close();
}

async function holdsEverything(store: Store, contacts: number): Promise<void> {
  const keys = [...Array.from({ length: contacts }, (_, index) => `contact ${index}`), ...AWKWARD_KEYS];
  const scanned: string[] = [];
  for (let after: string | undefined; ;) {
    const page = await store.scan({ limit: 100, ...(after === undefined ? {} : { after }) });
    if (page.length === 0) break;
    scanned.push(...page.map(({ key }) => key));
    after = page.at(-1)?.key;
  }
  expect(scanned.filter((key) => !key.startsWith("heed:")).toSorted()).toEqual(keys.toSorted());
  expect(text((await store.load("contact 1", "latest"))?.body)).toBe("document 1");
  expect((await store.history("contact 1", { limit: 9 })).map(({ id, body }) => [id, text(body)])).toEqual([
    ["third", "body of third"],
    ["second", "body of second"],
    ["first", "body of first"],
  ]);
  for (const key of AWKWARD_KEYS) {
    expect(text((await store.load(key, "latest"))?.body)).toBe(key);
    expect((await store.history(key, { limit: 9 })).map(({ id }) => id)).toEqual(["line ✗"]);
  }
  const letters = await store.deadLetters({ limit: 100 });
  expect(letters.map(({ key, id, reason }) => [key, id, reason])).toEqual(
    AWKWARD_KEYS.map((key) => [key, "dead ✗", "not readable: %\n✗"]),
  );
  expect(await store.load("gone", "latest")).toBeNull();
  expect(await store.commit(change({ key: "gone" }))).toEqual({ ok: false, why: "erased" });
  expect(await store.history("gone", { limit: 1 })).toEqual([]);
  expect(await store.take("sms: all of it", window, 100, 100)).toBe(58);
  const [events, jobs] = [await collect(store, "events"), await collect(store, "jobs.sms.marketing")];
  const told = Array.from({ length: contacts }, (_, index) => [`told ${index}`, `event ${index}`]);
  await eventually(() => expect(events.ids().toSorted()).toEqual(told.flat().toSorted()), 20_000);
  for (const [first = "", second = ""] of told)
    expect(events.ids().indexOf(first)).toBeLessThan(events.ids().indexOf(second));
  const expected = Array.from({ length: contacts }, (_, index) => `job ${index}`).toSorted();
  await eventually(() => expect(jobs.ids().toSorted()).toEqual(expected), 20_000);
  await Promise.all([events.stop(1_000), jobs.stop(1_000)]);
}

test(
  "everything is there afterwards, with its own times, and the old store starts no more",
  { timeout: 60_000 },
  async () => {
    const directory = scratchDirectory();
    await fill(directory, 30);
    const settings = settingsFor(directory);
    const { io, told } = output();
    const began = Date.now();
    expect(await migrate(settings, systemClock, io)).toBe(0);
    expect(told.out).toContain("documents     46 moved, 46 there\n");
    expect(told.out).toContain("lines         105 moved, 105 there\n");
    expect(told.out).toContain("counters      1 moved, 1 there\n");
    expect(told.out).toContain("events        60 moved, 60 there\n");
    expect(told.out).toContain("jobs          30 moved, 30 there\n");
    expect(told.out).toContain("dead letters  15 moved, 15 there\n");
    const store = await openStore(settings, systemClock);
    expect((await store.load("contact 1", "latest"))?.writtenAt).toBeLessThan(began);
    expect((await store.history("contact 1", { limit: 1 }))[0]?.at).toBeLessThan(began);
    await holdsEverything(store, 30);
    await store.close();

    const start = openEmbeddedStore({ directory, clock: systemClock });
    await expect(start).rejects.toThrow(`was moved to ${server.url} (namespace ${settings.namespace}) by heed migrate`);
    // Once more changes nothing.
    const again = output();
    expect(await migrate(settings, systemClock, again.io)).toBe(0);
    const there = `--store ${server.url} --namespace ${settings.namespace}`;
    const place = `${server.url} (namespace ${settings.namespace})`;
    expect(again.told.out).toBe(`everything was moved to ${place} already\n`);
    // Whoever obeys must not speak from a namespace that knows of no STOP.
    for (const { err } of [told, again.told]) expect(err).toContain(`from now on: heed run ${there}`);
    await expect(openEmbeddedStore({ directory, clock: systemClock })).rejects.toThrow(`run with ${there};`);
    const other = settingsFor(directory);
    await expect(migrate(other, systemClock, output().io)).rejects.toThrow(
      `moved to ${place} already: run with ${there}`,
    );
    expect(await namespacesOf(server)).not.toContain(other.namespace);
  },
);

test("what a document waits for comes at its time, to whoever runs then", { timeout: 60_000 }, async () => {
  const directory = scratchDirectory();
  const clock = createTestClock();
  const embedded = await openEmbeddedStore({ directory, clock });
  const wakeAt = Date.now() + 4_000;
  await committed(embedded, { wakeAt });
  await committed(embedded, { key: "bob", wakeAt: null });
  await embedded.close();
  const settings = settingsFor(directory);
  await migrate(settings, systemClock, output().io);
  const store = await openJetStreamStore({ url: server.url, namespace: settings.namespace, clock: systemClock });
  const due = await collect(store, "due");
  await eventually(() => expect(due.deliveries.map(({ key, at }) => [key, at])).toEqual([["ada", wakeAt]]), 12_000);
  expect(Date.now()).toBeGreaterThanOrEqual(wakeAt);
  await store.close();
});

test("a store that is at work is not moved, nor one into a store that has contacts", { timeout: 60_000 }, async () => {
  const directory = scratchDirectory();
  const settings = settingsFor(directory);
  await expect(migrate(settings, systemClock, output().io)).rejects.toThrow("there is no embedded store in");
  const embedded = await openEmbeddedStore({ directory, clock: systemClock });
  await committed(embedded);
  await expect(migrate(settings, systemClock, output().io)).rejects.toThrow(Unsupported);
  await embedded.close();
  const target = await openJetStreamStore({ url: server.url, namespace: settings.namespace, clock: systemClock });
  await committed(target);
  await target.close();
  await expect(migrate(settings, systemClock, output().io)).rejects.toThrow("has contacts already, 1 of them");
  // It is as it was, and works on.
  await (await openEmbeddedStore({ directory, clock: systemClock })).close();
});

test(
  "a move that has not ended keeps Heed from running there, and no other is mixed into it",
  { timeout: 60_000 },
  async () => {
    const directory = scratchDirectory();
    await (await openEmbeddedStore({ directory, clock: systemClock })).close();
    const settings = settingsFor(directory);
    const to = { url: server.url, namespace: settings.namespace, clock: systemClock };
    const target = await openJetStreamImport(to);
    await target.prepare();
    const begun = { id: "begun", mark: null, done: false, moved: NOTHING, before: NOTHING };
    await target.tell(begun);
    await expect(openStore(settings, systemClock)).rejects.toThrow("repeat heed migrate");
    await expect(migrate(settings, systemClock, output().io)).rejects.toThrow("holds part of another move");

    // The same move goes on.
    const source = exportEmbeddedStore(directory, () => 0);
    await source.tell({ id: "begun", to: NOWHERE, done: false });
    await source.close();
    expect(await exportedMoving(directory)).toMatchObject({ id: "begun" });
    const { io, told } = output();
    expect(await migrate(settings, systemClock, io)).toBe(0);
    expect(told.err).toContain("goes on with a move that was interrupted");
    await (await openStore(settings, systemClock)).close();
    await target.close();
  },
);

test("a move that has begun is not begun elsewhere, and nothing is left there", async () => {
  const directory = scratchDirectory();
  await (await openEmbeddedStore({ directory, clock: systemClock })).close();
  const first = settingsFor(directory);
  const source = exportEmbeddedStore(directory, () => 0);
  await source.tell({ id: "begun", to: { url: server.url, namespace: first.namespace }, done: false });
  await source.close();
  const other = settingsFor(directory);
  await expect(migrate(other, systemClock, output().io)).rejects.toThrow(
    `end it with heed migrate --to ${server.url} --namespace ${first.namespace}`,
  );
  expect(await namespacesOf(server)).not.toContain(other.namespace);
  // It had not come far enough for the first place to know of it.
  expect(await migrate(first, systemClock, output().io)).toBe(0);
});

test("where Heed was only started, its own documents give way, unless it is at work or something is paused", async () => {
  const directory = scratchDirectory();
  const embedded = await openEmbeddedStore({ directory, clock: systemClock });
  await committed(embedded, { key: "heed:history", body: bytes(`{"of":"source"}`) });
  await embedded.close();
  const settings = settingsFor(directory);
  const target = await openJetStreamStore({ url: server.url, namespace: settings.namespace, clock: systemClock });
  await committed(target, { key: "heed:history", body: bytes(`{"of":"target"}`) });
  await committed(target, { key: "heed:versions:x", body: bytes("{}") });
  const killSwitch = createPauses(target, systemClock);
  await killSwitch.pause({ target: "all", reason: "paused", note: "", since: 0, until: null });
  await expect(migrate(settings, systemClock, output().io)).rejects.toThrow("something is paused in");
  await killSwitch.resume("all");
  const parts = { store: target, clock: systemClock, log: createLog(new PassThrough()), role: "decide", id: "one" };
  const member = await joinMembers({ ...parts, onShard: () => undefined });
  await expect(migrate(settings, systemClock, output().io)).rejects.toThrow("a Heed is at work in");
  await member.leave();
  const { io, told } = output();
  expect(await migrate(settings, systemClock, io)).toBe(0);
  expect(told.out).toContain("documents     1 moved, 1 there\n");
  expect(text((await target.load("heed:history", "latest"))?.body)).toBe(`{"of":"source"}`);
  expect(await target.load("heed:versions:x", "latest")).toBeNull();
  await target.close();
});

test("the account is read on from where it was: its seals hold, and nothing counts twice or never", async () => {
  const directory = scratchDirectory();
  const write = async (store: Store, from: number, count: number): Promise<void> => {
    for (let index = from; index < from + count; index += 1) {
      const line = {
        at: systemClock.now(),
        kind: "enrolled",
        rulebook: "r",
        rule: "trial",
        detail: { arm: "treated" },
      };
      const body = bytes(JSON.stringify(line));
      // Beside each line, what has a number of its own and no place in the account.
      await store.commit(
        change({ key: `id:${index}`, emit: [{ lane: "audit", id: "line", key: `id:${index}`, body }] }),
      );
    }
  };
  const keep = async (store: Store): Promise<void> => {
    const parts = { store, clock: systemClock, log: createLog(new PassThrough()), isMine: () => true };
    const figures = keepFigures(parts);
    await figures.catchUp();
    await figures.stop();
    await keepSeals({ ...parts, retention: () => ({ events: null, ledger: null }) }).stop();
  };
  const embedded = await openEmbeddedStore({ directory, clock: systemClock });
  await write(embedded, 0, 40);
  await keep(embedded);
  await write(embedded, 40, 5);
  await embedded.close();
  // Heed was started there once, so that its account does not begin with the first place.
  const settings = settingsFor(directory);
  const target = await openJetStreamStore({ url: server.url, namespace: settings.namespace, clock: systemClock });
  const killSwitch = createPauses(target, systemClock);
  await killSwitch.pause({ target: "all", reason: "paused", note: "", since: 0, until: null });
  await killSwitch.resume("all");
  expect(await migrate(settings, systemClock, output().io)).toBe(0);
  await write(target, 45, 5);
  const verify = () => verifySeals(target, { now: systemClock.now(), step: () => undefined });
  expect(await verify()).toMatchObject({ sound: 40, open: 10, findings: [] });
  await keep(target);
  expect(await verify()).toMatchObject({ sound: 50, open: 0, findings: [] });
  expect((await ruleFigures(target, "trial")).arms["treated"]?.enrolled).toBe(50);
  await target.close();
});

test("only a running Heed makes streams: a command beside it refuses a namespace in which nothing has run", async () => {
  const directory = scratchDirectory();
  const lived = settingsFor(directory);
  await (await openStore(lived, systemClock)).close();
  await (await openExistingStore(lived, systemClock)).close();
  const never = settingsFor(directory);
  const refused = openExistingStore(never, systemClock);
  await expect(refused).rejects.toThrow(`no Heed has run in the namespace ${never.namespace} on this server; it has: `);
  await expect(refused).rejects.toThrow(lived.namespace);
  expect(await namespacesOf(server)).not.toContain(never.namespace);
});

/** Also of those of which only a part is there. */
async function namespacesOf({ url }: NatsServer): Promise<readonly string[]> {
  const nc = await connect({ servers: url });
  const names: string[] = [];
  for await (const { config } of (await nc.jetstreamManager()).streams.list()) names.push(config.name);
  await nc.close();
  return names.flatMap((name) => /^KV_(.*)_[a-z]+$/.exec(name)?.[1] ?? name.replace(/_[A-Z]+$/, "").toLowerCase());
}

test("a start on the old store makes a move that has not ended void", async () => {
  const directory = scratchDirectory();
  await (await openEmbeddedStore({ directory, clock: systemClock })).close();
  const source = exportEmbeddedStore(directory, () => 0);
  await source.tell({ id: "begun", to: NOWHERE, done: false });
  await source.close();
  await (await openEmbeddedStore({ directory, clock: systemClock })).close();
  expect(await exportedMoving(directory)).toBeNull();
});

async function exportedMoving(directory: string) {
  const source = exportEmbeddedStore(directory, () => 0);
  const { moving } = source;
  await source.close();
  return moving;
}
