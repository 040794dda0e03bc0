import { mkdirSync, statfsSync } from "node:fs";
import { join } from "node:path";
import { open } from "lmdb";
import type { Database, RootDatabase } from "lmdb";
import { sortable } from "./embedded-codec.ts";
import { Unavailable } from "./store.ts";

export type Table = Database<Buffer, Buffer>;

export const TABLES = [
  "documents",
  "ready",
  "delayed",
  "timers",
  "audit",
  "auditIds",
  "auditOrder",
  "known",
  "past",
  "budgets",
  "crashes",
  "meta",
] as const;
export type TableName = (typeof TABLES)[number];

export interface EmbeddedDatabase {
  readonly tables: Readonly<Record<TableName, Table>>;
  /**
   * Runs `change` as one transaction and resolves with its answer when that is on disk. All or nothing: a throwing
   * `change` leaves no trace, and calls that come together share one flush. Rejects with Unavailable when the disk
   * refuses or the database is closed; then nothing was written.
   */
  write<T>(change: () => T): Promise<T>;
  /** Throws Unavailable when the store is closed. */
  assertOpen(): void;
  /** Within `write`: throws Unavailable when `adding` bytes do not fit. `intake` stops earlier than the rest. */
  assertRoom(adding: number, use: "intake" | "change"): void;
  /** The next number; ascending for ever, with gaps after a crash. Within `write` only. */
  nextNumber(): number;
  /** `release` is the last thing written. */
  close(release: (meta: Table) => void): Promise<void>;
}

export interface EmbeddedDatabaseOptions {
  readonly directory: string;
  readonly maxBytes: number;
  readonly keepFreeBytes: number;
  readonly monotonic: () => number;
  /** Called before anything is written: throws when the files are another's. Runs within a transaction of its own. */
  readonly claim: (meta: Table) => void;
}

/** Intake stops at this share of `maxBytes`: what was acknowledged must still have room to be decided. */
const INTAKE_SHARE = 0.9;
/** Numbers are taken from the disk in blocks, so that numbering costs no write of its own. */
const NUMBER_BLOCK = 1_000_000;
const DISK_CHECK_MS = 1_000;
/** Pages and index entries that one call touches beside its payload, generously. */
const OVERHEAD_BYTES = 4_096;

const BINARY = { encoding: "binary", keyEncoding: "binary" } as const;

export function openDatabase(options: EmbeddedDatabaseOptions): EmbeddedDatabase {
  mkdirSync(options.directory, { recursive: true, mode: 0o700 });
  assertDiskSpace(options.directory, options.keepFreeBytes, "opened");
  const root = open<Buffer, Buffer>({
    path: join(options.directory, "store.mdb"),
    maxDbs: TABLES.length,
    ...BINARY,
    // A commit is then flushed before it is visible, and its promise resolves after both. Grouping loses nothing by it.
    overlappingSync: false,
    // With batching by event turn lmdb 3.5.6 rejects an internal promise of its own when a commit fails (a full disk, say),
    // which nobody can catch and which ends the process.
    eventTurnBatching: false,
  });
  const table = (name: TableName): Table => root.openDB<Buffer, Buffer>({ name, ...BINARY });
  const tables = Object.fromEntries(TABLES.map((name) => [name, table(name)])) as Record<TableName, Table>;
  try {
    root.transactionSync(() => options.claim(tables.meta));
  } catch (error) {
    void root.close();
    throw error;
  }
  const numbers = createNumbers(root, tables.meta);
  const room = createRoom(options, root, Object.values(tables));
  let closed = false;
  const underWay = new Set<Promise<unknown>>();

  function assertOpen(): void {
    if (closed) throw new Unavailable("the embedded store is closed");
  }

  async function written<T>(change: () => T): Promise<T> {
    await numbers.reserve();
    try {
      return await root.childTransaction(change);
    } catch (error) {
      throw asUnavailable(error);
    }
  }

  return {
    tables,
    async write(change) {
      assertOpen();
      const writing = written(change);
      underWay.add(writing);
      try {
        return await writing;
      } finally {
        underWay.delete(writing);
      }
    },
    assertOpen,
    assertRoom: room,
    nextNumber: numbers.next,
    async close(release) {
      if (closed) return;
      closed = true;
      // A transaction that begins on a closed database leaves a thread behind that waits for it, and the process never ends.
      await Promise.allSettled(underWay);
      await root
        .childTransaction(() => release(tables.meta))
        .catch((error: unknown) => {
          // An owner that could not be removed is found dead by the next one.
          asUnavailable(error);
        });
      await root.close();
    },
  };
}

