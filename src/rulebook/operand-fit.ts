import { instantOf } from "../conditions/instant-of.ts";
import type { ValueKind, ValueType } from "../conditions/logic/value-type.ts";
import type { Scalar } from "../conditions/operand.ts";
import type { Test } from "../conditions/condition.ts";
import type { OperatorName } from "../conditions/operators.ts";
import { describeType, describeValues, sayValue } from "./say-type.ts";
import { didYouMean } from "./suggest.ts";

/** Why a test does not fit the type of its path. */
export interface Misfit {
  /** `operator` when no operand would do, else the entry of a list that does not, or null for the only operand. */
  readonly on: "operator" | number | null;
  readonly message: string;
  readonly help: string;
  /** What the operand was surely meant to be. */
  readonly meant?: Scalar;
}

/** The kinds of values that an operator can say yes of; any for those that are not here. */
const kindsOf: Readonly<Partial<Record<OperatorName, readonly ValueKind[]>>> = {
  is: ["text", "number", "integer", "boolean"],
  not: ["text", "number", "integer", "boolean"],
  in: ["text", "number", "integer", "boolean"],
  not_in: ["text", "number", "integer", "boolean"],
  gt: ["number", "integer"],
  gte: ["number", "integer"],
  lt: ["number", "integer"],
  lte: ["number", "integer"],
  contains: ["text", "texts"],
  not_contains: ["text", "texts"],
  starts_with: ["text"],
  ends_with: ["text"],
  before: ["time"],
  after: ["time"],
  within: ["time"],
};

/** What is wrong with a test on a value of this type, or null. */
export function misfitOf(test: Test, type: ValueType): Misfit | null {
  const wanted = kindsOf[test.operator];
  if (wanted === undefined || type.kinds.includes("anything")) return null;
  const fitting = type.kinds.filter((kind) => wanted.includes(kind));
  if (fitting.length === 0) return wrongOperator(test, type);
  if (wanted.includes("time")) return null;
  const operands = typeof test.operand === "object" ? test.operand : [test.operand];
  for (const [index, operand] of operands.entries()) {
    const misfit = wrongOperand(test, operand, { ...type, kinds: fitting });
    if (misfit !== null) return { ...misfit, on: typeof test.operand === "object" ? index : null };
  }
  return null;
}

function wrongOperator({ path, operator, operand }: Test, type: ValueType): Misfit {
  const name = path.join(".");
  return {
    on: "operator",
    message: `\`${operator}\` ${compares(operator)}, and \`${name}\` is ${describeType(type)}`,
    help: insteadOf(operator, operand, name, type),
  };
}

function compares(operator: OperatorName): string {
  const kinds = kindsOf[operator] ?? [];
  if (kinds.includes("time")) return "compares times";
  if (kinds.includes("texts")) return "looks into texts and lists of texts";
  if (!kinds.includes("text")) return "compares numbers";
  return kinds.includes("number") ? "compares single values" : "looks at texts";
}

function insteadOf(operator: OperatorName, operand: Test["operand"], name: string, { kinds }: ValueType): string {
  if (kinds.includes("object")) return `name one of its fields, such as ${name}.name`;
  if (kinds.includes("texts")) {
    const [entry] = typeof operand === "object" ? operand : [operand];
    if (operator === "not" || operator === "not_in")
      return `write not: { ${name}: { contains: ${sayValue(entry ?? "")} } }`;
    return `write { contains: ${sayValue(entry ?? "")} } for an entry of the list`;
  }
  if (kinds.includes("time")) {
    if (operator === "gt" || operator === "gte") return "write after:, which takes a time";
    if (operator === "lt" || operator === "lte") return "write before:, which takes a time";
    return "times are compared by before, after and within";
  }
  if (operator === "before" || operator === "after" || operator === "within")
    return "declare it with the type time in heed.yaml if it is one";
  if (kinds.includes("boolean")) return "write true or false";
  if (kinds.includes("text"))
    return "declare it with the type number in heed.yaml if it is one; texts are compared by is, in, contains and starts_with";
  return "numbers are compared by is, in, gt, gte, lt and lte";
}

type WrongOperand = Omit<Misfit, "on">;

function wrongOperand({ path, operator }: Test, operand: Scalar, type: ValueType): WrongOperand | null {
  const name = path.join(".");
  // Of a list it is the entries that are compared, and those are texts.
  const kinds = type.kinds.map((kind) => (kind === "texts" ? "text" : kind));
  if (!kinds.some((kind) => isOf(kind, operand))) {
    const is =
      typeof operand === "number" && kinds.includes("integer") ? "is none" : `is ${describeType(typeOf(operand))}`;
    const message = `\`${name}\` is ${describeType(type)}, and ${sayValue(operand)} ${is}`;
    const meant = meantBy(operand, kinds);
    const allowed = meant !== null && (type.values === null || type.values.includes(meant));
    if (allowed) return { message, help: `write ${sayValue(meant)}`, meant };
    return { message, help: type.values === null ? `write ${exampleOf(kinds)}` : describeValues(type.values) };
  }
  const equality = operator === "is" || operator === "not" || operator === "in" || operator === "not_in";
  if (type.values === null || !equality || type.values.includes(operand)) return null;
  return {
    message: `\`${name}\` is never ${sayValue(operand)}`,
    help: didYouMean(String(operand), type.values.map(String)) ?? describeValues(type.values),
  };
}

function isOf(kind: ValueKind, value: Scalar): boolean {
  switch (kind) {
    case "text":
    case "texts":
      return typeof value === "string";
    case "number":
      return typeof value === "number";
    case "integer":
      return Number.isInteger(value);
    case "boolean":
      return typeof value === "boolean";
    case "time":
      return instantOf(value) !== null;
    case "object":
      return false;
    case "anything":
      return true;
  }
}

function typeOf(value: Scalar): ValueType {
  const kind = typeof value === "string" ? "text" : typeof value === "number" ? "number" : "boolean";
  return { kinds: [kind], values: null, optional: false };
}

/** The same in the right type, when no other meaning is likely: quotes too many or too few. */
function meantBy(value: Scalar, kinds: readonly ValueKind[]): Scalar | null {
  if (typeof value === "string") {
    if (kinds.includes("boolean"))
      return /^(?:true|yes|on)$/i.test(value) ? true : /^(?:false|no|off)$/i.test(value) ? false : null;
    const number = /^-?(?:0|[1-9]\d{0,14})(?:\.\d{1,6})?$/.test(value) ? Number(value) : null;
    return number !== null && kinds.some((kind) => isOf(kind, number)) ? number : null;
  }
  return kinds.includes("text") ? String(value) : null;
}

function exampleOf(kinds: readonly ValueKind[]): string {
  if (kinds.includes("boolean")) return "true or false";
  if (kinds.includes("integer")) return "a whole number, such as 5";
  if (kinds.includes("number")) return "a number, such as 100";
  return "a text";
}
