/** What happens next on the virtual clock: the earliest first, and of what is due at the same moment what was put first. */
export interface Agenda<Item> {
  put(at: number, item: Item): void;
  /** When the next one is due, in epoch milliseconds; null when nothing is. */
  nextAt(): number | null;
  /** The next one, left where it is. */
  first(): Item | undefined;
  take(): Item | undefined;
}

interface Entry<Item> {
  readonly at: number;
  readonly number: number;
  readonly item: Item;
}

/** A binary heap: a recorded month puts hundreds of thousands. */
export function createAgenda<Item>(): Agenda<Item> {
  const heap: Entry<Item>[] = [];
  let put = 0;
  return {
    put(at, item) {
      put += 1;
      heap.push({ at, number: put, item });
      rise(heap, heap.length - 1);
    },
    nextAt: () => heap[0]?.at ?? null,
    first: () => heap[0]?.item,
    take() {
      const [first] = heap;
      const last = heap.pop();
      if (last !== undefined && heap.length > 0) {
        heap[0] = last;
        sink(heap, 0);
      }
      return first?.item;
    },
  };
}

function rise<Item>(heap: Entry<Item>[], from: number): void {
  let place = from;
  while (place > 0) {
    const parent = (place - 1) >> 1;
    if (!swapped(heap, place, parent)) return;
    place = parent;
  }
}

function sink<Item>(heap: Entry<Item>[], from: number): void {
  let place = from;
  for (;;) {
    const left = 2 * place + 1;
    const child = isBefore(heap[left + 1], heap[left]) ? left + 1 : left;
    if (!swapped(heap, child, place)) return;
    place = child;
  }
}

/** Puts the later of two places first when it is due first. */
function swapped<Item>(heap: Entry<Item>[], later: number, earlier: number): boolean {
  const [a, b] = [heap[later], heap[earlier]];
  if (a === undefined || b === undefined || !isBefore(a, b)) return false;
  heap[later] = b;
  heap[earlier] = a;
  return true;
}

function isBefore<Item>(a: Entry<Item> | undefined, b: Entry<Item> | undefined): boolean {
  if (a === undefined || b === undefined) return false;
  return a.at === b.at ? a.number < b.number : a.at < b.at;
}
