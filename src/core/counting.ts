import type { CounterWindow, Draw, RefusedDraw } from "./model/decision.ts";

/** What was taken from counters that one process keeps for itself: the plain meaning of a draw, without leases. */
export type Counts = ReadonlyMap<string, readonly Taken[]>;

interface Taken {
  readonly at: number;
  readonly amount: number;
}

export const FIRST_DAY_MS = 24 * 3_600_000;

/** Takes from every counter or from none; `refused` is the first that has too little left. */
export function drawFrom(
  counts: Counts,
  draws: readonly Draw[],
  now: number,
): { readonly counts: Counts; readonly refused: RefusedDraw | null } {
  const after = new Map(counts);
  for (const [index, { counter, window, limit, amount }] of draws.entries()) {
    const taken = after.get(counter) ?? [];
    const counted = taken.filter(({ at }) => isCounted(window, taken, at, now));
    const used = counted.reduce((sum, { amount: each }) => sum + each, 0);
    if (isOver(window, taken, now) || used + amount <= limit) after.set(counter, [...taken, { at: now, amount }]);
    else {
      const refused = { index, freeAt: freeAt(window, counted, used + amount - limit, now), left: limit - used };
      return { counts, refused };
    }
  }
  return { counts: after, refused: null };
}

function isCounted(window: CounterWindow, taken: readonly Taken[], at: number, now: number): boolean {
  switch (window.kind) {
    case "rolling":
      return at > now - window.ms;
    case "span":
      return at >= window.from && at < window.to;
    case "first_day":
      return !isOver(window, taken, now);
  }
}

/** A first day begins with the first message and does not come back. */
function isOver(window: CounterWindow, taken: readonly Taken[], now: number): boolean {
  const [first] = taken;
  return window.kind === "first_day" && first !== undefined && now >= first.at + FIRST_DAY_MS;
}

/** When so much has left the window. */
function freeAt(window: CounterWindow, counted: readonly Taken[], missing: number, now: number): number {
  if (window.kind === "span") return window.to;
  if (window.kind === "first_day") return (counted[0]?.at ?? now) + FIRST_DAY_MS;
  let leaving = 0;
  for (const { at, amount } of counted) {
    leaving += amount;
    if (leaving >= missing) return at + window.ms;
  }
  return now + window.ms;
}
