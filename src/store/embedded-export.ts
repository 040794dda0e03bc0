import { existsSync } from "node:fs";
import { join } from "node:path";
import { decodeAuditEntry, ownerOf } from "./embedded-audit.ts";
import { decodeDocument, decodeEntry, fromSortable, sortable } from "./embedded-codec.ts";
import { readCounter } from "./embedded-counters.ts";
import { openDatabase } from "./embedded-database.ts";
import type { EmbeddedDatabase, Table } from "./embedded-database.ts";
import { readMoving, writeMoving } from "./embedded-moving.ts";
import { assertNotOpenHere, claimOwnership, releaseOwnership } from "./embedded-owner.ts";
import type { Moved, StoreExport } from "./migration.ts";
import { Unsupported } from "./store.ts";
import type { Lane } from "./store.ts";

/** Documents first and what is still to be done last, so that whoever begins too early finds contacts and no work. */
const ORDER = ["documents", "auditOrder", "budgets", "ready", "delayed"] as const;
const BATCH = 500;

/**
 * Everything that an embedded store holds. Takes the store for itself: throws Unsupported when a process has it open, or
 * when there is none.
 */
export function exportEmbeddedStore(directory: string, monotonic: () => number): StoreExport {
  if (!existsSync(join(directory, "store.mdb"))) throw new Unsupported(`there is no embedded store in ${directory}`);
  assertNotOpenHere(directory);
  const database = openDatabase({
    directory,
    maxBytes: Number.POSITIVE_INFINITY,
    keepFreeBytes: 0,
    monotonic,
    claim: (meta) => claimOwnership(meta, directory),
  });
  const { tables } = database;
  return {
    about: ORDER.reduce((sum, name) => sum + tables[name].getKeysCount(), 0),
    *items(after) {
      const [last, token = ""] = after === null ? [ORDER[0]] : after.split(" ");
      for (const name of ORDER.slice(ORDER.findIndex((candidate) => candidate === last))) {
        const start = name === last && token !== "" ? behind(Buffer.from(token, "base64url")) : Buffer.of(0);
        for (const { key, value } of rangeOf(tables[name], start)) {
          const item = readItem(database, name, key, value);
          if (item !== null) yield { item, mark: `${name} ${key.toString("base64url")}` };
        }
      }
    },
    linesUpTo: (place) => tables.auditOrder.getKeysCount({ end: sortable(place + 1) }),
    moving: readMoving(tables.meta),
    tell: (moving) => database.write(() => writeMoving(tables.meta, moving)),
    close: () => database.close((meta) => releaseOwnership(meta, directory)),
  };
}

/** In batches: a cursor must not stay open while what it found is on its way. */
function* rangeOf(table: Table, from: Buffer): Iterable<{ readonly key: Buffer; readonly value: Buffer }> {
  for (let start = from; ;) {
    const batch = [...table.getRange({ start, limit: BATCH })];
    yield* batch;
    const last = batch.at(-1);
    if (last === undefined || batch.length < BATCH) return;
    start = behind(last.key);
  }
}

function behind(key: Buffer): Buffer<ArrayBuffer> {
  return Buffer.concat([key, Buffer.of(0)]);
}

function readItem(
  { tables }: EmbeddedDatabase,
  from: (typeof ORDER)[number],
  key: Buffer,
  value: Buffer,
): Moved | null {
  switch (from) {
    case "documents":
      return readDocument(tables.timers, key, value);
    case "auditOrder": {
      const name = Buffer.concat([value, key]);
      const entry = tables.audit.getBinary(name);
      return entry === undefined ? null : { kind: "line", key: ownerOf(name), ...decodeAuditEntry(entry) };
    }
    case "budgets":
      return readCounter(value);
    case "ready":
    case "delayed":
      return readDelivery(tables.documents, key, value);
  }
}

function readDocument(timers: Table, name: Buffer, value: Buffer): Moved {
  const { erased, body, writtenAt, timer } = decodeDocument(value);
  const key = name.toString("utf8");
  if (erased) return { kind: "tombstone", key, writtenAt };
  const place = Number.isNaN(timer) ? undefined : timers.getBinary(Buffer.concat([sortable(timer), name]));
  return { kind: "document", key, body, writtenAt, wakeAt: place === undefined ? null : fromSortable(place, 8) };
}

/** What was there when its key was erased is on its way out. */
function readDelivery(documents: Table, place: Buffer, value: Buffer): Moved | null {
  const { seq, id, key, body, at, reason } = decodeEntry(fromSortable(place, place.length - 8), value);
  const document = documents.getBinary(Buffer.from(key, "utf8"));
  const owner = document === undefined ? null : decodeDocument(document);
  if (owner?.erased === true && seq <= owner.rev) return null;
  const lane = place.toString("utf8", 1, 1 + place.readUInt8(0));
  return isLane(lane) ? { kind: "delivery", lane, key, id, at, body, ...(reason !== undefined && { reason }) } : null;
}

function isLane(name: string): name is Exclude<Lane, "due"> {
  return name === "events" || name === "dead" || name.startsWith("jobs.");
}
