import type { Json } from "../core/model/json.ts";
import { expandPath } from "./json-at.ts";
import type { Path } from "./problem.ts";
import type { RuleFile, Step } from "./rule-file.generated.ts";

/** Steps that a step has inside of it: what it goes on with in one case. */
export interface StepArm {
  /** From the step to the list: `["wait_for", "then"]`. */
  readonly path: Path;
  readonly steps: readonly Step[];
}

export interface PlacedStep {
  /** From the top of the rule file. */
  readonly path: Path;
  readonly step: Step;
}

/** The lists of steps inside a step, in the order written. */
export function armsOf(step: Step): readonly StepArm[] {
  if ("send" in step) return arm(["on_failure"], step.on_failure);
  if ("wait_for" in step) {
    const { then, otherwise } = step.wait_for;
    return [...arm(["wait_for", "then"], then), ...arm(["wait_for", "otherwise"], otherwise)];
  }
  if (!("branch" in step)) return [];
  const { branch } = step;
  if (Array.isArray(branch)) {
    return branch.flatMap((way, index) =>
      "when" in way ? arm(["branch", index, "do"], way.do) : arm(["branch", index, "otherwise"], way.otherwise),
    );
  }
  const cases = Object.entries(branch.cases).flatMap(([value, steps]) => arm(["branch", "cases", value], steps));
  return [...cases, ...arm(["branch", "otherwise"], branch.otherwise)];
}

function arm(path: Path, steps: readonly Step[] | undefined): readonly StepArm[] {
  return steps === undefined ? [] : [{ path, steps }];
}

const stepsKept = new WeakMap<RuleFile, readonly PlacedStep[]>();

/** Every step of a rule, those inside of others behind the one they are in. Many checks ask, so it is remembered. */
export function stepsOf(rule: RuleFile): readonly PlacedStep[] {
  const steps = stepsKept.get(rule) ?? placed(["actions"], rule.actions);
  stepsKept.set(rule, steps);
  return steps;
}

function placed(path: Path, steps: readonly Step[]): readonly PlacedStep[] {
  return steps.flatMap((step, index) => {
    const here = [...path, index];
    return [{ path: here, step }, ...armsOf(step).flatMap((inner) => placed([...here, ...inner.path], inner.steps))];
  });
}

/** Where `armsOf` finds steps, for files whose shape is not known yet. */
const armPlaces = [
  "on_failure/*",
  "wait_for/then/*",
  "wait_for/otherwise/*",
  "branch/*/do/*",
  "branch/*/otherwise/*",
  "branch/cases/*/*",
  "branch/otherwise/*",
].map((place) => place.split("/"));

/** The paths of what stands where steps do, whatever shape the file has. */
export function stepPaths(data: Json): readonly Path[] {
  const found: Path[] = [...expandPath(data, ["actions", "*"])];
  for (const path of found) {
    for (const place of armPlaces) found.push(...expandPath(data, place, path));
  }
  return found;
}
