import { FIRST_DAY_MS } from "../../../src/core/counting.ts";
import type { Draw, RefusedDraw } from "../../../src/core/model/decision.ts";

interface Counter {
  /** What was taken, oldest first; `from` is where what still counts begins. */
  readonly taken: { readonly at: number; readonly amount: number }[];
  from: number;
  used: number;
  /** Of a span: which one. */
  span: number;
  first: number | null;
}

/** What production's workers share, for millions of draws: the meaning is that of `core/counting.ts`. */
export function createCounters(): { draw(draws: readonly Draw[], now: number): RefusedDraw | null } {
  const counters = new Map<string, Counter>();
  return {
    draw(draws, now) {
      const looked = draws.map((draw) => ({ draw, counter: settled(counters, draw, now) }));
      for (const [index, { draw, counter }] of looked.entries()) {
        if (isOpen(draw, counter, now) || counter.used + draw.amount <= draw.limit) continue;
        return { index, freeAt: freeAt(draw, counter, now), left: draw.limit - counter.used };
      }
      for (const { draw, counter } of looked) {
        counter.used += draw.amount;
        counter.first ??= now;
        if (draw.window.kind === "rolling") counter.taken.push({ at: now, amount: draw.amount });
      }
      return null;
    },
  };
}

/** The counter without what has left its window. */
function settled(counters: Map<string, Counter>, { counter: name, window }: Draw, now: number): Counter {
  const known = counters.get(name) ?? { taken: [], from: 0, used: 0, span: 0, first: null };
  counters.set(name, known);
  if (window.kind === "span" && known.span !== window.from) {
    known.used = 0;
    known.span = window.from;
  }
  if (window.kind !== "rolling") return known;
  for (let oldest = known.taken[known.from]; oldest !== undefined; oldest = known.taken[known.from]) {
    if (oldest.at > now - window.ms) break;
    known.used -= oldest.amount;
    known.from += 1;
  }
  return known;
}

function isOpen({ window }: Draw, { first }: Counter, now: number): boolean {
  return window.kind === "first_day" && first !== null && now >= first + FIRST_DAY_MS;
}

function freeAt({ window, limit, amount }: Draw, counter: Counter, now: number): number {
  if (window.kind === "span") return window.to;
  if (window.kind === "first_day") return (counter.first ?? now) + FIRST_DAY_MS;
  let missing = counter.used + amount - limit;
  for (const { at, amount: each } of counter.taken.slice(counter.from)) {
    missing -= each;
    if (missing <= 0) return at + window.ms;
  }
  return now + window.ms;
}
