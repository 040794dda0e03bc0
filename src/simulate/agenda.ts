/** What happens next on the virtual clock: the earliest first, and of what is due at the same moment what was put first. */
export interface Agenda<Item> {
  put(at: number, item: Item): void;
  /** When the next one is due, in epoch milliseconds; null when nothing is. */
  nextAt(): number | null;
  take(): Item | undefined;
}

export function createAgenda<Item>(): Agenda<Item> {
  const entries: { readonly at: number; readonly item: Item }[] = [];
  return {
    put(at, item) {
      // From the end, because what is put is mostly the latest.
      let place = entries.length;
      while (place > 0 && (entries[place - 1]?.at ?? at) > at) place -= 1;
      entries.splice(place, 0, { at, item });
    },
    nextAt: () => entries[0]?.at ?? null,
    take: () => entries.shift()?.item,
  };
}
