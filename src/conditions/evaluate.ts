import { Engine, Operator, Rule, type RuleResult, type TopLevelCondition } from "json-rules-engine";
import type { ConditionTree, Facts } from "../core/model/facts.ts";
import type { Json, JsonObject } from "../core/model/json.ts";
import { isJsonObject } from "../core/model/parse-json.ts";
import { isList, parsePath, readPath } from "../core/model/path.ts";
import type { Operand, Scalar } from "./operand.ts";
import { happened, sent } from "./history.ts";
import { type Judge, operatorNames, operators } from "./operators.ts";

/**
 * Judges a lowered condition with json-rules-engine; our own operators and path resolver, because its own convert values
 * and run code from paths. Rejects only when the tree is not one that `lowerCondition` made.
 */
export async function evaluate(tree: ConditionTree, facts: Facts): Promise<boolean> {
  return (await evaluateTold(tree, facts)).result === true;
}

/** The same, with the whole tree as the engine judged it: each test with its verdict and the value it saw. */
export async function evaluateTold(tree: ConditionTree, facts: Facts): Promise<RuleResult> {
  const { rule, roots } = prepared.get(tree)?.pop() ?? prepare(tree);
  const bench = idle.pop() ?? newBench();
  bench.facts = facts;
  bench.engine.addRule(rule);
  const { results, failureResults } = await bench.engine.run(objectsOf(facts, roots));
  bench.engine.removeRule(rule);
  bench.facts = {};
  idle.push(bench);
  giveBack(tree, { rule, roots });
  const [told] = [...results, ...failureResults];
  if (told === undefined) throw new TypeError("a condition was judged without a result");
  return told;
}

/** An engine, and the facts that it judges now. One at a time: runs that overlap in one engine lose rules. */
interface Bench {
  readonly engine: Engine;
  facts: Facts;
}

/** Those that nobody uses at the moment: as many as there ever were runs at once. */
const idle: Bench[] = [];

function newBench(): Bench {
  const engine = new Engine([], { allowUndefinedFacts: true, pathResolver: resolvePath });
  const bench: Bench = { engine, facts: {} };
  for (const [name, judge] of judges) engine.addOperator(new Operator(name, judging(judge, bench)));
  return bench;
}

/** A tree as the engine wants it. A rule is of one engine at a time, so one that is in use is nobody else's. */
interface Prepared {
  readonly rule: Rule;
  /** The roots of facts that it reads. */
  readonly roots: readonly string[];
}

/** Those that are not in use, by their trees. */
const prepared = new WeakMap<ConditionTree, Prepared[]>();

function prepare(tree: ConditionTree): Prepared {
  if (!isTopLevel(tree)) throw new TypeError("a condition tree must have all, any or not at its top");
  const roots = new Set(testsIn(tree).flatMap(({ fact }) => (typeof fact === "string" ? [fact] : [])));
  return { rule: new Rule({ conditions: tree, event: { type: "holds" } }), roots: [...roots] };
}

function giveBack(tree: ConditionTree, used: Prepared): void {
  const unused = prepared.get(tree);
  if (unused === undefined) prepared.set(tree, [used]);
  else unused.push(used);
}

/** The tests of a lowered condition, as they are written. */
export function testsIn(tree: JsonObject): readonly JsonObject[] {
  const { not, all, any } = tree;
  if ("fact" in tree) return [tree];
  return [not, ...(isList(all) ? all : []), ...(isList(any) ? any : [])].flatMap((part) =>
    isJsonObject(part) ? testsIn(part) : [],
  );
}

/** A root that is no object would itself be taken for the value at the end of a path, so it is left out. */
function objectsOf(facts: Facts, roots: readonly string[]): Record<string, object> {
  const objects: Record<string, object> = {};
  for (const root of roots) {
    const value = Object.hasOwn(facts, root) ? facts[root] : undefined;
    if (typeof value === "object" && value !== null) objects[root] = value;
  }
  return objects;
}

/** The operators of authors, and the two that questions about history are lowered to. */
const judges: ReadonlyMap<string, (operand: Operand) => Judge> = new Map([
  ...operatorNames.map((name) => [name, operators[name].judge] as const),
  ["happened", happened],
  ["sent", sent],
]);

function judging(judge: (operand: Operand) => Judge, bench: Bench) {
  return (value: unknown, operand: unknown): boolean =>
    isOperand(operand) && judge(operand)(isJson(value) ? (value ?? undefined) : undefined, bench.facts);
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
