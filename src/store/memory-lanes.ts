import type { Clock } from "../core/model/clock.ts";
import { toDeadLetter } from "./dead-letters.ts";
import { createLaneHub } from "./lane-reader.ts";
import type { LaneHub, LaneQueue, QueuedEntry } from "./lane-reader.ts";
import type { Key, Lane, Store } from "./store.ts";

/** The lanes of the memory store. */
export interface MemoryLanes extends LaneQueue, Pick<Store, "deadLetters" | "settleDead"> {
  hub(lane: Lane): LaneHub;
  /** Returns its number. */
  enqueue(lane: Lane, entry: Omit<QueuedEntry, "seq">): number;
  /** False when the id is known; otherwise it is from now on. */
  isFresh(lane: Lane | "audit", key: Key, id: string): boolean;
  wake(lanes: Iterable<Lane>): void;
  /** Of one lane, or of all. */
  removeAll(key: Key, lane?: Lane): number;
  depth(): Record<string, number>;
}

/** The horizon within which an id is known again. */
const DEDUP_MS = 10 * 60_000;

interface MemoryLane {
  /** By ascending sequence number: entries are only ever added at the end. */
  readonly ready: Map<number, QueuedEntry>;
  readonly delayed: Map<number, { readonly entry: QueuedEntry; readonly until: number }>;
  readonly hub: LaneHub;
}

/** `nextNumber` numbers the entries; `assertOpen` throws when the store is closed. */
export function createMemoryLanes(clock: Clock, nextNumber: () => number, assertOpen: () => void): MemoryLanes {
  const lanes = new Map<Lane, MemoryLane>();
  const known = new Map<string, number>();

  function laneOf(lane: Lane): MemoryLane {
    const found = lanes.get(lane);
    if (found !== undefined) return found;
    const made: MemoryLane = { ready: new Map(), delayed: new Map(), hub: createLaneHub() };
    lanes.set(lane, made);
    return made;
  }

  function enqueue(lane: Lane, entry: Omit<QueuedEntry, "seq">): number {
    const seq = nextNumber();
    laneOf(lane).ready.set(seq, { ...entry, seq });
    return seq;
  }

  function isFresh(lane: Lane | "audit", key: Key, id: string): boolean {
    const now = clock.now();
    for (const [name, expiry] of known) {
      // In insertion order, so the first one that has not expired ends it.
      if (expiry > now) break;
      known.delete(name);
    }
    const name = JSON.stringify([lane, key, id]);
    if (known.has(name)) return false;
    known.set(name, now + DEDUP_MS);
    return true;
  }

  function wake(names: Iterable<Lane>): void {
    // Not within the caller's own call: a handler must not start before `append` or `commit` has returned.
    queueMicrotask(() => {
      for (const name of new Set(names)) lanes.get(name)?.hub.wake();
    });
  }

  return {
    hub: (lane) => laneOf(lane).hub,
    enqueue,
    isFresh,
    wake,
    *ready(lane, from) {
      for (const [seq, entry] of laneOf(lane).ready) {
        if (seq >= from) yield { seq, key: entry.key, open: () => laneOf(lane).ready.get(seq) ?? null };
      }
    },
    async ripen(lane) {
      const { delayed } = laneOf(lane);
      const now = clock.now();
      const ripe = [...delayed].filter(([, item]) => item.until <= now).toSorted(([, a], [, b]) => a.until - b.until);
      for (const [seq, item] of ripe) {
        delayed.delete(seq);
        enqueue(lane, item.entry);
      }
      return ripe.length > 0;
    },
    async settle(lane, entry, settlement) {
      assertOpen();
      if (!laneOf(lane).ready.delete(entry.seq)) return;
      if ("again" in settlement) {
        const next = { ...entry, attempt: entry.attempt + 1 };
        laneOf(lane).delayed.set(entry.seq, { entry: next, until: settlement.again });
      } else if ("dead" in settlement) {
        enqueue("dead", { ...entry, attempt: 1, reason: settlement.dead });
        wake(["dead"]);
      }
    },
    begin: () => () => undefined,
    removeAll(key, lane) {
      let removed = 0;
      for (const { ready, delayed } of lane === undefined ? lanes.values() : [laneOf(lane)]) {
        for (const [seq, entry] of ready) if (entry.key === key && ready.delete(seq)) removed += 1;
        for (const [seq, { entry }] of delayed) if (entry.key === key && delayed.delete(seq)) removed += 1;
      }
      return removed;
    },
    async deadLetters({ after = 0, limit }) {
      assertOpen();
      const { ready, delayed } = laneOf("dead");
      const all = [...ready.values(), ...[...delayed.values()].map(({ entry }) => entry)];
      const found = all.filter(({ seq }) => seq > after).toSorted((a, b) => a.seq - b.seq);
      return found.slice(0, limit).map(toDeadLetter);
    },
    async settleDead(place) {
      assertOpen();
      const { ready, delayed } = laneOf("dead");
      return ready.delete(place) || delayed.delete(place);
    },
    depth() {
      const depth: Record<string, number> = { events: 0, dead: 0 };
      for (const [lane, { ready, delayed }] of lanes) depth[lane] = ready.size + delayed.size;
      return depth;
    },
  };
}
