import type { Rulebook } from "../../core/model/rulebook.ts";
import { reachesContact } from "../../core/model/rulebook.ts";
import { hourOfWeek } from "../../core/time/hour-of-week.ts";
import { type Pair, pairUp } from "./differ.ts";
import { isReactive } from "./hinges.ts";
import { type LogRow, rowsByCluster } from "./log.ts";
import { createLoads, type Loads } from "./loads.ts";
import type { Names } from "./names.ts";
import type { ArmCount } from "./play-both.ts";
import { readVariables, type Variables } from "./record-arm.ts";
import { type ArmName, placeOfRule, sums } from "./sums.ts";
import { createTally, type Tally } from "./tally.ts";

export interface Arm {
  readonly rulebook: Rulebook;
  readonly names: Names;
  readonly count: ArmCount;
}

export interface Compared {
  readonly tally: Tally;
  readonly loads: Loads;
  /** By rule and channel of head, milliseconds. */
  readonly retimed: ReadonlyMap<string, readonly number[]>;
  /** Rules and channels that anything was said of, as `place` writes them. */
  readonly places: ReadonlySet<string>;
  /** Head's rules by the names that base gives them. */
  readonly headIds: ReadonlyMap<string, string>;
  /** Counted sends of base that production did not make. */
  readonly extra: number;
  /** Variables of head's texts, in order. */
  readonly fallbacks: readonly FallbackCount[];
}

/** How often a variable of a text was empty. */
export interface FallbackCount {
  readonly rule: string;
  readonly step: string;
  readonly variable: string;
  readonly used: number;
  readonly of: number;
}

/** Who wants to see each send that differs: examples are chosen among them. */
export type OnPair = (cluster: number, pair: Pair) => void;

export interface Comparing {
  readonly base: Arm;
  readonly head: Arm;
  readonly clusters: number;
  readonly sample: number;
  readonly warmUpUntil: number;
  /** 1 of the recording's messages that the recording says were sent. */
  readonly isSent: Uint8Array;
  readonly zone: string;
}

/** Goes through all contacts once, and adds up what both arms did to each. */
export function compareArms(comparing: Comparing, onPair: OnPair): Compared {
  const { base, head, clusters, sample } = comparing;
  const tally = createTally(sample);
  const loads = createLoads(comparing.zone);
  const state = {
    ...comparing,
    tally,
    loads,
    retimed: new Map<string, number[]>(),
    places: new Set<string>(),
    headIds: new Map([...head.names].map(([id, { name }]) => [name, id])),
    extra: 0,
    variables: createFallbackCounts(),
  };
  const rows = {
    base: rowsByCluster(base.count.rows, "base", clusters),
    head: rowsByCluster(head.count.rows, "head", clusters),
  };
  for (let cluster = 0; cluster < clusters; cluster += 1) {
    const [was, is] = [rows.base.of(cluster), rows.head.of(cluster)];
    if (was.length + is.length === 0) continue;
    const pairs = pairUp(was, is, { base: base.names, head: head.names }).filter((pair) => isCounted(state, pair));
    for (const pair of pairs) {
      addPair(state, pair);
      if (pair.differences.length > 0) onPair(cluster, pair);
    }
    addContact(state, pairs);
    addDownstream(state, pairs);
    tally.next();
    loads.next();
  }
  return { ...state, fallbacks: state.variables.counts() };
}

type State = Comparing &
  Omit<Compared, "retimed" | "places" | "extra" | "fallbacks"> & {
    readonly retimed: Map<string, number[]>;
    readonly places: Set<string>;
    extra: number;
    readonly variables: ReturnType<typeof createFallbackCounts>;
  };

function isCounted({ warmUpUntil }: State, { base, head }: Pair): boolean {
  return [base, head].some((row) => row !== null && row.at >= warmUpUntil);
}

/** In head's words, where head has the rule. */
function placeOf(state: State, row: LogRow, arm: ArmName): string {
  const rule = arm === "head" ? row.rule : (state.headIds.get(row.rule) ?? row.rule);
  return placeOfRule(rule, row.channel);
}