/** LMDB's failures become Unavailable; a mistake of ours, or an Unavailable thrown within the transaction, stays what it is. */
function asUnavailable(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof Unavailable) return error;
  if ("commitError" in error && error.commitError instanceof Promise) {
    // Rejects a moment later with LMDB's own error, and would end the process if nobody listened.
    error.commitError.catch(() => undefined);
    return new Unavailable("the embedded store could not write to its disk; check its free space", { cause: error });
  }
  if ("code" in error && typeof error.code === "number") {
    return new Unavailable("the embedded store could not write to its database", { cause: error });
  }
  if (error.message.includes("closed")) return new Unavailable("the embedded store is closed", { cause: error });
  return error;
}

interface Numbers {
  readonly next: () => number;
  /** Call before a transaction that may need numbers. */
  readonly reserve: () => Promise<void>;
}

function createNumbers(root: RootDatabase<Buffer, Buffer>, meta: Table): Numbers {
  const name = Buffer.from("numbers", "utf8");
  const stored = meta.getBinary(name);
  let next = stored === undefined ? 1 : stored.readUInt32BE(0) * 0x1_0000_0000 + stored.readUInt32BE(4);
  let end = next + NUMBER_BLOCK;
  root.transactionSync(() => meta.putSync(name, sortable(end)));
  let reserving: Promise<void> | null = null;
  return {
    next() {
      if (next >= end) throw new Unavailable("the embedded store ran out of reserved numbers; repeat the call");
      return next++;
    },
    async reserve() {
      // A tenth is more than the calls that can be under way while the next block is being reserved.
      if (end - next > NUMBER_BLOCK / 10) return;
      reserving ??= root
        .childTransaction(() => meta.putSync(name, sortable(end + NUMBER_BLOCK)))
        .then(() => {
          end += NUMBER_BLOCK;
        })
        .catch((error: unknown) => {
          throw asUnavailable(error);
        })
        .finally(() => {
          reserving = null;
        });
      await reserving;
    },
  };
}

/**
 * lmdb 3.5.6 grows its map by itself and never reports it full, so the limit is ours: the pages in use, measured when an
 * estimate comes near the limit, since a measurement costs a look at every table.
 */
function createRoom(
  options: EmbeddedDatabaseOptions,
  root: Table,
  tables: readonly Table[],
): EmbeddedDatabase["assertRoom"] {
  const { maxBytes, keepFreeBytes, directory, monotonic } = options;
  let estimate = usedBytes(root, tables);
  let diskChecked = monotonic();
  return (adding, use) => {
    const limit = use === "intake" ? maxBytes * INTAKE_SHARE : maxBytes;
    const needed = adding + OVERHEAD_BYTES;
    if (estimate + needed > limit) {
      estimate = usedBytes(root, tables);
      if (estimate + needed > limit) {
        throw new Full(`the embedded store is full: it uses ${estimate} of ${maxBytes} bytes`);
      }
    }
    estimate += needed;
    if (use === "intake" && monotonic() - diskChecked > DISK_CHECK_MS) {
      assertDiskSpace(directory, keepFreeBytes, "written to");
      diskChecked = monotonic();
    }
  };
}

/** By the limit that it was given: what may be forgotten can make room. */
export class Full extends Unavailable {
  constructor(message: string) {
    super(message, { code: "full", retryAfterMs: 5_000 });
  }
}

interface PageStats {
  readonly pageSize: number;
  readonly treeBranchPageCount: number;
  readonly treeLeafPageCount: number;
  readonly overflowPages: number;
}

function usedBytes(root: Table, tables: readonly Table[]): number {
  let bytes = 0;
  for (const table of [root, ...tables]) {
    const stats = table.getStats() as PageStats;
    bytes += (stats.treeBranchPageCount + stats.treeLeafPageCount + stats.overflowPages) * stats.pageSize;
  }
  return bytes;
}

/** On a disk without any space left even deleting fails, and mapping a new file ends the process: stop before that. */
function assertDiskSpace(directory: string, keepFreeBytes: number, verb: string): void {
  const { bavail, bsize } = statfsSync(directory);
  if (bavail * bsize >= keepFreeBytes) return;
  throw new Unavailable(
    `the embedded store is not ${verb} while its disk has only ${bavail * bsize} bytes free; at least ${keepFreeBytes} are kept for work already accepted`,
    { code: "full", retryAfterMs: 5_000 },
  );
}
