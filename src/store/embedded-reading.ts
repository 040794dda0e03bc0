import { existsSync } from "node:fs";
import { join } from "node:path";
import { open } from "lmdb";
import { readAudit, readAuditOrder } from "./embedded-audit.ts";
import { decodeDocument } from "./embedded-codec.ts";
import type { Table } from "./embedded-database.ts";
import { readDeadLetters } from "./embedded-dead.ts";
import { countLanes } from "./embedded-lanes.ts";
import { readPast } from "./embedded-past.ts";
import { assertStore, NoStore } from "./embedded-files.ts";
import { checkKey } from "./input-limits.ts";
import type { Doc, Key, Store } from "./store.ts";

/** What can be read of a store that another process may have open. */
export interface Reading extends Pick<
  Store,
  "load" | "history" | "audit" | "pastEvents" | "scan" | "deadLetters" | "close"
> {
  /** Deliveries waiting, by lane. */
  depth(): Promise<Readonly<Record<string, number>>>;
}

const BINARY = { encoding: "binary", keyEncoding: "binary" } as const;

/**
 * Opens the files of an embedded store to read them, whether or not a process runs on them: LMDB gives each reader a
 * steady view and keeps no writer waiting. Throws Unsupported when there is no store.
 */
export function readEmbeddedStore(directory: string): Reading {
  const path = join(directory, "store.mdb");
  if (!existsSync(path)) throw new NoStore(directory);
  assertStore(path);
  const root = open<Buffer, Buffer>({ path, readOnly: true, maxDbs: 16, ...BINARY });
  const table = (name: string): Table => root.openDB<Buffer, Buffer>({ name, ...BINARY });
  /** A store that an older Heed wrote has no newer tables until somebody runs on it. */
  const tableIfAny = (name: string): Table | undefined => table(name);
  const tables = { documents: table("documents"), audit: table("audit"), auditIds: table("auditIds") };
  const lanes = { documents: tables.documents, ready: table("ready"), delayed: table("delayed") };
  const docOf = (key: Key, value: Buffer | undefined): Doc | null => {
    const document = value === undefined ? null : decodeDocument(value);
    if (document === null || document.erased) return null;
    return { key, rev: String(document.rev), body: document.body, writtenAt: document.writtenAt };
  };
  return {
    async load(key) {
      checkKey(key);
      return docOf(key, tables.documents.getBinary(Buffer.from(key, "utf8")));
    },
    async history(key, page) {
      return readAudit(tables, key, page);
    },
    async audit(page) {
      return readAuditOrder({ audit: tables.audit, auditOrder: table("auditOrder") }, page);
    },
    async pastEvents(page) {
      const past = tableIfAny("past");
      return past === undefined ? [] : readPast({ past, documents: tables.documents }, page);
    },
    async scan({ after: last, limit }) {
      const start = last === undefined ? Buffer.of(0) : Buffer.concat([Buffer.from(last, "utf8"), Buffer.of(0)]);
      const found: Doc[] = [];
      for (const { key, value } of tables.documents.getRange({ start })) {
        if (found.length >= limit) break;
        const doc = docOf(key.toString("utf8"), value);
        if (doc !== null) found.push(doc);
      }
      return found;
    },
    async deadLetters(page) {
      return readDeadLetters(lanes, page);
    },
    async depth() {
      return Object.fromEntries(countLanes(lanes));
    },
    async close() {
      await root.close();
    },
  };
}
