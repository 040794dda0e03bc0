import type { Operand } from "./operand.ts";
import type { OperatorName } from "./operators.ts";

/** A condition as written, understood: what both evaluators are made from. */
export type Condition = AllOf | AnyOf | Not | Test;

export interface AllOf {
  readonly kind: "all";
  readonly of: readonly Condition[];
}

export interface AnyOf {
  readonly kind: "any";
  readonly of: readonly Condition[];
}

export interface Not {
  readonly kind: "not";
  readonly of: Condition;
}

/** One operator applied to the value of one path. */
export interface Test {
  readonly kind: "test";
  /** Root first: `["event", "data", "url"]`. At least two segments. */
  readonly path: readonly string[];
  readonly operator: OperatorName;
  readonly operand: Operand;
  /** Where the path is written, from the top of the condition: `["any", 0, "contact.plan"]`. */
  readonly at: readonly (string | number)[];
}

/** Every test in a condition, in the order written. */
export function testsOf(condition: Condition): readonly Test[] {
  switch (condition.kind) {
    case "test":
      return [condition];
    case "not":
      return testsOf(condition.of);
    case "all":
    case "any":
      return condition.of.flatMap(testsOf);
  }
}

/** Whether some test of the condition reads exactly this path, such as `event.data.machine`. */
export function namesPath(condition: Condition, path: string): boolean {
  return testsOf(condition).some((test) => test.path.join(".") === path);
}
