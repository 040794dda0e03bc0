import type { Facts } from "../../core/model/facts.ts";
import type { Json } from "../../core/model/json.ts";
import type { Test } from "../condition.ts";
import type { Operand, Scalar } from "../operand.ts";
import { type Judge, type OperatorName, operators } from "../operators.ts";

/** A test on one path that must hold, or must not. */
export interface Literal {
  readonly operator: OperatorName;
  readonly operand: Operand;
  readonly holds: boolean;
  readonly judge: Judge;
}

export function literalOf({ operator, operand }: Test, holds: boolean): Literal {
  return { operator, operand, holds, judge: operators[operator].judge(operand) };
}

export function isMet(literal: Literal, value: Json | undefined, facts: Facts): boolean {
  return literal.judge(value, facts) === literal.holds;
}

export function isAboutTime({ operator }: Literal): boolean {
  return operator === "before" || operator === "after" || operator === "within";
}

/** Whether its answer depends on the moment at which it is asked. */
export function isAboutNow({ operator, operand }: Pick<Literal, "operator" | "operand">): boolean {
  return operator === "within" || ((operator === "before" || operator === "after") && operand === "now");
}

export function operandsOf({ operand }: Pick<Literal, "operand">): readonly Scalar[] {
  return typeof operand === "object" ? operand : [operand];
}
