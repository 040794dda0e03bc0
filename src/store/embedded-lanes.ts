import type { Clock } from "../core/model/clock.ts";
import {
  after,
  decodeDocument,
  decodeEntry,
  encodeEntry,
  entryKey,
  fingerprint,
  fromSortable,
  prefixed,
  sortable,
} from "./embedded-codec.ts";
import type { EmbeddedDatabase } from "./embedded-database.ts";
import type { StartedDeliveries } from "./embedded-started.ts";
import { createLaneHub } from "./lane-reader.ts";
import type { LaneHub, LaneQueue, QueuedEntry } from "./lane-reader.ts";
import type { Key, Lane } from "./store.ts";

export interface EmbeddedLanes extends LaneQueue {
  hub(lane: Lane): LaneHub;
  /** Within a transaction; returns its number, and how it lies there. */
  enqueue(lane: Lane, entry: Omit<QueuedEntry, "seq">): { readonly seq: number; readonly value: Buffer };
  /** Within a transaction: false when the id is known; otherwise it is from now on. */
  isFresh(lane: Lane, key: Key, id: string): boolean;
  wake(lanes: Iterable<Lane>): void;
  depth(): Record<string, number>;
  /** How often the process ended while it was at work on this delivery. */
  crashes(lane: Lane, key: Key, id: string): number;
  /** Removes one entry of a lane, delayed or not. False when it is not there. */
  remove(lane: Lane, seq: number): Promise<boolean>;
  /** Removes every entry of a key, in one lane or in all; there its tombstone stands already. Returns how many there were. */
  removeAll(key: Key, lane?: Lane): Promise<number>;
}

/** Delayed entries moved in one transaction. */
const RIPEN_BATCH = 1_000;
/** Entries looked at between two turns of the event loop while a key is being erased. */
const SWEEP_BATCH = 2_000;
/** An id is known for at least this long, and at most twice as long: ids are kept in buckets, and whole buckets go. */
const KNOWN_BUCKET_MS = 10 * 60_000;

