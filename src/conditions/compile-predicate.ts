import type { Facts, Predicate } from "../core/model/facts.ts";
import type { Json } from "../core/model/json.ts";
import type { Condition } from "./condition.ts";
import { happened, reachesBackTooFar, sent } from "./history.ts";
import { happenedOperand, historyKey, sentOperand } from "./lower.ts";
import { operators } from "./operators.ts";
import { readPath } from "../core/model/path.ts";

/**
 * The condition as a closure, for what is asked on every event. Gives the same answers as `evaluate` on the lowered tree.
 * Where it hinges on history that nobody can know yet (`history.since`), it is as `inDoubt` says.
 */
export function compilePredicate(condition: Condition, inDoubt = false): Predicate {
  switch (condition.kind) {
    case "all": {
      const parts = condition.of.map((part) => compilePredicate(part, inDoubt));
      return (facts) => parts.every((part) => part(facts));
    }
    case "any": {
      const parts = condition.of.map((part) => compilePredicate(part, inDoubt));
      return (facts) => parts.some((part) => part(facts));
    }
    case "not": {
      const part = compilePredicate(condition.of, !inDoubt);
      return (facts) => !part(facts);
    }
    case "test": {
      const [root = "", ...rest] = condition.path;
      const judge = operators[condition.operator].judge(condition.operand);
      return (facts) => judge(readPath(factOf(facts, root), rest), facts);
    }
    case "did": {
      const key = historyKey(condition);
      const operand = happenedOperand(condition);
      const judge = happened(operand);
      return (facts) => {
        const history = factOf(facts, "history");
        if (judge(readPath(history, ["did", key]), facts)) return true;
        return inDoubt && reachesBackTooFar(operand, readPath(history, ["since", key]), facts);
      };
    }
    case "was_sent": {
      const judge = sent(sentOperand(condition));
      return (facts) => judge(readPath(factOf(facts, "history"), ["sent"]), facts);
    }
  }
}

function factOf(facts: Facts, root: string): Json | undefined {
  return Object.hasOwn(facts, root) ? facts[root] : undefined;
}
