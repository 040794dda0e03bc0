import type { Condition } from "../conditions/condition.ts";
import { caseValues } from "./compile-steps.ts";
import { jsonAt } from "./json-at.ts";
import { conditionAt, type ParsedCondition, type ParsedRule } from "./parsed-workspace.ts";
import type { Path } from "./problem.ts";

export type PlacedCondition = Pick<ParsedCondition, "path" | "condition">;

/**
 * What must hold for a step to be taken: the guard, its own `when`, and those of the steps and arms it stands in. Of a
 * branch only the arm's own condition, not that the ones before it are false.
 */
export function conditionsOn(rule: ParsedRule, path: Path): readonly PlacedCondition[] {
  const guard = conditionAt(rule, ["guard"]);
  const around = path.flatMap((_, index): readonly PlacedCondition[] => {
    const here = path.slice(0, index + 1);
    const when = conditionAt(rule, [...here, "when"]);
    return [...(when === null ? [] : [{ path: [...here, "when"], condition: when }]), ...caseAt(rule, here)];
  });
  return [...(guard === null ? [] : [{ path: ["guard"], condition: guard }]), ...around];
}

/** That a value is the one of a case: `branch/cases/webinar`. */
function caseAt(rule: ParsedRule, path: Path): readonly PlacedCondition[] {
  const [branch, cases, value] = path.slice(-3);
  if (branch !== "branch" || cases !== "cases" || typeof value !== "string") return [];
  const at = [...path.slice(0, -2), "on"];
  const on = jsonAt(rule.document.data, at);
  if (typeof on !== "string") return [];
  const test: Condition = { kind: "test", path: on.split("."), operator: "in", operand: caseValues(value), at: [] };
  return [{ path: at, condition: test }];
}
