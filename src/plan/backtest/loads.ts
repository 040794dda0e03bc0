import { localDay } from "../../core/time/local-days.ts";
import type { DailyLoad } from "../plan.ts";
import type { ArmName } from "./sums.ts";

/** How much comes at once: for a contact on a day, for a channel in a minute. */
export interface Loads {
  /** `reaches`: whether the contact gets it, and not people of your own. */
  add(arm: ArmName, channel: string, at: number, reaches: boolean): void;
  /** The contact has been looked at. */
  next(): void;
  daily(arm: ArmName): DailyLoad;
  /** The most messages of one minute, and when it began; the first of several. */
  busiest(arm: ArmName, channel: string): { readonly count: number; readonly at: number };
}

const MINUTE_MS = 60_000;
/** Zones are off by quarters of an hour. */
const QUARTER_MS = 900_000;

/** Days are those of `zone`. */
export function createLoads(zone: string): Loads {
  const days = { base: new Map<number, number>(), head: new Map<number, number>() };
  /** How many contacts had so many messages on some day. */
  const loads = { base: new Map<number, number>(), head: new Map<number, number>() };
  const minutes = new Map<string, Map<number, number>>();
  const dayOf = createDayOf(zone);
  return {
    add(arm, channel, at, reaches) {
      if (reaches) increase(days[arm], dayOf(at));
      const key = `${arm} ${channel}`;
      const known = minutes.get(key) ?? new Map<number, number>();
      minutes.set(key, known);
      increase(known, Math.floor(at / MINUTE_MS));
    },
    next() {
      for (const arm of ["base", "head"] as const) {
        for (const count of days[arm].values()) increase(loads[arm], count);
        days[arm].clear();
      }
    },
    daily: (arm) => dailyLoad(loads[arm]),
    busiest(arm, channel) {
      let [most, minute] = [0, Number.POSITIVE_INFINITY];
      for (const [began, count] of minutes.get(`${arm} ${channel}`) ?? []) {
        if (count > most || (count === most && began < minute)) [most, minute] = [count, began];
      }
      return { count: most, at: most === 0 ? 0 : minute * MINUTE_MS };
    },
  };
}

function increase(counts: Map<number, number>, key: number): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function createDayOf(zone: string): (at: number) => number {
  const known = new Map<number, number>();
  return (at) => {
    const quarter = Math.floor(at / QUARTER_MS);
    const day = known.get(quarter) ?? localDay(at, zone);
    known.set(quarter, day);
    return day;
  };
}

function dailyLoad(counts: ReadonlyMap<number, number>): DailyLoad {
  const sorted = [...counts].toSorted(([a], [b]) => a - b);
  const all = sorted.reduce((sum, [, days]) => sum + days, 0);
  const percentile = (share: number): number => {
    let passed = 0;
    for (const [messages, days] of sorted) {
      passed += days;
      if (passed >= share * all) return messages;
    }
    return 0;
  };
  return { p50: percentile(0.5), p95: percentile(0.95), p99: percentile(0.99), max: sorted.at(-1)?.[0] ?? 0 };
}
