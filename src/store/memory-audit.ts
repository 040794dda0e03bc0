import type { AuditEntry, AuditLine, Key } from "./store.ts";

export interface MemoryAudit {
  record(key: Key, entry: AuditEntry): void;
  /** Of one key, newest first. */
  page(key: Key, page: { readonly before?: string; readonly limit: number }): readonly AuditEntry[];
  /** Of one key, oldest first. */
  since(key: Key, moment: number): AsyncIterable<AuditEntry>;
  /** Of all keys, oldest first. */
  from(page: { readonly after?: number; readonly limit: number }): readonly AuditLine[];
  /** Returns how many there were. */
  forget(key: Key): number;
  /** Of all keys: what was recorded before a moment (epoch milliseconds). */
  removeBefore(moment: number): void;
}

export function createMemoryAudit(nextNumber: () => number, assertOpen: () => void): MemoryAudit {
  const entries = new Map<Key, AuditEntry[]>();
  /** By number, which is the order in which they came. */
  const places = new Map<number, { readonly key: Key; readonly entry: AuditEntry }>();
  return {
    record(key, entry) {
      entries.set(key, [...(entries.get(key) ?? []), entry]);
      places.set(nextNumber(), { key, entry });
    },
    page(key, page) {
      assertOpen();
      const newestFirst = entries.get(key)?.toReversed() ?? [];
      const start = page.before === undefined ? 0 : newestFirst.findIndex(({ id }) => id === page.before) + 1;
      return page.before !== undefined && start === 0 ? [] : newestFirst.slice(start, start + page.limit);
    },
    async *since(key, moment) {
      assertOpen();
      for (const entry of entries.get(key) ?? []) if (entry.at >= moment) yield entry;
    },
    from({ after = 0, limit }) {
      assertOpen();
      const lines: AuditLine[] = [];
      for (const [place, { key, entry }] of places) {
        if (lines.length >= limit) break;
        if (place > after) lines.push({ place, key, ...entry });
      }
      return lines;
    },
    forget(key) {
      const removed = entries.get(key)?.length ?? 0;
      entries.delete(key);
      for (const [place, { key: owner }] of places) if (owner === key) places.delete(place);
      return removed;
    },
    removeBefore(moment) {
      for (const [place, { key, entry }] of places) {
        if (entry.at >= moment) break;
        places.delete(place);
        const left = (entries.get(key) ?? []).filter((each) => each !== entry);
        if (left.length === 0) entries.delete(key);
        else entries.set(key, left);
      }
    },
  };
}
