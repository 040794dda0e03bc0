import { FIRST_DAY_MS } from "../core/counting.ts";
import type { Clock } from "../core/model/clock.ts";
import type { Draw, RefusedDraw } from "../core/model/decision.ts";
import { idOf } from "../core/model/sha256.ts";
import type { Store } from "../store/store.ts";
import { changeHouse, type HouseKey } from "./house-documents.ts";
import { createCounters, type Demand, type SharedWindow } from "./counters.ts";

/** What caps over many contacts, budgets and first days have left. */
export interface SharedLimits {
  /** Takes from every counter or from none. Null when it did, else the first that had too little. */
  draw(draws: readonly Draw[]): Promise<RefusedDraw | null>;
  /** A person has looked at this rule and lets it go on: its first day is over. */
  endFirstDay(rule: string): Promise<void>;
}

export function createSharedLimits(store: Store, clock: Clock): SharedLimits {
  const counters = createCounters(store, clock);
  const firstDays = createFirstDays(store, clock);
  return {
    async draw(draws) {
      const taken: Demand[] = [];
      for (const [index, draw] of draws.entries()) {
        const window = draw.window.kind === "first_day" ? await firstDays.of(draw.window.rule) : draw.window;
        if (window === null) continue;
        const demand = { ...draw, window };
        const tooLittle = await counters.take(demand);
        if (tooLittle !== null) {
          for (const unused of taken) counters.giveBack(unused);
          return { index, ...tooLittle };
        }
        taken.push(demand);
      }
      return null;
    },
    endFirstDay: (rule) => firstDays.end(rule),
  };
}

interface FirstDays {
  /** Null when it is over. */
  of(rule: string): Promise<SharedWindow | null>;
  end(rule: string): Promise<void>;
}

/** Another process may have ended a rule's first day; a busy rule does not ask for each message. */
const FRESH_MS = 5_000;

/** When each rule's first message began: a small document each, which changes only to end the day early. */
function createFirstDays(store: Store, clock: Clock): FirstDays {
  const known = new Map<string, { readonly from: number; readonly readAt: number }>();
  const keyOf = (rule: string): HouseKey => `heed:first-day:${idOf(rule)}`;
  const beginningOf = async (rule: string): Promise<number> => {
    const cached = known.get(rule);
    if (cached !== undefined && clock.monotonic() - cached.readAt < FRESH_MS) return cached.from;
    const from = await changeHouse(store, keyOf(rule), (body) => {
      const begun = readBeginning(body);
      if (begun !== null) return { write: undefined, result: begun };
      const now = clock.now();
      return { write: { from: now }, result: now };
    });
    known.set(rule, { from, readAt: clock.monotonic() });
    return from;
  };
  return {
    async of(rule) {
      const from = await beginningOf(rule);
      const to = from + FIRST_DAY_MS;
      return clock.now() < to ? { kind: "span", from, to } : null;
    },
    async end(rule) {
      await changeHouse(store, keyOf(rule), () => ({ write: { from: 0 }, result: null }));
      known.delete(rule);
    },
  };
}

/** Written by this file alone. */
function readBeginning(body: unknown): number | null {
  return typeof body === "object" && body !== null && "from" in body && typeof body.from === "number"
    ? body.from
    : null;
}
