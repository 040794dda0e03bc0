import type { Estimate } from "../plan.ts";

/**
 * Sums over contacts of which only a sample was looked at. Contacts are what was drawn, so the spread between them, and
 * not between messages, says how far a sum may be off.
 */
export interface Tally {
  /** Adds to a sum for the contact that is looked at. */
  add(name: string, amount?: number): void;
  /** The contact has been looked at. */
  next(): void;
  /** What was seen, without those who were not drawn. */
  seen(name: string): number;
  /** What it is in the whole: `unit` is the least that one contact more would add. */
  estimate(name: string, unit?: number): Estimate;
  /** Of the whole, without bounds. */
  scaled(name: string): number;
  /** Of sums whose names have this end: how they begin, and their whole names, in order. */
  endingIn(end: string): readonly (readonly [beginning: string, name: string])[];
}

interface Sum {
  sum: number;
  squares: number;
  /** Of the contact that is looked at. */
  own: number;
}

/** Two-sided 95 % of a normal distribution. */
const Z = 1.96;
/** Where nobody of n drawn contacts did something, fewer than 3 of n do, with 95 %. */
const RULE_OF_THREE = 3;

export function createTally(sample: number): Tally {
  const sums = new Map<string, Sum>();
  const touched = new Set<Sum>();
  return {
    add(name, amount = 1) {
      const sum = sums.get(name) ?? { sum: 0, squares: 0, own: 0 };
      sums.set(name, sum);
      touched.add(sum);
      sum.own += amount;
    },
    next() {
      for (const sum of touched) {
        sum.sum += sum.own;
        sum.squares += sum.own ** 2;
        sum.own = 0;
      }
      touched.clear();
    },
    seen: (name) => sums.get(name)?.sum ?? 0,
    estimate(name, unit = 1) {
      const { sum, squares } = sums.get(name) ?? { sum: 0, squares: 0 };
      return estimateOf(sum, squares, sample, unit);
    },
    scaled: (name) => Math.round((sums.get(name)?.sum ?? 0) / sample),
    endingIn: (end) =>
      [...sums.keys()]
        .filter((name) => name.endsWith(end))
        .toSorted()
        .map((name) => [name.slice(0, -end.length), name]),
  };
}

/** By Horvitz and Thompson: each contact was drawn by itself, with the chance `sample`. */
function estimateOf(sum: number, squares: number, sample: number, unit: number): Estimate {
  if (sample >= 1) return { value: sum, low: sum, high: sum };
  if (sum === 0) return { value: 0, low: 0, high: Math.ceil((RULE_OF_THREE * unit) / sample) };
  const value = sum / sample;
  const reach = (Z * Math.sqrt((1 - sample) * squares)) / sample;
  // What was seen is there.
  return {
    value: Math.round(value),
    low: Math.max(sum, Math.floor(value - reach)),
    high: Math.ceil(value + reach),
  };
}
