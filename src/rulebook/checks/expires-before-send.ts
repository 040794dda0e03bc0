import { nominalMs } from "../../core/time/duration.ts";
import { type Check, problemAt } from "../check.ts";
import { duration } from "../compile-parts.ts";
import type { ParsedWorkspace } from "../parsed-workspace.ts";
import type { Path, Problem } from "../problem.ts";
import type { DurationOrRange, RuleFile, Step, WaitForm } from "../rule-file.generated.ts";
import { armsOf, type StepArm } from "../steps.ts";

/** A send that even the shortest waits before it bring later than the rule's `expires`: it could never happen. */
export const expiresBeforeSend = {
  id: "expires-before-send",
  pages: {
    HEED302: {
      what: "The delay and the waits before a send are longer than the rule's `expires`.",
      why: "The enrollment would always expire before the message, which so is never sent.",
      example: { in: "rule", bad: "delay: 3d\nexpires: 2d", good: "delay: 3d\nexpires: 5d" },
      waivable: true,
    },
  },
  run,
} as const satisfies Check;

const defaultExpires = "30d";

function run({ rules }: ParsedWorkspace): readonly Problem[] {
  return rules.flatMap(({ document, file }) => {
    const late = firstLateWait(file);
    if (late === null) return [];
    const limit = file.expires ?? `${defaultExpires} (the default)`;
    const message = `the enrollment expires after ${limit}, before the send that follows this wait`;
    return [
      problemAt(document, {
        code: "HEED302",
        path: late,
        message,
        help: "wait less, or set expires: to a longer time",
      }),
    ];
  });
}

/** How far the shortest way through the steps has come, and the wait on it that passed the limit. */
interface Progress {
  readonly sum: number;
  readonly late: Path | null;
}

/** The wait that passes the limit, when a send comes after it. */
function firstLateWait({ delay, actions, expires = defaultExpires }: RuleFile): Path | null {
  const limit = nominalMs(duration(expires));
  const found: Path[] = [];

  const further = ({ sum, late }: Progress, by: number, path: Path): Progress => ({
    sum: sum + by,
    late: late ?? (sum + by >= limit ? path : null),
  });
  const through = (steps: readonly Step[], path: Path, from: Progress): Progress => {
    let progress = from;
    for (const [index, step] of steps.entries()) progress = past(step, [...path, index], progress);
    return progress;
  };
  const past = (step: Step, path: Path, from: Progress): Progress => {
    if ("send" in step && from.late !== null) found.push(from.late);
    if ("wait" in step) return further(from, shortest(step.wait), [...path, "wait"]);
    const waited = (arm: StepArm): Progress =>
      "wait_for" in step && arm.path.at(-1) === "otherwise"
        ? further(from, nominalMs(duration(step.wait_for.timeout)), [...path, "wait_for", "timeout"])
        : from;
    const ends = armsOf(step).map((arm) => through(arm.steps, [...path, ...arm.path], waited(arm)));
    // Without an arm for the rest, there is the way past the step; so is there for a send that does not fail.
    const [soonest = from] = [...(coversAll(step) ? [] : [from]), ...ends].toSorted((a, b) => a.sum - b.sum);
    return soonest;
  };

  through(actions, ["actions"], further({ sum: 0, late: null }, delay === undefined ? 0 : shortest(delay), ["delay"]));
  return found[0] ?? null;
}

function coversAll(step: Step): boolean {
  if (!("branch" in step)) return false;
  return Array.isArray(step.branch)
    ? step.branch.some((way) => "otherwise" in way)
    : step.branch.otherwise !== undefined;
}

/** A time of day may be now. */
function shortest(wait: DurationOrRange | WaitForm): number {
  if (typeof wait === "string") return nominalMs(duration(wait));
  return "between" in wait ? Math.min(...wait.between.map((end) => nominalMs(duration(end)))) : 0;
}
