import { createHmac } from "node:crypto";
import { type Difference, differences, type Example, type ExampleMoment } from "../plan.ts";
import type { Pair } from "./differ.ts";
import { hash53 } from "./hash.ts";
import type { LogRow } from "./log.ts";
import type { Stories } from "./stories.ts";

/** One send that differs, as an example of how. */
export interface Candidate {
  readonly difference: Difference;
  readonly cluster: number;
  readonly row: LogRow;
  /** By chance, but always the same: the least one is taken. */
  readonly lot: number;
}

export interface Candidates {
  consider(cluster: number, pair: Pair): void;
  chosen(): readonly Candidate[];
}

const MOST_PER_DIFFERENCE = 6;
/** Of the same rule, channel and zone. */
const MOST_ALIKE = 3;

/** Chooses examples that show as much as possible: other rules first, then other channels and zones. */
export function createCandidates(seed: number): Candidates {
  /** By difference, and by rule, channel and zone. */
  const groups = new Map<Difference, Map<string, Candidate[]>>();
  return {
    consider(cluster, { base, head, differences: found }) {
      const row = head ?? base;
      if (row === null) return;
      const lot = hash53(`${cluster} ${row.trigger} ${row.rule} ${row.step}`, seed);
      for (const difference of found) {
        const alike = groups.get(difference) ?? new Map<string, Candidate[]>();
        groups.set(difference, alike);
        const group = `${row.rule} ${row.channel} ${row.zone}`;
        const best = [...(alike.get(group) ?? []), { difference, cluster, row, lot }];
        alike.set(group, best.sort((a, b) => a.lot - b.lot).slice(0, MOST_ALIKE));
      }
    },
    chosen: () => differences.flatMap((difference) => choose([...(groups.get(difference)?.values() ?? [])].flat())),
  };
}

/** One after the other, each time of those whose rule, channel and zone were taken least so far. */
function choose(candidates: readonly Candidate[]): readonly Candidate[] {
  const left = new Set(candidates);
  const taken = new Map<string, number>();
  const chosen: Candidate[] = [];
  while (chosen.length < MOST_PER_DIFFERENCE && left.size > 0) {
    const weights = (candidate: Candidate): readonly number[] => [
      ...sightsOf(candidate).map((sight) => taken.get(sight) ?? 0),
      candidate.lot,
    ];
    const [best] = [...left].toSorted((a, b) => compare(weights(a), weights(b)));
    if (best === undefined) break;
    left.delete(best);
    chosen.push(best);
    for (const sight of sightsOf(best)) taken.set(sight, (taken.get(sight) ?? 0) + 1);
  }
  return chosen;
}

function sightsOf({ cluster, row }: Candidate): readonly string[] {
  return [`contact ${cluster}`, `rule ${row.rule}`, `channel ${row.channel}`, `zone ${row.zone}`];
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (const [index, value] of a.entries()) {
    const other = b[index] ?? 0;
    if (value !== other) return value - other;
  }
  return 0;
}

/** What is told of a story around the message that it is about. */
const BEFORE = 12;
const AFTER = 12;

export interface Naming {
  /** Of contacts' names: who does not have it cannot find out whom a name stands for. */
  readonly key: string;
  readonly keyOf: (cluster: number) => string;
}

export function examplesOf(
  chosen: readonly Candidate[],
  stories: { readonly base: Stories; readonly head: Stories },
  { key, keyOf }: Naming,
): readonly Example[] {
  return chosen.map(({ difference, cluster, row }, index) => ({
    number: index + 1,
    difference,
    rule: row.rule,
    channel: row.channel,
    contact: createHmac("sha256", key).update(keyOf(cluster)).digest("hex").slice(0, 12),
    zone: row.zone,
    base: around(stories.base.get(cluster) ?? [], row.at),
    head: around(stories.head.get(cluster) ?? [], row.at),
  }));
}

function around(story: readonly ExampleMoment[], at: number): readonly ExampleMoment[] {
  const place = story.findIndex((moment) => moment.at >= at);
  const middle = place < 0 ? story.length : place;
  return story.slice(Math.max(0, middle - BEFORE), middle + AFTER);
}
