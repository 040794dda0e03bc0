import type { Condition, Test } from "./condition.ts";
import type { Operand } from "./operand.ts";

/** The tests that hold whenever the condition does: no alternative goes around them. */
export function certainTests(condition: Condition): readonly Test[] {
  if (condition.kind === "test") return [condition];
  if (condition.kind === "all") return condition.of.flatMap(certainTests);
  const [only, second] = condition.kind === "any" ? condition.of : [];
  return only !== undefined && second === undefined ? certainTests(only) : [];
}

/**
 * Whether two tests are meant for different values: equal to none of the same, or with texts of which neither is part
 * of the other. An address may well contain both `/guides/` and `/pricing/`; whoever writes that does not think so.
 */
export function areMeantApart(one: Test, other: Test): boolean {
  if (!isSamePath(one.path, other.path)) return false;
  const [values, others] = [equalsOf(one), equalsOf(other)];
  if (values !== null && others !== null) return values.every((value) => !others.includes(value));
  const [part, otherPart] = [partOf(one), partOf(other)];
  return part !== null && otherPart !== null && !part.includes(otherPart) && !otherPart.includes(part);
}

function isSamePath(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((segment, index) => segment === other[index]);
}

/** The values of which the test lets one through, or null when it is about something else. */
export function equalsOf({ operator, operand }: Test): readonly unknown[] | null {
  if (operator === "is") return [operand];
  return operator === "in" && isList(operand) ? operand : null;
}

function partOf({ operator, operand }: Test): string | null {
  const isPart = operator === "contains" || operator === "starts_with" || operator === "ends_with";
  return isPart && typeof operand === "string" ? operand.toLowerCase() : null;
}

function isList(operand: Operand): operand is Exclude<Operand, string | number | boolean> {
  return typeof operand === "object";
}