function addPair(state: State, pair: Pair): void {
  const { base, head, differences, reason, open } = pair;
  const { tally, warmUpUntil } = state;
  if (base !== null && base.at >= warmUpUntil) addSend(state, base, "base");
  if (head !== null && head.at >= warmUpUntil) addSend(state, head, "head");
  if (open) tally.add(sums.open);
  const told = head ?? base;
  if (told === null) return;
  const place = placeOf(state, told, head === null ? "base" : "head");
  for (const difference of differences) tally.add(sums.difference(difference, place));
  if (reason !== null) tally.add(sums.reason(reason, place));
  if (base !== null && head !== null && base.at !== head.at) {
    const moved = state.retimed.get(place) ?? [];
    moved.push(head.at - base.at);
    state.retimed.set(place, moved);
  }
}

function addSend(state: State, row: LogRow, arm: ArmName): void {
  const { tally, loads, places, isSent } = state;
  const { workspace } = state[arm].rulebook;
  const place = placeOf(state, row, arm);
  places.add(place);
  tally.add(sums.sent(arm));
  tally.add(sums.channel(arm, row.channel));
  tally.add(sums.rule(arm, place));
  tally.add(sums.segments(arm, place), row.segments);
  if (arm === "head") {
    tally.add(sums.hour(hourOfWeek(row.at), place));
    state.variables.add(row);
  }
  if (Number.isNaN(row.cost)) {
    if (arm === "head") tally.add(sums.unpriced(row.channel));
  } else tally.add(sums.cost(arm, row.channel, row.currency), row.cost);
  const kind = workspace.channels.get(row.channel)?.kind;
  loads.add(arm, row.channel, row.at, kind !== undefined && reachesContact(kind));
  if (arm === "base" && (row.real === 0 || isSent[row.real - 1] !== 1)) state.extra += 1;
}

/** Whom it is new for, and for whom it is over: at all, and through each channel. */
function addContact({ tally, warmUpUntil }: State, pairs: readonly Pair[]): void {
  const was = new Set<string>();
  const is = new Set<string>();
  for (const { base, head } of pairs) {
    if (base !== null && base.at >= warmUpUntil) was.add(base.channel);
    if (head !== null && head.at >= warmUpUntil) is.add(head.channel);
  }
  for (const channel of is) if (!was.has(channel)) tally.add(sums.contacts("newly", channel));
  for (const channel of was) if (!is.has(channel)) tally.add(sums.contacts("no_longer", channel));
  if (was.size === 0 && is.size > 0) tally.add(sums.contacts("newly"));
  else if (is.size === 0 && was.size > 0) tally.add(sums.contacts("no_longer"));
  else if (pairs.some(({ differences }) => differences.length > 0)) tally.add(sums.contacts("differently"));
}

/** Sends of head that stand behind one that only one arm made: of the same run, or of rules that look at reactions. */
function addDownstream({ tally, warmUpUntil, head: { rulebook, names } }: State, pairs: readonly Pair[]): void {
  const lone = pairs.flatMap(({ base, head, open }) =>
    !open && base !== null && head !== null ? [] : (base ?? head ?? []),
  );
  if (lone.length === 0) return;
  const first = Math.min(...lone.map(({ at }) => at));
  for (const { head } of pairs) {
    if (head === null || head.at < warmUpUntil || head.at <= first) continue;
    const rule = rulebook.rules.get(head.rule);
    const sameRun = lone.some(
      (one) =>
        one !== head &&
        one.at < head.at &&
        one.trigger === head.trigger &&
        (names.get(one.rule)?.name ?? one.rule) === (names.get(head.rule)?.name ?? head.rule),
    );
    if (sameRun || (rule !== undefined && isReactive(rule))) tally.add(sums.downstream);
  }
}

/** Which variables were empty in texts that were sent. */
function createFallbackCounts() {
  const counts = new Map<string, { rule: string; step: string; variable: string; used: number; of: number }>();
  const words = new Map<string, Variables>();
  return {
    add({ rule, step, variables: word }: LogRow): void {
      const variables = words.get(word) ?? readVariables(word);
      words.set(word, variables);
      for (const [variable, isEmpty] of variables) {
        const key = JSON.stringify([rule, step, variable]);
        const count = counts.get(key) ?? { rule, step, variable, used: 0, of: 0 };
        count.of += 1;
        if (isEmpty) count.used += 1;
        counts.set(key, count);
      }
    },
    counts: (): readonly FallbackCount[] =>
      [...counts].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, count]) => count),
  };
}
