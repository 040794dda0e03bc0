import type { Key, Revision } from "./store.ts";

export interface WakeUp {
  readonly key: Key;
  readonly rev: Revision;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** One walk over all wake-ups that are due. */
export interface DuePass {
  /** The next one not yet walked over, or null for now: time may bring more. */
  next(now: number): WakeUp | null;
  end(): void;
}

/** When each document wants to be looked at, held in memory: the last word on a key counts. */
export interface WakeUps {
  /** `at` null: it does not want to be woken. */
  set(key: Key, rev: Revision, at: number | null): void;
  /** Whether the document still has the revision that wanted this. */
  readonly has: (wakeUp: Pick<WakeUp, "key" | "rev">) => boolean;
  readonly beginPass: (now: number) => DuePass;
  /** How many are due. */
  due(now: number): number;
  readonly size: number;
}

/** A binary heap of times over a map of truths: an outdated heap node is recognised and dropped when it surfaces. */
export function createWakeUps(): WakeUps {
  const pending = new Map<Key, WakeUp>();
  const ripe = new Map<Key, WakeUp>();
  const heap: WakeUp[] = [];
  /** What each walk has yet to see. */
  const walks = new Set<WakeUp[]>();

  function ripen(now: number): void {
    for (let top = heap[0]; top !== undefined && top.at <= now; top = heap[0]) {
      popTop(heap);
      if (pending.get(top.key) !== top) continue;
      pending.delete(top.key);
      ripe.set(top.key, top);
      for (const walk of walks) walk.push(top);
    }
  }

  return {
    set(key, rev, at) {
      pending.delete(key);
      ripe.delete(key);
      if (at === null) return;
      const wakeUp: WakeUp = { key, rev, at };
      pending.set(key, wakeUp);
      push(heap, wakeUp);
      if (heap.length > 2 * pending.size + 1_024) rebuild(heap, pending);
    },
    has: ({ key, rev }) => (pending.get(key) ?? ripe.get(key))?.rev === rev,
    beginPass(now) {
      ripen(now);
      const walk = [...ripe.values()];
      let position = 0;
      walks.add(walk);
      return {
        next(at) {
          ripen(at);
          while (position < walk.length) {
            const candidate = walk[position];
            position += 1;
            // What ripened before the clock moved back is not due any more; a later walk meets it again.
            if (candidate !== undefined && ripe.get(candidate.key) === candidate && candidate.at <= at)
              return candidate;
          }
          return null;
        },
        end: () => void walks.delete(walk),
      };
    },
    due(now) {
      ripen(now);
      return ripe.size;
    },
    get size() {
      return pending.size + ripe.size;
    },
  };
}

function push(heap: WakeUp[], item: WakeUp): void {
  let index = heap.length;
  heap.push(item);
  while (index > 0) {
    const parent = (index - 1) >> 1;
    const above = heap[parent];
    if (above === undefined || above.at <= item.at) break;
    heap[index] = above;
    index = parent;
  }
  heap[index] = item;
}

function popTop(heap: WakeUp[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  sink(heap, last, 0);
}

function sink(heap: WakeUp[], item: WakeUp, from: number): void {
  let index = from;
  for (;;) {
    const left = heap[2 * index + 1];
    const right = heap[2 * index + 2];
    const useRight = left !== undefined && right !== undefined && right.at < left.at;
    const child = useRight ? right : left;
    if (child === undefined || child.at >= item.at) break;
    heap[index] = child;
    index = 2 * index + (useRight ? 2 : 1);
  }
  heap[index] = item;
}

/** Outdated nodes would otherwise pile up when documents move a far wake-up again and again. */
function rebuild(heap: WakeUp[], pending: ReadonlyMap<Key, WakeUp>): void {
  const live = [...pending.values()].toSorted((a, b) => a.at - b.at);
  heap.length = 0;
  for (const wakeUp of live) heap.push(wakeUp);
}
