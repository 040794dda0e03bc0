import { FIRST_DAY_MS } from "../../core/counting.ts";
import type { CounterWindow, Draw, RefusedDraw } from "../../core/model/decision.ts";

/**
 * What all contacts draw from together, as `core/counting.ts` means it, for a month of draws: nothing is looked at twice.
 * Of a sample of contacts, limits are that share of theirs.
 */
export interface Counters {
  draw(draws: readonly Draw[], now: number): RefusedDraw | null;
  /** Names of the counters whose limits were scaled. */
  scaled(): readonly string[];
}

export interface CounterSetting {
  readonly sample: number;
  /** Rules, by the ids under which they began, whose first day was over before the recording. */
  readonly established: ReadonlySet<string>;
}

export function createCounters({ sample, established }: CounterSetting): Counters {
  const counters = new Map<string, Counter>();
  const scaled = new Set<string>();
  const counterOf = ({ counter: name, window }: Draw): Counter => {
    const known = counters.get(name) ?? createCounter(window);
    counters.set(name, known);
    return known;
  };
  return {
    draw(draws, now) {
      const open = draws
        .map((draw, index) => ({ draw, index }))
        .filter(({ draw: { window } }) => window.kind !== "first_day" || !established.has(window.rule));
      for (const { draw, index } of open) {
        if (sample < 1) scaled.add(draw.counter);
        const refused = counterOf(draw).look(draw, limitOf(draw, sample), now);
        if (refused !== null) return { index, ...refused };
      }
      for (const { draw } of open) counterOf(draw).take(draw.amount, now);
      return null;
    },
    scaled: () => [...scaled].toSorted(),
  };
}

/** Of messages at least one, or the sample would fall silent. */
function limitOf({ limit, counter }: Draw, sample: number): number {
  if (sample >= 1) return limit;
  return counter.startsWith("budget/") ? limit * sample : Math.max(1, Math.round(limit * sample));
}

interface Counter {
  look(draw: Draw, limit: number, now: number): Omit<RefusedDraw, "index"> | null;
  take(amount: number, now: number): void;
}

function createCounter(window: CounterWindow): Counter {
  return window.kind === "rolling" ? createRolling(window.ms) : createSpan();
}

/** What was taken and when, oldest first; what has left the window is passed over once and for all. */
function createRolling(ms: number): Counter {
  let taken: { readonly at: number; readonly amount: number }[] = [];
  let [first, used] = [0, 0];
  return {
    look({ amount }, limit, now) {
      for (let oldest = taken[first]; oldest !== undefined && oldest.at <= now - ms; oldest = taken[first]) {
        used -= oldest.amount;
        first += 1;
      }
      if (first > 1_000 && first > taken.length / 2) {
        taken = taken.slice(first);
        first = 0;
      }
      const missing = used + amount - limit;
      if (missing <= 0) return null;
      let leaving = 0;
      for (let index = first; index < taken.length; index += 1) {
        leaving += taken[index]?.amount ?? 0;
        if (leaving >= missing) return { freeAt: (taken[index]?.at ?? now) + ms, left: limit - used };
      }
      return { freeAt: now + ms, left: limit - used };
    },
    take(amount, now) {
      taken.push({ at: now, amount });
      used += amount;
    },
  };
}

/** Of a calendar's day, week or month, or of the first day, the sum is all that matters. */
function createSpan(): Counter {
  let [from, used] = [Number.NEGATIVE_INFINITY, 0];
  let began: number | null = null;
  return {
    look({ window, amount }, limit, now) {
      if (window.kind === "span" && window.from !== from) [from, used] = [window.from, 0];
      if (window.kind === "first_day" && began !== null && now >= began + FIRST_DAY_MS) return null;
      if (used + amount <= limit) return null;
      const freeAt = window.kind === "span" ? window.to : (began ?? now) + FIRST_DAY_MS;
      return { freeAt, left: limit - used };
    },
    take(amount, now) {
      used += amount;
      began ??= now;
    },
  };
}