export function createEmbeddedLanes(
  database: EmbeddedDatabase,
  started: StartedDeliveries,
  clock: Clock,
): EmbeddedLanes {
  const { ready, delayed, documents, crashes } = database.tables;
  const hubs = new Map<Lane, LaneHub>();
  const crashed = countCrashes(database, started);
  const counts = createCounts(database);
  const isFresh = createKnownIds(database, clock);
  const prefixes = new Map<Lane, Buffer>();

  function prefixOf(lane: Lane): Buffer {
    const found = prefixes.get(lane) ?? prefixed(lane);
    prefixes.set(lane, found);
    return found;
  }

  function place(lane: Lane, ...numbers: readonly number[]): Buffer {
    return Buffer.concat([prefixOf(lane), ...numbers.map(sortable)]);
  }

  function hub(lane: Lane): LaneHub {
    const found = hubs.get(lane) ?? createLaneHub();
    hubs.set(lane, found);
    return found;
  }

  function enqueue(lane: Lane, entry: Omit<QueuedEntry, "seq">): { readonly seq: number; readonly value: Buffer } {
    const seq = database.nextNumber();
    const value = encodeEntry(entry);
    ready.putSync(place(lane, seq), value);
    counts.add(lane, 1);
    return { seq, value };
  }

  /** Whether an entry with this number was there when its key was erased. */
  function isErased(key: Key, seq: number): boolean {
    const value = documents.getBinary(Buffer.from(key, "utf8"));
    if (value === undefined) return false;
    const document = decodeDocument(value);
    return document.erased && seq <= document.rev;
  }

  function crashesOf(lane: Lane, key: Key, id: string): number {
    return crashed.size === 0 ? 0 : (crashed.get(fingerprint(lane, key, id).toString("hex")) ?? 0);
  }

  /** Within a transaction. */
  function forgetCrashes(lane: Lane, key: Key, id: string): void {
    if (crashed.size === 0) return;
    const name = fingerprint(lane, key, id);
    if (crashed.delete(name.toString("hex"))) crashes.removeSync(name);
  }

  function open(lane: Lane, seq: number): QueuedEntry | null {
    const value = ready.getBinary(place(lane, seq));
    if (value === undefined) return null;
    const entry = decodeEntry(seq, value);
    if (isErased(entry.key, seq)) return null;
    return { ...entry, attempt: entry.attempt + crashesOf(lane, entry.key, entry.id) };
  }

  /** Within a transaction: the first delayed entries of a lane whose time has come go to its ready tail. */
  function moveRipe(lane: Lane, now: number): boolean {
    const due = [...delayed.getRange({ start: prefixOf(lane), end: place(lane, now + 1), limit: RIPEN_BATCH })];
    for (const { key, value } of due) {
      delayed.removeSync(key);
      counts.add(lane, -1);
      const entry = decodeEntry(0, value);
      if (!isErased(entry.key, fromSortable(key, key.length - 8))) enqueue(lane, entry);
    }
    return due.length > 0;
  }

  return {
    hub,
    enqueue,
    isFresh,
    crashes: crashesOf,
    *ready(lane, from) {
      for (const { key, value } of ready.getRange({ start: place(lane, from), end: after(prefixOf(lane)) })) {
        const seq = fromSortable(key, key.length - 8);
        yield { seq, key: entryKey(value), open: () => open(lane, seq) };
      }
    },
    async ripen(lane) {
      database.assertOpen();
      const now = clock.now();
      // Mostly nothing is due: look before opening a transaction.
      const [first] = delayed.getKeys({ start: prefixOf(lane), end: place(lane, now + 1), limit: 1 });
      return first !== undefined && (await counts.changing(() => moveRipe(lane, now)));
    },
    async settle(lane, entry, settlement) {
      await counts.changing(() => {
        const at = place(lane, entry.seq);
        // Erased in the meantime.
        if (!ready.doesExist(at)) return;
        ready.removeSync(at);
        counts.add(lane, -1);
        forgetCrashes(lane, entry.key, entry.id);
        if ("again" in settlement) {
          delayed.putSync(
            place(lane, settlement.again, entry.seq),
            encodeEntry({ ...entry, attempt: entry.attempt + 1 }),
          );
          counts.add(lane, 1);
        } else if ("dead" in settlement) {
          enqueue("dead", { ...entry, attempt: 1, reason: settlement.dead });
        }
      });
      if ("dead" in settlement) hub("dead").wake();
    },
    begin: (lane, key, id) => started.begin(fingerprint(lane, key, id)),
    wake(lanes) {
      for (const lane of new Set(lanes)) hubs.get(lane)?.wake();
    },
    depth: counts.read,
    remove: (lane, seq) =>
      counts.changing(() => {
        // A key of the database holds whole numbers: another would be rounded to one that is somebody's.
        const inReady = Number.isSafeInteger(seq) && ready.doesExist(place(lane, seq));
        const inDelayed = [...delayed.getKeys({ start: prefixOf(lane), end: after(prefixOf(lane)) })].filter(
          (name) => fromSortable(name, name.length - 8) === seq,
        );
        if (inReady) ready.removeSync(place(lane, seq));
        for (const name of inDelayed) delayed.removeSync(name);
        if (inReady || inDelayed.length > 0) counts.add(lane, -1);
        return inReady || inDelayed.length > 0;
      }),
    removeAll: (key, lane) => removeAll(database, counts, key, lane),
  };
}

async function removeAll({ tables }: EmbeddedDatabase, counts: Counts, key: Key, lane?: Lane): Promise<number> {
  const isDoomed = (item: { readonly key: Buffer; readonly value: Buffer }): boolean =>
    entryKey(item.value) === key && (lane === undefined || laneOf(item.key) === lane);
  let removed = 0;
  for (const table of [tables.ready, tables.delayed]) {
    for (let from: Buffer | null = Buffer.of(0); from !== null;) {
      const batch: readonly { readonly key: Buffer; readonly value: Buffer }[] = [
        ...table.getRange({ start: from, limit: SWEEP_BATCH }),
      ];
      const doomed = batch.flatMap((item) => (isDoomed(item) ? [item.key] : []));
      removed += await counts.changing(() => {
        const present = doomed.filter((name) => table.doesExist(name));
        for (const name of present) {
          table.removeSync(name);
          counts.add(laneOf(name), -1);
        }
        return present.length;
      });
      const last = batch.at(-1);
      from = last === undefined || batch.length < SWEEP_BATCH ? null : Buffer.concat([last.key, Buffer.of(0)]);
    }
  }
  return removed;
}

