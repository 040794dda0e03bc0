import type { RecordedEvent } from "../../plan/recording.ts";

/** So many events are held back at the most to put them in order: some tens of megabytes. */
const HELD_BACK = 20_000;

/**
 * Events in the order in which they came in, though they were written down in a slightly other one. What is so late that
 * more events than can be held back came before it goes on with the time of the one before it, and is told of.
 */
export async function* inOrder(
  events: AsyncIterable<RecordedEvent>,
  onLate: () => void,
  most = HELD_BACK,
): AsyncGenerator<RecordedEvent> {
  const heap: Held[] = [];
  let arrived = 0;
  let reached = Number.NEGATIVE_INFINITY;
  const next = (): RecordedEvent | null => {
    const event = takeFirst(heap)?.event;
    if (event === undefined) return null;
    if (event.at < reached) onLate();
    reached = Math.max(reached, event.at);
    return event.at === reached ? event : { ...event, at: reached };
  };
  for await (const event of events) {
    put(heap, { event, place: arrived++ });
    if (heap.length <= most) continue;
    const first = next();
    if (first !== null) yield first;
  }
  for (let event = next(); event !== null; event = next()) yield event;
}

/** Several recordings as one: the earliest of their next events, by turns. Each is in order. */
export async function* merged(all: readonly AsyncIterable<RecordedEvent>[]): AsyncGenerator<RecordedEvent> {
  const readers = all.map((each) => each[Symbol.asyncIterator]());
  const heads = await Promise.all(readers.map((reader) => reader.next()));
  for (;;) {
    let earliest: number | null = null;
    for (const [index, head] of heads.entries()) {
      if (head.done === true) continue;
      const best = earliest === null ? undefined : heads[earliest];
      if (best === undefined || best.done === true || head.value.at < best.value.at) earliest = index;
    }
    const head = earliest === null ? undefined : heads[earliest];
    const reader = earliest === null ? undefined : readers[earliest];
    if (earliest === null || head === undefined || head.done === true || reader === undefined) return;
    yield head.value;
    heads[earliest] = await reader.next();
  }
}

interface Held {
  readonly event: RecordedEvent;
  /** Of two that came in at once, the one that was written first goes first. */
  readonly place: number;
}

function isBefore(a: Held, b: Held): boolean {
  return a.event.at < b.event.at || (a.event.at === b.event.at && a.place < b.place);
}

/** A binary heap: the first is the earliest. */
function put(heap: Held[], held: Held): void {
  let index = heap.push(held) - 1;
  while (index > 0) {
    const above = (index - 1) >> 1;
    const parent = heap[above];
    if (parent === undefined || !isBefore(held, parent)) break;
    heap[index] = parent;
    index = above;
  }
  heap[index] = held;
}

function takeFirst(heap: Held[]): Held | undefined {
  const [first] = heap;
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return first;
  let index = 0;
  for (;;) {
    const left = 2 * index + 1;
    const [a, b] = [heap[left], heap[left + 1]];
    if (a === undefined) break;
    const [child, at] = b !== undefined && isBefore(b, a) ? [b, left + 1] : [a, left];
    if (!isBefore(child, last)) break;
    heap[index] = child;
    index = at;
  }
  heap[index] = last;
  return first;
}
