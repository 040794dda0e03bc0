import type { RecordedEvent } from "../../plan/recording.ts";

/** So many events are held back at the most to put them in order: some tens of megabytes. */
const HELD_BACK = 20_000;

/**
 * Events in the order in which they came in, though they were written down in a slightly other one. What is so late that
 * more events than can be held back came before it goes on with the time of the one before it, and is told of.
 */
export async function* inOrder(
  events: AsyncIterable<readonly RecordedEvent[]>,
  onLate: () => void,
  most = HELD_BACK,
): AsyncGenerator<readonly RecordedEvent[]> {
  const heap: Held[] = [];
  let arrived = 0;
  let reached = Number.NEGATIVE_INFINITY;
  /** Those that are in order as soon as no more than so many are held back. */
  const allBut = (held: number): readonly RecordedEvent[] => {
    const ordered: RecordedEvent[] = [];
    while (heap.length > held) {
      const event = takeFirst(heap)?.event;
      if (event === undefined) break;
      if (event.at < reached) onLate();
      reached = Math.max(reached, event.at);
      ordered.push(event.at === reached ? event : { ...event, at: reached });
    }
    return ordered;
  };
  for await (const some of events) {
    const ordered: RecordedEvent[] = [];
    for (const event of some) {
      put(heap, { event, place: arrived++ });
      ordered.push(...allBut(most));
    }
    yield ordered;
  }
  yield allBut(0);
}

/** Several recordings as one: the earliest of their next events, by turns. Each is in order. */
export async function* merged(
  all: readonly AsyncIterable<readonly RecordedEvent[]>[],
): AsyncGenerator<readonly RecordedEvent[]> {
  let open = await Promise.all(all.map((each) => refilled({ reader: each[Symbol.asyncIterator](), some: [], at: 0 })));
  for (;;) {
    open = open.filter(({ some, at }) => at < some.length);
    const [first, ...others] = open;
    if (first === undefined) return;
    const events: RecordedEvent[] = [];
    let earliest = first;
    // Until one has to be read on: only then is it known again whose turn it is.
    do {
      earliest = others.reduce((best, one) => (momentOf(one) < momentOf(best) ? one : best), first);
      const event = earliest.some[earliest.at];
      if (event !== undefined) events.push(event);
      earliest.at += 1;
    } while (earliest.at < earliest.some.length);
    yield events;
    await refilled(earliest);
  }
}

interface Reading {
  readonly reader: AsyncIterator<readonly RecordedEvent[]>;
  some: readonly RecordedEvent[];
  /** The next one of them. */
  at: number;
}

function momentOf({ some, at }: Reading): number {
  return some[at]?.at ?? Number.POSITIVE_INFINITY;
}

/** With something to read, or at its end with nothing. */
async function refilled(reading: Reading): Promise<Reading> {
  while (reading.at >= reading.some.length) {
    const next = await reading.reader.next();
    if (next.done === true) break;
    Object.assign(reading, { some: next.value, at: 0 });
  }
  return reading;
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
