import { decodeDocument, decodeEntry, entryKey, fromSortable, sortable } from "./embedded-codec.ts";
import type { EmbeddedDatabase, Table } from "./embedded-database.ts";
import { partitionOf } from "./partition.ts";
import type { AuditLine, Key } from "./store.ts";

/**
 * What came onto the lane `events`, kept when it is decided, in the order in which it came. Names are the number of the
 * place and the partition of whose it is, so that whoever is erased is found by reading little of what lies there.
 */
export interface EmbeddedPast {
  /** Within a transaction: an entry of the lane, by its number, as it lies there. */
  record(seq: number, key: Key, value: Buffer): void;
  /** Oldest first, without what belongs to erased keys. */
  from(page: { readonly after?: number; readonly limit: number }): readonly AuditLine[];
  /** Returns how many there were. */
  removeAll(key: Key): Promise<number>;
  /** Within a transaction: removes up to `limit` that came before a moment (epoch milliseconds); returns how many. */
  removeBefore(moment: number, limit: number): number;
}

/** Names looked at between two turns of the event loop while a key is being erased. */
const SWEEP_BATCH = 10_000;

export function createEmbeddedPast(database: EmbeddedDatabase): EmbeddedPast {
  const { past } = database.tables;
  return {
    record(seq, key, value) {
      past.putSync(Buffer.concat([sortable(seq), Buffer.of(partitionOf(key))]), value);
    },
    from(page) {
      database.assertOpen();
      return readPast(database.tables, page);
    },
    async removeAll(key) {
      const partition = partitionOf(key);
      let removed = 0;
      for (let start: Buffer | null = Buffer.of(0); start !== null;) {
        const names: readonly Buffer[] = [...past.getKeys({ start, limit: SWEEP_BATCH })];
        const likely = names.filter((name) => name[8] === partition);
        const isOurs = (name: Buffer): boolean => {
          const value = past.getBinary(name);
          return value !== undefined && entryKey(value) === key;
        };
        const remove = (): number => likely.filter((name) => isOurs(name) && past.removeSync(name)).length;
        removed += await database.write(remove);
        const last = names.at(-1);
        start = last === undefined || names.length < SWEEP_BATCH ? null : Buffer.concat([last, Buffer.of(0)]);
      }
      return removed;
    },
    removeBefore(moment, limit) {
      let removed = 0;
      // What a range is walking over is not to be removed under it.
      const oldest = [...past.getRange({ start: Buffer.of(0), limit })];
      for (const { key: name, value } of oldest) {
        if (decodeEntry(0, value).at >= moment) break;
        past.removeSync(name);
        removed += 1;
      }
      return removed;
    },
  };
}

/** Of all keys, oldest first. As many as asked for where there are, though erased ones lie between. */
export function readPast(
  { past, documents }: { readonly past: Table; readonly documents: Table },
  { after = 0, limit }: { readonly after?: number; readonly limit: number },
): readonly AuditLine[] {
  const erased = new Map<Key, boolean>();
  const isErased = (key: Key): boolean => {
    const known = erased.get(key);
    if (known !== undefined) return known;
    const value = documents.getBinary(Buffer.from(key, "utf8"));
    const found = value !== undefined && decodeDocument(value).erased;
    erased.set(key, found);
    return found;
  };
  const lines: AuditLine[] = [];
  for (const { key: name, value } of past.getRange({ start: sortable(after + 1) })) {
    if (lines.length >= limit) break;
    const place = fromSortable(name, 0);
    const { id, key, body, at } = decodeEntry(place, value);
    if (!isErased(key)) lines.push({ place, key, id, at, body });
  }
  return lines;
}
