import type { Ground } from "./ground.ts";
import { planOf } from "./plan.ts";
import type { Planted } from "./planted.ts";
import { simulate } from "./simulation.ts";

export interface Search {
  readonly seeds: number;
  readonly base: number;
  readonly events: number;
}

/** The first seed in which a planted bug is noticed, by an invariant that is there for it; null when none does. */
export async function findPlanted(
  ground: Ground,
  { mutation, breaks }: Pick<Planted, "mutation" | "breaks">,
  { seeds, base, events }: Search,
): Promise<{ readonly seed: number; readonly invariant: string } | null> {
  for (let seed = base; seed < base + seeds; seed++) {
    const { violations } = await simulate(ground, planOf({ seed, events }), { mutation, mostSteps: 100_000 });
    const hit = violations.find(({ invariant }) => breaks.includes(invariant));
    if (hit !== undefined) return { seed, invariant: hit.invariant };
  }
  return null;
}