function laneOf(key: Buffer): string {
  return key.toString("utf8", 1, 1 + key.readUInt8(0));
}

/** Adds what the process before this one was at work on when it ended to what is remembered, and returns it all. */
function countCrashes(database: EmbeddedDatabase, started: StartedDeliveries): Map<string, number> {
  const { crashes } = database.tables;
  const counts = new Map<string, number>();
  for (const { key, value } of crashes.getRange()) counts.set(key.toString("hex"), value.readUInt32BE(0));
  if (started.leftOver.length === 0) return counts;
  crashes.transactionSync(() => {
    for (const name of started.leftOver) {
      const count = (counts.get(name.toString("hex")) ?? 0) + 1;
      counts.set(name.toString("hex"), count);
      const value = Buffer.alloc(4);
      value.writeUInt32BE(count);
      crashes.putSync(name, value);
    }
  });
  started.clear();
  return counts;
}

interface Counts {
  /** Within `changing`. */
  readonly add: (lane: string, difference: number) => void;
  /** A transaction whose failure throws the counts away. */
  readonly changing: <T>(change: () => T) => Promise<T>;
  readonly read: () => Record<string, number>;
}

/** Entries per lane, counted once and then kept up: counting a million keys takes a noticeable while. */
function createCounts(database: EmbeddedDatabase): Counts {
  const recount = (): Map<string, number> => countLanes(database.tables);
  let counts: Map<string, number> | null = recount();
  return {
    add: (lane, difference) => void counts?.set(lane, (counts.get(lane) ?? 0) + difference),
    async changing(change) {
      try {
        return await database.write(change);
      } catch (error) {
        counts = null;
        throw error;
      }
    },
    read() {
      counts ??= recount();
      return Object.fromEntries(counts);
    },
  };
}

/** Entries by lane, counted from one lane to the next. */
export function countLanes({
  ready,
  delayed,
}: Pick<EmbeddedDatabase["tables"], "ready" | "delayed">): Map<string, number> {
  const found = new Map<string, number>([
    ["events", 0],
    ["dead", 0],
  ]);
  for (const table of [ready, delayed]) {
    for (let start = Buffer.of(0); ;) {
      const [first] = table.getKeys({ start, limit: 1 });
      if (first === undefined) break;
      const lane = laneOf(first);
      const end = after(prefixed(lane));
      found.set(lane, (found.get(lane) ?? 0) + table.getKeysCount({ start: prefixed(lane), end }));
      start = Buffer.from(end);
    }
  }
  return found;
}

function createKnownIds(database: EmbeddedDatabase, clock: Clock): EmbeddedLanes["isFresh"] {
  const { known } = database.tables;
  const [newest] = known.getKeys({ reverse: true, limit: 1 });
  /** Never goes back, so that a clock that does forgets nothing. */
  let bucket = newest === undefined ? 0 : newest.readUInt32BE(0);
  const inBucket = (number: number, name: Buffer): Buffer => {
    const key = Buffer.allocUnsafe(4 + name.length);
    key.writeUInt32BE(number, 0);
    key.set(name, 4);
    return key;
  };
  return (lane, key, id) => {
    bucket = Math.max(bucket, Math.floor(clock.now() / KNOWN_BUCKET_MS), 1);
    const name = fingerprint(lane, key, id);
    if (known.doesExist(inBucket(bucket, name)) || known.doesExist(inBucket(bucket - 1, name))) return false;
    known.putSync(inBucket(bucket, name), Buffer.of(1));
    // Two go for one that comes: old buckets empty themselves without a pause.
    const old = [...known.getKeys({ end: inBucket(bucket - 1, Buffer.alloc(0)), limit: 2 })];
    for (const outdated of old) known.removeSync(outdated);
    return true;
  };
}
