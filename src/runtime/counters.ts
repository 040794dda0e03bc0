import type { Clock } from "../core/model/clock.ts";
import type { CounterWindow, Draw, TooLittle } from "../core/model/decision.ts";
import { idOf } from "../core/model/sha256.ts";
import type { Store } from "../store/store.ts";
import { changeHouse } from "./house-documents.ts";

/**
 * Counters that all workers share. A worker leases a slice of what is left and hands it out by itself, so a counter is
 * never overdrawn, whatever crashes; what a dead worker held is lost until its window has passed.
 */
export interface Counters {
  /** Null when taken. */
  take(demand: Demand): Promise<TooLittle | null>;
  /** For what was taken a moment ago and then not used after all. */
  giveBack(demand: Demand): void;
}

export interface Demand extends Draw {
  readonly window: SharedWindow;
}

export type SharedWindow = Exclude<CounterWindow, { readonly kind: "first_day" }>;

interface Lease {
  readonly left: number;
  /** What was leased last: it doubles while demand is quick, so that a burst costs few round trips. */
  readonly size: number;
  readonly leasedAt: number;
  /** When what is left can no longer be handed out. */
  readonly until: number;
}

interface Granted {
  readonly amount: number;
  readonly until: number;
  readonly freeAt: number;
}

/** Demand that comes back sooner than this gets a larger slice. */
const QUICK_MS = 1_000;
/** No slice is larger than this part of the limit: so much may be lost to a crash. */
const MOST_OF_LIMIT = 0.01;
/** Beyond this many, leases that have ended are forgotten. */
const MOST_LEASES = 1_000;

export function createCounters(store: Store, clock: Clock): Counters {
  const leases = new Map<string, Lease>();
  const turns = new Map<string, Promise<unknown>>();

  const lease = async (demand: Demand, want: number): Promise<Granted> => {
    const { counter, window, limit } = demand;
    if (window.kind === "rolling") return takeRolling(store, clock, demand, window.ms, want);
    const amount = await store.take(counter, { from: window.from, to: window.to }, limit, want);
    return { amount, until: window.to, freeAt: window.to };
  };
  const takeNow = async (demand: Demand): Promise<TooLittle | null> => {
    const key = keyOf(demand);
    const { limit, amount } = demand;
    const now = clock.now();
    const known = leases.get(key);
    const { left, size, leasedAt, until } = known !== undefined && known.until > now ? known : nothing;
    if (left >= amount) {
      leases.set(key, { left: left - amount, size, leasedAt, until });
      return null;
    }
    const more = now - leasedAt < QUICK_MS ? Math.min(size * 2, Math.floor(limit * MOST_OF_LIMIT)) : 0;
    const want = Math.max(amount - left, more);
    const granted = await lease(demand, want);
    const enough = left + granted.amount >= amount;
    leases.set(key, {
      left: left + granted.amount - (enough ? amount : 0),
      size: want,
      leasedAt: now,
      until: Math.min(until, granted.until),
    });
    return enough ? null : { freeAt: granted.freeAt, left: left + granted.amount };
  };
  return {
    async take(demand) {
      if (leases.size > MOST_LEASES) forgetEnded(leases, clock.now());
      const key = keyOf(demand);
      const turn = (turns.get(key) ?? Promise.resolve()).then(() => takeNow(demand));
      // Whoever comes next waits for this one, however it ends.
      const done = turn.catch(() => null);
      turns.set(key, done);
      try {
        return await turn;
      } finally {
        if (turns.get(key) === done) turns.delete(key);
      }
    },
    giveBack(demand) {
      const known = leases.get(keyOf(demand));
      if (known !== undefined) leases.set(keyOf(demand), { ...known, left: known.left + demand.amount });
    },
  };
}

const nothing: Lease = { left: 0, size: 0, leasedAt: 0, until: Number.POSITIVE_INFINITY };

function keyOf({ counter, window }: Demand): string {
  return window.kind === "rolling" ? counter : `${counter} ${window.from}`;
}

function forgetEnded(leases: Map<string, Lease>, now: number): void {
  for (const [key, { until }] of leases) if (until <= now) leases.delete(key);
}

/** How finely a rolling window is remembered. What is leased in a slice may be handed out until the slice ends. */
const SLICES = 60;

/**
 * A rolling window as a document: how much was leased in each of its slices. What a slice leased counts until a whole
 * window after the slice's end, so that no stretch of that length ever holds more than the limit.
 */
function takeRolling(
  store: Store,
  clock: Clock,
  { counter, limit }: Demand,
  windowMs: number,
  want: number,
): Promise<Granted> {
  const width = Math.max(1, Math.ceil(windowMs / SLICES));
  return changeHouse(store, `heed:counter:${idOf(counter)}`, (body) => {
    const now = clock.now();
    const from = Math.floor(now / width) * width;
    const counted = readSlices(body).filter(([start]) => start + width + windowMs > now);
    const used = counted.reduce((sum, [, taken]) => sum + taken, 0);
    const amount = Math.max(0, Math.min(want, limit - used));
    const freeAt = whenFree(counted, used + want - limit, width + windowMs, now);
    const result = { amount, until: from + width, freeAt };
    if (amount === 0) return { write: undefined, result };
    const mine = counted.find(([start]) => start === from)?.[1] ?? 0;
    const others = counted.filter(([start]) => start !== from);
    return { write: { slices: [...others, [from, mine + amount]] }, result };
  });
}

type Slice = readonly [start: number, amount: number];

/** When so much of the oldest slices has stopped to count. */
function whenFree(slices: readonly Slice[], missing: number, countsMs: number, now: number): number {
  let leaving = 0;
  for (const [start, amount] of slices.toSorted(([a], [b]) => a - b)) {
    leaving += amount;
    if (leaving >= missing) return start + countsMs;
  }
  return now + countsMs;
}

/** Documents of counters are written by this file alone. */
function readSlices(body: unknown): readonly Slice[] {
  const slices: unknown = typeof body === "object" && body !== null && "slices" in body ? body.slices : null;
  return Array.isArray(slices) ? slices.filter(isSlice) : [];
}

function isSlice(entry: unknown): entry is Slice {
  return Array.isArray(entry) && typeof entry[0] === "number" && typeof entry[1] === "number";
}
