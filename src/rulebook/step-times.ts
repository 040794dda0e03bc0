import { nominalMs } from "../core/time/duration.ts";
import { duration } from "./compile-parts.ts";
import type { Path } from "./problem.ts";
import type { DurationOrRange, RuleFile, WaitForm } from "./rule-file.generated.ts";
import type { PlacedStep, StepArm } from "./steps.ts";
import { skipped, walkSteps } from "./walk-steps.ts";

/** When a step is reached at the soonest: by the shortest of all ways, with the shortest of all delays. */
export interface TimedStep extends PlacedStep {
  /** Since the trigger, in milliseconds; a day counts 24 hours. */
  readonly soonest: number;
  /** The waits on that way, in order, the rule's delay first. */
  readonly waits: readonly Wait[];
}

export interface Wait {
  readonly path: Path;
  /** How long it takes at least. Nothing, for a time of day, which may be now. */
  readonly least: number;
  /** How long it and all before it take at least. */
  readonly sum: number;
}

interface Progress {
  readonly soonest: number;
  readonly waits: readonly Wait[];
}

const known = new WeakMap<RuleFile, readonly TimedStep[]>();

/** Every step of a rule that can be reached, in the order written. Reckoned once for all checks. */
export function stepTimes(file: RuleFile): readonly TimedStep[] {
  const times = known.get(file) ?? reckon(file);
  known.set(file, times);
  return times;
}

function reckon({ delay, actions }: RuleFile): readonly TimedStep[] {
  const found: TimedStep[] = [];
  const start: Progress = { soonest: 0, waits: [] };
  walkSteps(actions, delay === undefined ? start : further(start, ["delay"], shortest(delay)), {
    at: (step, progress) => void found.push({ ...step, ...progress }),
    into: (step, way, progress) => {
      const wait = waitOf(step, way);
      return wait === null ? progress : further(progress, wait.path, wait.least);
    },
    join: (one, other) => (other.soonest < one.soonest ? other : one),
  });
  return found;
}

function further({ soonest, waits }: Progress, path: Path, least: number): Progress {
  const sum = soonest + least;
  return { soonest: sum, waits: [...waits, { path, least, sum }] };
}

function waitOf({ step, path }: PlacedStep, way: StepArm): Pick<Wait, "path" | "least"> | null {
  if (way.path[0] === skipped) return null;
  if ("wait" in step) return { path: [...path, "wait"], least: shortest(step.wait) };
  if (!("wait_for" in step) || way.path.at(-1) !== "otherwise") return null;
  return { path: [...path, "wait_for", "timeout"], least: lengthOf(step.wait_for.timeout) };
}

function shortest(wait: DurationOrRange | WaitForm): number {
  if (typeof wait === "string") return lengthOf(wait);
  return "between" in wait ? Math.min(...wait.between.map(lengthOf)) : 0;
}

/** The length of a duration as it is written, in milliseconds; a day counts 24 hours. */
export function lengthOf(text: string): number {
  return nominalMs(duration(text));
}

/** How long an enrollment lives when its rule does not say. */
export const defaultExpires = "30d";

/** The wait that passes the rule's `expires`, when a send comes after it. */
export function firstLateWait(file: RuleFile): Path | null {
  const limit = lengthOf(file.expires ?? defaultExpires);
  const lates = stepTimes(file).flatMap(({ step, waits }) =>
    "send" in step ? (waits.find(({ sum }) => sum >= limit) ?? []) : [],
  );
  return lates[0]?.path ?? null;
}
