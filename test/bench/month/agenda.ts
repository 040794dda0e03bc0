/** What is due, the earliest first: a binary heap, because a month has millions of moments. */
export interface Agenda<Item> {
  /** Of what is due at the same moment, the lower rank comes first, then what was put first. */
  put(at: number, rank: number, item: Item): void;
  nextAt(): number;
  take(): { readonly at: number; readonly item: Item } | undefined;
}

interface Due<Item> {
  readonly at: number;
  readonly rank: number;
  readonly number: number;
  readonly item: Item;
}

export function createAgenda<Item>(): Agenda<Item> {
  const heap: Due<Item>[] = [];
  let puts = 0;
  const put = (due: Due<Item>): void => {
    let place = heap.length;
    heap.push(due);
    while (place > 0) {
      const parent = (place - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || !isBefore(due, above)) break;
      heap[place] = above;
      place = parent;
    }
    heap[place] = due;
  };
  const sink = (due: Due<Item>): void => {
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      const [left, right] = [heap[child], heap[child + 1]];
      if (left === undefined) break;
      if (right !== undefined && isBefore(right, left)) child += 1;
      const next = heap[child];
      if (next === undefined || !isBefore(next, due)) break;
      heap[place] = next;
      place = child;
    }
    heap[place] = due;
  };
  return {
    put: (at, rank, item) => put({ at, rank, number: (puts += 1), item }),
    nextAt: () => heap[0]?.at ?? Number.POSITIVE_INFINITY,
    take: () => {
      const [first] = heap;
      const last = heap.pop();
      if (first !== undefined && last !== undefined && heap.length > 0) sink(last);
      return first;
    },
  };
}

function isBefore<Item>(a: Due<Item>, b: Due<Item>): boolean {
  if (a.at !== b.at) return a.at < b.at;
  return a.rank !== b.rank ? a.rank < b.rank : a.number < b.number;
}
