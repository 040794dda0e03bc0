import type { Path } from "./problem.ts";
import type { Step } from "./rule-file.generated.ts";
import { armsOf, type PlacedStep, type StepArm } from "./steps.ts";

/** What a walk through the steps of a rule carries along. */
export interface Walk<State> {
  /** Called for every step that can be reached, in the order written. */
  at?(step: PlacedStep, state: State): void;
  /** What holds at the beginning of one of the ways that `waysOf` names. */
  into(step: PlacedStep, way: StepArm, state: State): State;
  /** What holds where two ways meet again. */
  join(one: State, other: State): State;
  /** Called for the first step of a list that nothing can reach, with the one before it. */
  unreachable?(path: Path, before: PlacedStep): void;
}

/** Walks all ways through the steps. Gives what holds behind them, or null when every way has ended before. */
export function walkSteps<State>(
  steps: readonly Step[],
  start: State,
  walk: Walk<State>,
  path: Path = ["actions"],
): State | null {
  let state: State = start;
  for (const [index, step] of steps.entries()) {
    const placed = { step, path: [...path, index] };
    const end = past(placed, state, walk);
    if (end === null) {
      if (index < steps.length - 1) walk.unreachable?.([...path, index + 1], placed);
      return null;
    }
    state = end;
  }
  return state;
}

function past<State>(placed: PlacedStep, state: State, walk: Walk<State>): State | null {
  walk.at?.(placed, state);
  const ends = waysOf(placed.step).map((way) =>
    walkSteps(way.steps, walk.into(placed, way, state), walk, [...placed.path, ...way.path]),
  );
  return ends.reduce((one, other) => (one === null || other === null ? (one ?? other) : walk.join(one, other)), null);
}

/** The path of the way past a step whose `when` is false. */
export const skipped = "when";

/**
 * Every way on from a step: its arms, those left out being ways without steps; past it, when it may be skipped; and
 * for a step without arms one way with an empty path.
 */
function waysOf(step: Step): readonly StepArm[] {
  const past = step.when === undefined ? [] : [{ path: [skipped], steps: [] }];
  return [...past, ...waysThrough(step)];
}

function waysThrough(step: Step): readonly StepArm[] {
  if ("stop" in step) return [];
  const arms = armsOf(step);
  const missing = (path: Path): readonly StepArm[] =>
    arms.some((arm) => arm.path.join() === path.join()) ? [] : [{ path, steps: [] }];
  if ("wait_for" in step) return [...arms, ...missing(["wait_for", "then"]), ...missing(["wait_for", "otherwise"])];
  if (!("branch" in step)) return [...arms, { path: [], steps: [] }];
  return arms.some(({ path }) => path.at(-1) === "otherwise") ? arms : [...arms, ...missing(["branch", "otherwise"])];
}
