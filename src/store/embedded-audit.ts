import { after, fingerprint, fromSortable, prefixed, sortable } from "./embedded-codec.ts";
import type { EmbeddedDatabase } from "./embedded-database.ts";
import type { AuditEntry, AuditLine, Key } from "./store.ts";

export interface EmbeddedAudit {
  /** Within a transaction. An id that the key's history has already changes nothing. */
  record(key: Key, entry: AuditEntry): void;
  /** Newest first. */
  page(key: Key, page: { readonly before?: string; readonly limit: number }): readonly AuditEntry[];
  /** Of one key, oldest first. */
  since(key: Key, moment: number): AsyncIterable<AuditEntry>;
  /** Of all keys, oldest first. */
  from(page: { readonly after?: number; readonly limit: number }): readonly AuditLine[];
  /** Removes up to `limit` entries, within a transaction; returns how many. */
  remove(key: Key, limit: number): number;
  /** The same of all keys: those that were recorded before a moment (epoch milliseconds), oldest first. */
  removeBefore(moment: number, limit: number): number;
}

/** Layout of a value: time, length of the id, id, body. */
const HEAD = 10;
/** Lines of one key read at once. */
const PAGE = 100;

export function createEmbeddedAudit(database: EmbeddedDatabase): EmbeddedAudit {
  const { audit, auditIds, auditOrder } = database.tables;
  return {
    record(key, entry) {
      const name = fingerprint(key, entry.id);
      if (auditIds.doesExist(name)) return;
      const number = sortable(database.nextNumber());
      const id = Buffer.from(entry.id, "utf8");
      const value = Buffer.allocUnsafe(HEAD + id.length + entry.body.byteLength);
      value.writeDoubleBE(entry.at, 0);
      value.writeUInt16BE(id.length, 8);
      value.set(id, HEAD);
      value.set(entry.body, HEAD + id.length);
      auditIds.putSync(name, number);
      audit.putSync(Buffer.concat([prefixed(key), number]), value);
      auditOrder.putSync(number, prefixed(key));
    },
    page(key, page) {
      database.assertOpen();
      return readAudit(database.tables, key, page);
    },
    async *since(key, moment) {
      const prefix = prefixed(key);
      for (let start = prefix; ;) {
        database.assertOpen();
        const page = [...audit.getRange({ start, end: after(prefix), limit: PAGE })];
        for (const { value } of page) if (value.readDoubleBE(0) >= moment) yield decodeAuditEntry(value);
        const last = page.at(-1);
        if (last === undefined || page.length < PAGE) return;
        start = Buffer.concat([last.key, Buffer.of(0)]);
      }
    },
    from(page) {
      database.assertOpen();
      return readAuditOrder(database.tables, page);
    },
    remove(key, limit) {
      const prefix = prefixed(key);
      const doomed = [...audit.getRange({ start: prefix, end: after(prefix), limit })];
      for (const { key: name, value } of doomed) {
        auditIds.removeSync(fingerprint(key, decodeAuditEntry(value).id));
        auditOrder.removeSync(name.subarray(prefix.length));
        audit.removeSync(name);
      }
      return doomed.length;
    },
    removeBefore(moment, limit) {
      let removed = 0;
      // What a range is walking over is not to be removed under it.
      const oldest = [...auditOrder.getRange({ start: Buffer.of(0), limit })];
      for (const { key: number, value: prefix } of oldest) {
        const name = Buffer.concat([prefix, number]);
        const value = audit.getBinary(name);
        const entry = value === undefined ? null : decodeAuditEntry(value);
        // In the order in which they came: what follows is younger.
        if (entry !== null && entry.at >= moment) break;
        if (entry !== null) auditIds.removeSync(fingerprint(ownerOf(name), entry.id));
        audit.removeSync(name);
        auditOrder.removeSync(number);
        removed += 1;
      }
      return removed;
    },
  };
}

/** Newest first. */
export function readAudit(
  { audit, auditIds }: Pick<EmbeddedDatabase["tables"], "audit" | "auditIds">,
  key: Key,
  { before, limit }: { readonly before?: string; readonly limit: number },
): readonly AuditEntry[] {
  const prefix = prefixed(key);
  const number = before === undefined ? undefined : auditIds.getBinary(fingerprint(key, before));
  if (before !== undefined && number === undefined) return [];
  const start = number === undefined ? after(prefix) : Buffer.concat([prefix, number]);
  // A reverse range includes its start and excludes its end; the start is the page before's.
  const range = audit.getRange({ start, end: prefix, reverse: true, limit: limit + 1 });
  return [...range].flatMap((item) => (item.key.equals(start) ? [] : [decodeAuditEntry(item.value)])).slice(0, limit);
}

/** Of all keys, oldest first. */
export function readAuditOrder(
  { audit, auditOrder }: Pick<EmbeddedDatabase["tables"], "audit" | "auditOrder">,
  { after: place, limit }: { readonly after?: number; readonly limit: number },
): readonly AuditLine[] {
  const start = place === undefined ? Buffer.of(0) : sortable(place + 1);
  return [...auditOrder.getRange({ start, limit })].flatMap(({ key: number, value: prefix }) => {
    const name = Buffer.concat([prefix, number]);
    const value = audit.getBinary(name);
    if (value === undefined) return [];
    return [{ place: fromSortable(number, 0), key: ownerOf(name), ...decodeAuditEntry(value) }];
  });
}

/** Whose entry this is, by its name in the table. */
export function ownerOf(name: Buffer): Key {
  return name.toString("utf8", 1, 1 + name.readUInt8(0));
}

export function decodeAuditEntry(value: Buffer): AuditEntry {
  const bodyAt = HEAD + value.readUInt16BE(8);
  return {
    at: value.readDoubleBE(0),
    id: value.toString("utf8", HEAD, bodyAt),
    body: new Uint8Array(value.subarray(bodyAt)),
  };
}
