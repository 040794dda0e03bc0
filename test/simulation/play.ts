import type { Ground } from "./ground.ts";
import type { Mutation } from "./mutation.ts";
import { type Plan, planOf, type Restriction } from "./plan.ts";
import { type Outcome, simulate } from "./simulation.ts";

/** Plays a seed twice. I14: both times the same must happen. */
export async function play(ground: Ground, restriction: Restriction, mutation?: Mutation): Promise<Outcome> {
  const plan: Plan = planOf(restriction);
  const options = mutation === undefined ? {} : { mutation };
  const first = await simulate(ground, plan, options);
  const second = await simulate(ground, plan, { ...options, blind: true });
  if (first.digest === second.digest) return first;
  const text = `two runs differ: ${first.steps} steps and ${second.steps}, digests ${first.digest} and ${second.digest}`;
  return { ...first, violations: [...first.violations, { invariant: "I14", at: plan.calmAt, text }] };
}

/** What many seeds came to. */
export interface Tally {
  seeds: number;
  steps: number;
  crashes: number;
  sends: number;
  violations: number;
  /** How often what came about. */
  readonly reached: Map<string, number>;
  readonly failing: Failing[];
}

export interface Failing {
  readonly seed: number;
  readonly invariant: string;
  readonly text: string;
}

export function newTally(): Tally {
  return { seeds: 0, steps: 0, crashes: 0, sends: 0, violations: 0, reached: new Map(), failing: [] };
}

/** Adds what one seed, or many, came to. */
export function addTo(tally: Tally, more: Tally): void {
  tally.seeds += more.seeds;
  tally.steps += more.steps;
  tally.crashes += more.crashes;
  tally.sends += more.sends;
  tally.violations += more.violations;
  tally.failing.push(...more.failing);
  for (const [what, count] of more.reached) tally.reached.set(what, (tally.reached.get(what) ?? 0) + count);
}

export function tallyOf(seed: number, { steps, crashes, sends, violations, reached }: Outcome): Tally {
  const [first] = violations;
  return {
    seeds: 1,
    steps,
    crashes,
    sends,
    violations: violations.length,
    reached: new Map(reached),
    failing: first === undefined ? [] : [{ seed, invariant: first.invariant, text: first.text }],
  };
}

/** A line for people; how long it took is of the machine and of what else it does. */
export function summaryOf({ seeds, steps, crashes, sends, violations }: Tally, ms: number): string {
  const seconds = ms / 1_000;
  const speed = `${seconds.toFixed(0)} s (${(seeds / seconds).toFixed(1)} a second)`;
  const lived = `${steps} steps, ${crashes} crashes, ${sends} sends`;
  return `simulation: ${seeds} seeds, each played twice, in ${speed}: ${lived}, ${violations} violations`;
}
