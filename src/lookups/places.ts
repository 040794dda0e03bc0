/** So many at once, the others in the order in which they came. */
export interface Places {
  /** Resolves when there is a place; whoever got one leaves it. */
  enter(): Promise<void>;
  leave(): void;
  /** At work and waiting. */
  readonly taken: number;
}

export function createPlaces(atOnce: number): Places {
  const waiting: (() => void)[] = [];
  let busy = 0;
  return {
    get taken() {
      return busy + waiting.length;
    },
    enter() {
      if (busy < atOnce) {
        busy += 1;
        return Promise.resolve();
      }
      return new Promise((resolve) => void waiting.push(resolve));
    },
    leave() {
      const next = waiting.shift();
      if (next === undefined) busy -= 1;
      else next();
    },
  };
}
