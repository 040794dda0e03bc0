import type { Draw } from "../../core/model/decision.ts";
import type { CounterSetting } from "./counters.ts";
import { createCounters } from "./counters.ts";
import { arms, type Arms } from "./log.ts";
import { createColumn } from "./numbers.ts";
import type { ArmName } from "./sums.ts";

/** What contacts drew from counters that they share with others, when nobody was in their way. */
export interface DrawLog {
  /** What numbers of counters mean: draws of an amount that is in a column. */
  readonly counters: readonly Omit<Draw, "amount">[];
  /** By draw. */
  readonly at: Float64Array;
  readonly clusters: Float64Array;
  readonly counterOf: Float64Array;
  readonly amounts: Float64Array;
  readonly arms: Float64Array;
}

export interface DrawLogWriter {
  write(cluster: number, at: number, draws: readonly Draw[]): void;
  /** Whose the draws are that were written since the last time. */
  sign(arms: Arms): void;
  finish(): DrawLog;
}

/** Without first days that were over before the recording. */
export function createDrawLog({ established }: Pick<CounterSetting, "established">): DrawLogWriter {
  const numbers = new Map<string, number>();
  const counters: Omit<Draw, "amount">[] = [];
  const [at, clusters, counterOf, amounts, signed] = [
    createColumn(),
    createColumn(),
    createColumn(),
    createColumn(),
    createColumn(),
  ];
  const numberOf = ({ counter, window, limit }: Draw): number => {
    const name = `${counter} ${limit} ${window.kind === "span" ? window.from : ""}`;
    const known = numbers.get(name);
    if (known !== undefined) return known;
    numbers.set(name, counters.length);
    return counters.push({ counter, window, limit }) - 1;
  };
  return {
    write(cluster, moment, draws) {
      for (const draw of draws) {
        if (draw.window.kind === "first_day" && established.has(draw.window.rule)) continue;
        at.push(moment);
        clusters.push(cluster);
        counterOf.push(numberOf(draw));
        amounts.push(draw.amount);
      }
    },
    sign(of) {
      while (signed.length < at.length) signed.push(of);
    },
    finish: () => ({
      counters,
      at: at.toShared(),
      clusters: clusters.toShared(),
      counterOf: counterOf.toShared(),
      amounts: amounts.toShared(),
      arms: signed.toShared(),
    }),
  };
}

/** Of one arm, of all draws of a log or of those of clusters that it `takes`. */
export interface DrawsOf {
  readonly draws: DrawLog;
  readonly takes: (cluster: number) => boolean;
}

export interface Drained {
  /** Counters, by name, that would have refused somebody, and their windows. */
  readonly dry: ReadonlyMap<string, Draw["window"]>;
  /** Names of the counters whose limits were scaled. */
  readonly scaled: readonly string[];
}

interface Drawn {
  readonly at: number;
  readonly cluster: number;
  readonly counter: Omit<Draw, "amount">;
  readonly amount: number;
}

/** Lets all draw in the order of time, and says which counters had too little for somebody. */
export function drain(sources: readonly DrawsOf[], arm: ArmName, setting: CounterSetting): Drained {
  const drawn: Drawn[] = [];
  for (const { draws, takes } of sources) {
    for (const [index, at] of draws.at.entries()) {
      const cluster = draws.clusters[index] ?? 0;
      const counter = draws.counters[draws.counterOf[index] ?? 0];
      if (((draws.arms[index] ?? 0) & arms[arm]) === 0 || counter === undefined || !takes(cluster)) continue;
      drawn.push({ at, cluster, counter, amount: draws.amounts[index] ?? 0 });
    }
  }
  drawn.sort((a, b) => a.at - b.at || a.cluster - b.cluster);
  const counters = createCounters(setting);
  const dry = new Map<string, Draw["window"]>();
  for (const { at, counter, amount } of drawn) {
    if (counters.draw([{ ...counter, amount }], at) !== null) dry.set(counter.counter, counter.window);
  }
  return { dry, scaled: counters.scaled() };
}

/** Clusters that drew from one of these counters. */
export function clustersOfDraws(
  { draws, takes }: DrawsOf,
  arm: ArmName,
  counters: ReadonlySet<string>,
): ReadonlySet<number> {
  const found = new Set<number>();
  for (const [index, number] of draws.counterOf.entries()) {
    const cluster = draws.clusters[index] ?? 0;
    const isOfArm = ((draws.arms[index] ?? 0) & arms[arm]) !== 0;
    if (isOfArm && takes(cluster) && counters.has(draws.counters[number]?.counter ?? "")) found.add(cluster);
  }
  return found;
}
