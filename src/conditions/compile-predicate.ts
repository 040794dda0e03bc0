import type { Predicate } from "../core/model/facts.ts";
import type { Condition } from "./condition.ts";
import { operators } from "./operators.ts";
import { readPath } from "./path.ts";

/** The condition as a closure, for what is asked on every event. Gives the same answers as `evaluate` on the lowered tree. */
export function compilePredicate(condition: Condition): Predicate {
  switch (condition.kind) {
    case "all": {
      const parts = condition.of.map(compilePredicate);
      return (facts) => parts.every((part) => part(facts));
    }
    case "any": {
      const parts = condition.of.map(compilePredicate);
      return (facts) => parts.some((part) => part(facts));
    }
    case "not": {
      const part = compilePredicate(condition.of);
      return (facts) => !part(facts);
    }
    case "test": {
      const [root = "", ...rest] = condition.path;
      const judge = operators[condition.operator].judge(condition.operand);
      return (facts) => judge(readPath(Object.hasOwn(facts, root) ? facts[root] : undefined, rest), facts);
    }
  }
}
