import { chmodSync, existsSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../core/model/clock.ts";
import { readDue, REOFFER_MS } from "./due-reader.ts";
import { createEmbeddedAudit } from "./embedded-audit.ts";
import type { EmbeddedAudit } from "./embedded-audit.ts";
import { decodeDocument, encodeDocument, sortable } from "./embedded-codec.ts";
import type { StoredDocument } from "./embedded-codec.ts";
import { encodeCounter, placeOfCounter, takenOf } from "./embedded-counters.ts";
import { Full, openDatabase } from "./embedded-database.ts";
import type { EmbeddedDatabase } from "./embedded-database.ts";
import { readDeadLetters } from "./embedded-dead.ts";
import { createEmbeddedLanes } from "./embedded-lanes.ts";
import type { EmbeddedLanes } from "./embedded-lanes.ts";
import { assertNotOpenHere, claimOwnership, releaseOwnership } from "./embedded-owner.ts";
import { stayHere } from "./embedded-moving.ts";
import { openStartedDeliveries } from "./embedded-started.ts";
import { createEmbeddedPast } from "./embedded-past.ts";
import type { EmbeddedPast } from "./embedded-past.ts";
import { createEmbeddedTimers } from "./embedded-timers.ts";
import type { EmbeddedTimers } from "./embedded-timers.ts";
import { checkKey, checkPayload, MAX_BODY_BYTES } from "./input-limits.ts";
import { readLane } from "./lane-reader.ts";
import {
  type Commit,
  type Committed,
  type Consumer,
  type Doc,
  EVENTS_KEPT_MS,
  type Fact,
  type Key,
  type Lane,
  type Retention,
  type Store,
} from "./store.ts";

export interface EmbeddedStoreOptions {
  /** Made, for its owner only, when it does not exist. */
  readonly directory: string;
  readonly clock: Clock;
  /**
   * Bytes that live data may use. Intake stops at 90 %, so that what was accepted can still be decided; the file itself
   * can be somewhat larger. Without it the disk is the limit.
   */
  readonly maxBytes?: number;
  /** Bytes of the disk that intake leaves free, 64 MiB unless given. */
  readonly keepFreeBytes?: number;
  /** See `REOFFER_MS`. */
  readonly reofferMs?: number;
}

const KEEP_FREE_BYTES = 64 * 1024 * 1024;
const DAY_MS = 86_400_000;
/** Audit entries removed in one transaction. */
const ERASE_BATCH = 500;
/** The same for those that are too old: each keeps the writers waiting for some milliseconds. */
const EXPIRE_BATCH = 500;

const RESIDUAL = [
  "free pages of the database file store.mdb, until later writes reuse them",
  "copies of the data directory made by back-ups or snapshots of the file system",
];

interface Parts {
  readonly clock: Clock;
  readonly database: EmbeddedDatabase;
  readonly lanes: EmbeddedLanes;
  readonly timers: EmbeddedTimers;
  readonly audit: EmbeddedAudit;
  readonly past: EmbeddedPast;
}

/**
 * The default: everything in one LMDB file, one process, nothing else to install. An answer means it is on the disk.
 * Rejects with Unsupported when another process has the directory open, with Unavailable when its disk is full.
 */
export async function openEmbeddedStore(options: EmbeddedStoreOptions): Promise<Store> {
  const { clock, directory } = options;
  assertNotOpenHere(directory);
  const database = openDatabase({
    directory,
    maxBytes: options.maxBytes ?? Number.POSITIVE_INFINITY,
    keepFreeBytes: options.keepFreeBytes ?? KEEP_FREE_BYTES,
    monotonic: () => clock.monotonic(),
    claim: (meta) => {
      stayHere(meta, directory);
      claimOwnership(meta, directory);
    },
  });
  for (const file of ["store.mdb", "store.mdb-lock"]) {
    if (existsSync(join(directory, file))) chmodSync(join(directory, file), 0o600);
  }
  const started = openStartedDeliveries(join(directory, "started"));
  const lanes = createEmbeddedLanes(database, started, clock);
  const parts: Parts = {
    clock,
    database,
    lanes,
    timers: createEmbeddedTimers(database, clock),
    audit: createEmbeddedAudit(database),
    past: createEmbeddedPast(database),
  };
  return createStore(parts, {
    reofferMs: options.reofferMs ?? REOFFER_MS,
    version: "embedded (LMDB)",
    async close() {
      await database.close((meta) => releaseOwnership(meta, directory));
      started.close();
    },
  });
}

interface Rest {
  readonly reofferMs: number;
  readonly version: string;
  readonly close: () => Promise<void>;
}

function createStore(parts: Parts, rest: Rest): Store {
  const { clock, database, lanes, timers, audit, past } = parts;
  const { documents } = database.tables;
  const dueReaders = new Set<{ notify(): void }>();
  const consumers = new Set<Consumer>();
  let closing: Promise<void> | null = null;

  function tracked(consumer: Consumer, onStop: () => void): Consumer {
    const handle: Consumer = {
      async stop(drainMs) {
        consumers.delete(handle);
        onStop();
        await consumer.stop(drainMs);
      },
    };
    consumers.add(handle);
    return handle;
  }

  function read(key: Key): StoredDocument | null {
    const value = documents.getBinary(Buffer.from(key, "utf8"));
    return value === undefined ? null : decodeDocument(value);
  }

  return {
    traits: { durable: "disk", shared: false, maxBody: MAX_BODY_BYTES, version: rest.version },
    async append(facts) {
      database.assertOpen();
      for (const fact of facts) checkPayload("fact", fact);
      const answers = await writeWithRoom(parts, () => appendAll(parts, facts));
      lanes.wake(["events", "dead"]);
      return answers;
    },
    async load(key) {
      database.assertOpen();
      checkKey(key);
      const found = read(key);
      return found === null || found.erased ? null : toDoc(key, found);
    },
    async commit(commit) {
      database.assertOpen();
      checkKey(commit.key);
      if (commit.body.byteLength > MAX_BODY_BYTES) return { ok: false, why: "too-large" };
      for (const emit of commit.emit) checkPayload("emit", emit);
      const answer = await writeWithRoom(parts, () => change(parts, commit, read));
      lanes.wake(commit.emit.flatMap(({ lane }) => (lane === "audit" ? [] : [lane])));
      if (commit.wakeAt !== null && commit.wakeAt <= clock.now()) for (const reader of dueReaders) reader.notify();
      return answer;
    },
    async consume(lane, consume, handle): Promise<Consumer> {
      database.assertOpen();
      const hub = lanes.hub(lane);
      const isClosed = (): boolean => closing !== null;
      if (lane !== "due") {
        const consumer = readLane({ ...consume, clock, lane, queue: lanes, hub, handle, isClosed });
        return tracked(consumer, () => undefined);
      }
      const reader = readDue({
        ...consume,
        clock,
        claims: hub.claims,
        beginPass: timers.beginPass,
        isCurrent: ({ key, rev }) => String(read(key)?.rev) === rev,
        begin: ({ key, rev }) => ({ attempt: 1 + lanes.crashes("due", key, rev), ended: lanes.begin("due", key, rev) }),
        bury: ({ key, rev, at }, reason) => bury(parts, { key, rev, at, reason }, read),
        handle,
        isClosed,
        reofferMs: rest.reofferMs,
      });
      dueReaders.add(reader);
      return tracked(reader, () => dueReaders.delete(reader));
    },
    async deadLetters(page) {
      database.assertOpen();
      return readDeadLetters(database.tables, page);
    },
    settleDead: (place) => lanes.remove("dead", place),
    take: (budget, window, limit, want) => database.write(() => take(parts, { budget, window, limit, want })),
    history: async (key, page) => audit.page(key, page),
    historySince: (key, since) => audit.since(key, since),
    audit: async (page) => audit.from(page),
    pastEvents: async (page) => past.from(page),
    async scan(page) {
      database.assertOpen();
      const found: Doc[] = [];
      const start =
        page.after === undefined ? Buffer.of(0) : Buffer.concat([Buffer.from(page.after, "utf8"), Buffer.of(0)]);
      for (const { key, value } of documents.getRange({ start })) {
        if (found.length >= page.limit) break;
        const document = decodeDocument(value);
        if (!document.erased) found.push(toDoc(key.toString("utf8"), document));
      }
      return found;
    },
    async erase(key) {
      checkKey(key);
      return { removed: await erase(parts, key, read), residual: RESIDUAL };
    },
    async forget(key) {
      checkKey(key);
      return { removed: await forget(parts, key), residual: RESIDUAL };
    },
    expire: (retention) => expire(parts, retention),
    async health() {
      if (closing !== null) return { ok: false, problems: ["the embedded store is closed"], depth: {} };
      const problems: string[] = [];
      try {
        database.assertRoom(0, "intake");
      } catch (error) {
        problems.push(error instanceof Error ? error.message : String(error));
      }
      return { ok: problems.length === 0, problems, depth: { ...lanes.depth(), due: timers.due() } };
    },
    close() {
      closing ??= (async () => {
        await Promise.all([...consumers].map((consumer) => consumer.stop(0)));
        await rest.close();
      })();
      return closing;
    },
  };
}

function toDoc(key: Key, document: StoredDocument): Doc {
  return { key, rev: String(document.rev), body: document.body, writtenAt: document.writtenAt };
}

/** What came in and was decided is kept only while there is room: the oldest of it yields to what must be written. */
async function writeWithRoom<T>({ database, past }: Parts, write: () => T): Promise<T> {
  for (;;) {
    try {
      return await database.write(write);
    } catch (fault) {
      if (!(fault instanceof Full)) throw fault;
      const removed = await database.write(() => past.removeBefore(Number.POSITIVE_INFINITY, EXPIRE_BATCH));
      if (removed === 0) throw fault;
    }
  }
}

type Read = (key: Key) => StoredDocument | null;

function appendAll(
  { clock, database, lanes, past }: Parts,
  facts: readonly Fact[],
): readonly { readonly fresh: boolean }[] {
  database.assertRoom(
    // Each lies there twice: to be decided, and as what came in.
    facts.reduce((sum, { body }) => sum + 2 * body.byteLength + 512, 0),
    "intake",
  );
  const now = clock.now();
  return facts.map(({ id, key, body, dead, at = now }) => {
    const lane: Lane = dead === undefined ? "events" : "dead";
    const fresh = lanes.isFresh(lane, key, id);
    if (!fresh) return { fresh };
    const reason = dead === undefined ? {} : { reason: dead };
    const { seq, value } = lanes.enqueue(lane, { id, key, body, at, attempt: 1, ...reason });
    if (lane === "events") past.record(seq, key, value);
    return { fresh };
  });
}

function change({ clock, database, lanes, timers, audit }: Parts, commit: Commit, read: Read): Committed {
  const found = read(commit.key);
  if (found?.erased === true) return { ok: false, why: "erased" };
  if ((found === null ? "new" : String(found.rev)) !== commit.base) return { ok: false, why: "conflict" };
  database.assertRoom(
    commit.emit.reduce((sum, { body }) => sum + body.byteLength + 512, commit.body.byteLength),
    "change",
  );
  const writtenAt = clock.now();
  const rev = database.nextNumber();
  if (found !== null) timers.clear(commit.key, found.timer);
  const timer = commit.wakeAt === null ? Number.NaN : timers.set(commit.key, rev, commit.wakeAt);
  const document = encodeDocument({ erased: false, rev, writtenAt, timer, body: commit.body });
  database.tables.documents.putSync(Buffer.from(commit.key, "utf8"), document);
  for (const { lane, id, key, body } of commit.emit) {
    if (lane === "audit") {
      if (key === commit.key || read(key)?.erased !== true) audit.record(key, { at: writtenAt, id, body });
    } else if (lanes.isFresh(lane, key, id)) {
      lanes.enqueue(lane, { id, key, body, at: writtenAt, attempt: 1 });
    }
  }
  return { ok: true, rev: String(rev) };
}

/** The document keeps its revision and loses its wake-up, which goes to the dead lane. */
async function bury(
  { database, lanes, timers }: Parts,
  wakeUp: { key: Key; rev: string; at: number; reason: string },
  read: Read,
): Promise<void> {
  const { key, rev, at, reason } = wakeUp;
  await database.write(() => {
    const found = read(key);
    if (found === null || found.erased || String(found.rev) !== rev) return;
    timers.clear(key, found.timer);
    database.tables.documents.putSync(Buffer.from(key, "utf8"), encodeDocument({ ...found, timer: Number.NaN }));
    lanes.enqueue("dead", { id: rev, key, body: new Uint8Array(0), at, attempt: 1, reason });
  });
  lanes.wake(["dead"]);
}

interface Take {
  readonly budget: string;
  readonly window: { readonly from: number; readonly to: number };
  readonly limit: number;
  readonly want: number;
}

function take({ clock, database }: Parts, { budget, window, limit, want }: Take): number {
  const { budgets } = database.tables;
  const name = { budget, ...window };
  const taken = takenOf(budgets.getBinary(placeOfCounter(name)));
  const granted = Math.max(0, Math.min(want, limit - taken));
  budgets.putSync(placeOfCounter(name), encodeCounter(name, taken + granted));
  // Windows that ended a day before this one can't be asked for any more, unless the clock is far off.
  const old = [...budgets.getKeys({ end: sortable(Math.min(clock.now(), window.to) - DAY_MS), limit: 2 })];
  for (const outdated of old) budgets.removeSync(outdated);
  return granted;
}

/** The tombstone first: from then on nothing of the key is read, decided or delivered, whatever happens to the sweeping. */
async function erase(parts: Parts, key: Key, read: Read): Promise<number> {
  const { clock, database, lanes, timers, past } = parts;
  const removed = await database.write(() => {
    const found = read(key);
    if (found !== null) timers.clear(key, found.timer);
    const tombstone = {
      erased: true,
      rev: database.nextNumber(),
      writtenAt: clock.now(),
      timer: Number.NaN,
      body: new Uint8Array(0),
    };
    database.tables.documents.putSync(Buffer.from(key, "utf8"), encodeDocument(tombstone));
    return found === null || found.erased ? 0 : 1;
  });
  return removed + (await forgetHistory(parts, key)) + (await lanes.removeAll(key)) + (await past.removeAll(key));
}

async function expire({ clock, database, audit, past }: Parts, { ledger, events }: Retention): Promise<boolean> {
  database.assertOpen();
  const now = clock.now();
  const removed = await database.write(() => [
    past.removeBefore(now - (events ?? EVENTS_KEPT_MS), EXPIRE_BATCH),
    ledger === null ? 0 : audit.removeBefore(now - ledger, EXPIRE_BATCH),
  ]);
  return removed.includes(EXPIRE_BATCH);
}

/** Its history last, as the port says. */
async function forget(parts: Parts, key: Key): Promise<number> {
  await parts.past.removeAll(key);
  return (await parts.lanes.removeAll(key, "dead")) + (await forgetHistory(parts, key));
}

async function forgetHistory({ database, audit }: Parts, key: Key): Promise<number> {
  let removed = 0;
  for (let more = ERASE_BATCH; more === ERASE_BATCH; removed += more) {
    more = await database.write(() => audit.remove(key, ERASE_BATCH));
  }
  return removed;
}
