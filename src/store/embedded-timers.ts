import type { Clock } from "../core/model/clock.ts";
import { fromSortable, sortable } from "./embedded-codec.ts";
import type { EmbeddedDatabase } from "./embedded-database.ts";
import type { Key } from "./store.ts";
import type { DuePass, WakeUp } from "./wake-ups.ts";

/**
 * The index of wake-ups: when and whose, and for which revision. A wake-up that is past already when it is committed
 * stands at the time of the commit, ahead of a walk that has come that far; its own time is in the value.
 */
export interface EmbeddedTimers {
  /** Within a transaction. Returns where it stands, for `clear`. */
  set(key: Key, rev: number, wakeAt: number): number;
  /** Within a transaction. NaN for none. */
  clear(key: Key, timer: number): void;
  readonly beginPass: () => DuePass;
  due(): number;
}

const BATCH = 128;
/** Beyond this many, health says only that there are many. */
const COUNT_UP_TO = 100_000;

export function createEmbeddedTimers(database: EmbeddedDatabase, clock: Clock): EmbeddedTimers {
  const { timers } = database.tables;
  const place = (timer: number, key: Key): Buffer => Buffer.concat([sortable(timer), Buffer.from(key, "utf8")]);
  return {
    set(key, rev, wakeAt) {
      const timer = Math.floor(Math.max(wakeAt, clock.now()));
      timers.putSync(place(timer, key), Buffer.concat([sortable(rev), sortable(wakeAt)]));
      return timer;
    },
    clear(key, timer) {
      if (!Number.isNaN(timer)) timers.removeSync(place(timer, key));
    },
    beginPass() {
      let from = Buffer.of(0);
      let batch: WakeUp[] = [];
      return {
        next(now) {
          if (batch.length === 0) {
            const found = [...timers.getRange({ start: from, end: sortable(now + 1), limit: BATCH })];
            batch = found.map(({ key, value }) => ({
              key: key.toString("utf8", 8),
              rev: String(fromSortable(value, 0)),
              at: fromSortable(value, 8),
            }));
            const last = found.at(-1);
            if (last !== undefined) from = Buffer.concat([last.key, Buffer.of(0)]);
          }
          return batch.shift() ?? null;
        },
        end: () => undefined,
      };
    },
    due: () => timers.getKeysCount({ end: sortable(clock.now() + 1), limit: COUNT_UP_TO }),
  };
}
