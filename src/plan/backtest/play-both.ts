import type { Rulebook } from "../../core/model/rulebook.ts";
import { originOf } from "../../core/versions.ts";
import type { Setting } from "./arm.ts";
import { clustersOfDraws, drain, type DrawsOf } from "./draws.ts";
import { clustersOfRules, type RowsOf } from "./log.ts";
import type { Alone } from "./play-alone.ts";
import type { Together } from "./play-together.ts";
import type { Player } from "./players.ts";
import type { ArmName } from "./sums.ts";

/** All that became of the recording's contacts in one arm. */
export interface ArmCount {
  readonly rows: readonly RowsOf[];
  /** Names of the counters whose limits were scaled. */
  readonly scaled: readonly string[];
  readonly lookedUp: readonly string[];
}

export interface Counts {
  readonly base: ArmCount;
  readonly head: ArmCount;
  readonly events: number;
}

export interface Staging {
  readonly setting: Setting;
  readonly books: Readonly<Record<ArmName, Rulebook>>;
  /** At least one. Both arms have a player of their own where there are two. */
  readonly players: readonly Player[];
  readonly onEvents: (events: number) => void;
}

/**
 * Plays everybody alone. Whoever would then have drawn what was not there is played again, with all who drew from the
 * same counters and in the order of time: until nobody is in anybody's way who does not know of it.
 */
export async function playBoth({ setting, books, players, onEvents }: Staging): Promise<Counts> {
  const done = players.map(() => 0);
  const alone = await Promise.all(
    players.map((player, index) =>
      player.alone((events) => {
        done[index] = events;
        onEvents(done.reduce((sum, each) => sum + each, 0));
      }),
    ),
  );
  const [base, head] = await Promise.all([
    settle(setting, "base", books.base, { alone, player: playerOf(players, "base") }),
    settle(setting, "head", books.head, { alone, player: playerOf(players, "head") }),
  ]);
  return { base, head, events: alone.reduce((sum, { events }) => sum + events, 0) };
}

export function playerOf(players: readonly Player[], arm: ArmName): Player {
  const player = players[arm === "base" ? 0 : players.length - 1];
  if (player === undefined) throw new RangeError("a backtest needs somebody who plays it");
  return player;
}

/** After so many rounds everybody is played with everybody: it must end. */
const MOST_ROUNDS = 3;

async function settle(
  setting: Setting,
  arm: ArmName,
  rulebook: Rulebook,
  { alone, player }: { readonly alone: readonly Alone[]; readonly player: Player },
): Promise<ArmCount> {
  const crowd = new Set<number>();
  const dry = new Set<string>();
  let together: Together | null = null;
  const takesAlone = (cluster: number): boolean => !crowd.has(cluster);
  const lookedUp = new Set(alone.flatMap((one) => one.lookedUp));
  for (let round = 1; ; round += 1) {
    const draws: DrawsOf[] = alone.map((one) => ({ draws: one.draws, takes: takesAlone }));
    if (together !== null) draws.push({ draws: together.draws, takes: everybody });
    const drained = drain(draws, arm, setting);
    const { scaled } = drained;
    const paused = new Set([...alone.flatMap((one) => one.paused[arm]), ...(together?.paused ?? [])]);
    const [knew, had] = [dry.size, crowd.size];
    for (const [counter, window] of drained.dry) {
      dry.add(counter);
      // A rule whose first day has no room left pauses itself for all. Known before it is played, it is played once.
      if (window.kind === "first_day") for (const id of continuing(rulebook, window.rule)) paused.add(id);
    }
    const logs = [...alone, ...(together === null ? [] : [together])].map(({ log }) => log);
    const concerned = [
      ...draws.map((source) => clustersOfDraws(source, arm, dry)),
      ...(paused.size === 0 ? [] : logs.map((log) => clustersOfRules(log, arm, paused))),
      ...(round > MOST_ROUNDS ? [setting.timelines.clusters] : []),
    ];
    for (const clusters of concerned) for (const cluster of clusters) crowd.add(cluster);
    if (dry.size === knew && crowd.size === had) {
      const rows: RowsOf[] = alone.map(({ log }) => ({ log, takes: takesAlone }));
      if (together !== null) rows.push({ log: together.log, takes: everybody });
      return { rows, scaled, lookedUp: [...lookedUp] };
    }
    together = await player.together(arm, { clusters: crowd, dry });
    for (const name of together.lookedUp) lookedUp.add(name);
  }
}

const everybody = (): boolean => true;

/** Ids of the rules that go by this origin. */
function continuing({ rules }: Rulebook, origin: string): readonly string[] {
  return [...rules.values()].flatMap((rule) => (originOf(rule) === origin ? [rule.id] : []));
}
