import type { AuditLine, Key } from "./store.ts";

/** What was appended to the lane `events`. */
export interface MemoryPast {
  record(line: AuditLine): void;
  /** Oldest first. */
  from(
    page: { readonly after?: number; readonly limit: number },
    isErased: (key: Key) => boolean,
  ): readonly AuditLine[];
  /** Returns how many there were. */
  forget(key: Key): number;
  /** What came before a moment (epoch milliseconds). */
  removeBefore(moment: number): void;
}

export function createMemoryPast(assertOpen: () => void): MemoryPast {
  let lines: AuditLine[] = [];
  return {
    record: (line) => void lines.push(line),
    from({ after = 0, limit }, isErased) {
      assertOpen();
      return lines.filter(({ place, key }) => place > after && !isErased(key)).slice(0, limit);
    },
    forget(key) {
      const known = lines.length;
      lines = lines.filter((line) => line.key !== key);
      return known - lines.length;
    },
    removeBefore(moment) {
      assertOpen();
      lines = lines.filter(({ at }) => at >= moment);
    },
  };
}
