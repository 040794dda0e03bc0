/**
 * Chance as a pure function of what it is drawn for. Every part of a simulation draws from streams of its own, so that a
 * draw more in one place, or an event less, leaves the luck of all others as it was: that is what makes a failing seed
 * shrinkable.
 */
export interface Chance {
  /** Uniform in [0, 1). */
  fraction(): number;
  /** A whole number, both ends included. */
  between(min: number, max: number): number;
  /** True with this probability. */
  happens(probability: number): boolean;
  pick<T>(from: readonly T[]): T;
}

export function chanceOf(...parts: readonly (string | number)[]): Chance {
  let state = hash(parts.join("\u0000"));
  const fraction = (): number => {
    // mulberry32: 32 bits of state are plenty for streams that are short and many.
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const between = (min: number, max: number): number => min + Math.floor(fraction() * (max - min + 1));
  return {
    fraction,
    between,
    happens: (probability) => fraction() < probability,
    pick(from) {
      const found = from[between(0, from.length - 1)];
      if (found === undefined) throw new RangeError("there is nothing to pick from");
      return found;
    },
  };
}

/** FNV-1a over UTF-16 code units, with a last stir, because its low bits are weak. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  value = Math.imul(value ^ (value >>> 16), 0x45d9f3b);
  return (value ^ (value >>> 16)) | 0;
}
