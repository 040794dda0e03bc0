import type { ConditionTree } from "../core/model/facts.ts";
import type { JsonObject } from "../core/model/json.ts";
import type { Condition } from "./condition.ts";

/**
 * The condition as a condition tree of json-rules-engine: `all`, `any` and `not` over
 * `{ fact, path, operator, value }`, where `fact` is the root of the path. Its top is always `all`, as that engine
 * wants one of the three there.
 */
export function lowerCondition(condition: Condition): ConditionTree {
  return condition.kind === "test" ? { all: [lower(condition)] } : lower(condition);
}

function lower(condition: Condition): JsonObject {
  switch (condition.kind) {
    case "all":
      return { all: condition.of.map(lower) };
    case "any":
      return { any: condition.of.map(lower) };
    case "not":
      return { not: lower(condition.of) };
    case "test": {
      const [fact = "", ...rest] = condition.path;
      return { fact, path: rest.join("."), operator: condition.operator, value: condition.operand };
    }
  }
}
