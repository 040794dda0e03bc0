import { Engine, Operator, type RuleResult, type TopLevelCondition } from "json-rules-engine";
import type { ConditionTree, Facts } from "../core/model/facts.ts";
import type { Json } from "../core/model/json.ts";
import { isList, parsePath, readPath } from "../core/model/path.ts";
import type { Operand, Scalar } from "./operand.ts";
import { happened, sent } from "./history.ts";
import { type Judge, operatorNames, operators } from "./operators.ts";

/**
 * Judges a lowered condition with json-rules-engine. One engine per evaluation, because a shared one loses rules when
 * runs overlap; our own operators and path resolver, because its own convert values and run code from paths. Rejects
 * only when the tree is not one that `lowerCondition` made.
 */
export async function evaluate(tree: ConditionTree, facts: Facts): Promise<boolean> {
  return (await evaluateTold(tree, facts)).result === true;
}

/** The same, with the whole tree as the engine judged it: each test with its verdict and the value it saw. */
export async function evaluateTold(tree: ConditionTree, facts: Facts): Promise<RuleResult> {
  if (!isTopLevel(tree)) throw new TypeError("a condition tree must have all, any or not at its top");
  const engine = new Engine([], { allowUndefinedFacts: true, pathResolver: resolvePath });
  for (const [name, judge] of judges) engine.addOperator(new Operator(name, judging(judge, facts)));
  // A root that is no object would itself be taken for the value at the end of a path, so it is left out.
  for (const [root, value] of Object.entries(facts)) {
    if (typeof value === "object" && value !== null) engine.addFact(root, value);
  }
  engine.addRule({ conditions: tree, event: { type: "holds" } });
  const { results, failureResults } = await engine.run();
  const [told] = [...results, ...failureResults];
  if (told === undefined) throw new TypeError("a condition was judged without a result");
  return told;
}

/** The operators of authors, and the two that questions about history are lowered to. */
const judges: ReadonlyMap<string, (operand: Operand) => Judge> = new Map([
  ...operatorNames.map((name) => [name, operators[name].judge] as const),
  ["happened", happened],
  ["sent", sent],
]);

function judging(judge: (operand: Operand) => Judge, facts: Facts) {
  return (value: unknown, operand: unknown): boolean =>
    isOperand(operand) && judge(operand)(isJson(value) ? (value ?? undefined) : undefined, facts);
}

/** The engine hands over what a fact holds, which is JSON, or undefined. */
function resolvePath(value: object, path: string): Json | undefined {
  const segments = parsePath(path);
  return segments === null || !isJson(value) ? undefined : readPath(value, segments);
}

/** Facts are JSON by their type; the engine only forgets it. */
function isJson(value: unknown): value is Json {
  return value !== undefined && typeof value !== "function";
}

export function isOperand(value: unknown): value is Operand {
  return isScalar(value) || (isJson(value) && isList(value) && value.every(isScalar));
}

function isScalar(value: unknown): value is Scalar {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}

function isTopLevel(tree: ConditionTree): tree is ConditionTree & TopLevelCondition {
  return isList(tree["all"]) || isList(tree["any"]) || typeof tree["not"] === "object";
}
