import type { Json, JsonObject } from "../core/model/json.ts";
import { isJsonObject } from "../core/model/parse-json.ts";
import type { Condition } from "./condition.ts";
import type { Scalar } from "./operand.ts";
import { isOperatorName, operatorNames, operators } from "./operators.ts";
import { operandMistake } from "./operand-mistake.ts";
import { isList, parsePath } from "./path.ts";

/** An author's mistake inside a condition. The rulebook gives it a code and a place in the file. */
export interface ConditionProblem {
  readonly kind: "shape" | "path" | "operator" | "operand" | "not_built_yet";
  /** From the top of the condition to the offending entry. */
  readonly at: readonly (string | number)[];
  /** Which side of that entry is wrong. */
  readonly on: "key" | "value";
  readonly message: string;
  readonly help?: string;
  /** A name nobody knows, and those it may have been meant to be. */
  readonly unknown?: { readonly word: string; readonly known: readonly string[] };
}

export type ParsedCondition =
  | { readonly ok: true; readonly condition: Condition }
  | { readonly ok: false; readonly problems: readonly ConditionProblem[] };

/** What the first segment of a path may be. */
const pathRoots: readonly string[] = ["event", "trigger", "contact", "consent", "message", "last"];
const combinators: readonly string[] = ["all", "any", "not"];
/** Part of the language, but not of this version. */
const notBuiltYet: ReadonlySet<string> = new Set(["did", "did_not", "was_sent", "was_not_sent", "lookup"]);
/** Far more than a person reads; a bound against files made by machines. */
const maxDepth = 32;

type Place = readonly (string | number)[];

/** Understands a condition as YAML gives it, or says everything that is wrong with it. Never throws. */
export function parseCondition(value: Json | undefined): ParsedCondition {
  const problems: ConditionProblem[] = [];
  const condition = readMap(value ?? null, [], problems);
  if (problems.length > 0 || condition === null) return { ok: false, problems };
  return { ok: true, condition };
}

function readMap(value: Json, at: Place, problems: ConditionProblem[]): Condition | null {
  const report = (message: string) => problems.push({ kind: "shape", at, on: "value", message, help: shapeHelp });
  if (at.length > maxDepth * 2) {
    report(`a condition nests at most ${maxDepth} levels`);
    return null;
  }
  if (value === null) {
    report("this condition is empty and so always true: remove it, or write what must hold");
    return null;
  }
  if (!isJsonObject(value)) {
    report("expected a condition: a map of paths and what they must be");
    return null;
  }
  const entries = Object.entries(value);
  if (entries.length === 0) {
    report("this condition is empty and so always true: remove it, or write what must hold");
    return null;
  }
  const parts = entries.map(([key, inner]) => readEntry(key, inner, [...at, key], problems));
  return { kind: "all", of: parts.filter((part) => part !== null) };
}

const shapeHelp = "for example  contact.plan: pro  or  event.data.amount: { gte: 100 }";

function readEntry(key: string, value: Json, at: Place, problems: ConditionProblem[]): Condition | null {
  if (key === "all" || key === "any") return readList(key, value, at, problems);
  if (key === "not") {
    const of = readMap(value, at, problems);
    return of === null ? null : { kind: "not", of };
  }
  const path = readPathKey(key, at, problems);
  return path === null ? null : readTests(path, value, at, problems);
}

function readList(kind: "all" | "any", value: Json, at: Place, problems: ConditionProblem[]): Condition | null {
  if (!isList(value) || value.length === 0) {
    problems.push({
      kind: "shape",
      at,
      on: "value",
      message: `\`${kind}\` takes a list of conditions that is not empty`,
      help: `for example  ${kind}: [{ contact.plan: pro }, { contact.status: { exists: false } }]`,
    });
    return null;
  }
  const of = value.map((entry, index) => readMap(entry, [...at, index], problems)).filter((entry) => entry !== null);
  return { kind, of };
}

function readPathKey(key: string, at: Place, problems: ConditionProblem[]): readonly string[] | null {
  const [root = ""] = key.split(".", 1);
  if (notBuiltYet.has(root)) {
    problems.push({ kind: "not_built_yet", at, on: "key", message: root });
    return null;
  }
  const path = parsePath(key);
  if (path === null) {
    problems.push({
      kind: "path",
      at,
      on: "key",
      message: `\`${shown(key)}\` is not a path: names and list positions joined by dots, such as event.data.items.0`,
    });
    return null;
  }
  if (!pathRoots.includes(root)) {
    const known = path.length === 1 ? [...combinators, ...pathRoots] : pathRoots;
    problems.push({
      kind: "path",
      at,
      on: "key",
      message: `a path cannot begin with \`${root}\``,
      help: `paths begin with ${pathRoots.map((name) => `${name}.`).join(", ")}; all, any and not combine conditions`,
      unknown: { word: root, known },
    });
    return null;
  }
  if (path.length === 1) {
    problems.push({
      kind: "path",
      at,
      on: "key",
      message: `\`${root}\` alone is no value: name one of its fields, such as ${root}.${fieldOf(root)}`,
    });
    return null;
  }
  return path;
}

function fieldOf(root: string): string {
  const examples: Readonly<Record<string, string>> = {
    event: "data.url",
    contact: "plan",
    consent: "sms",
    message: "status",
    last: "sms.status",
  };
  return examples[root] ?? "name";
}

function readTests(path: readonly string[], value: Json, at: Place, problems: ConditionProblem[]): Condition | null {
  if (isScalar(value)) return { kind: "test", path, operator: "is", operand: value, at };
  if (isJsonObject(value)) return readOperators(path, value, at, problems);
  const message = isList(value)
    ? "a list is no value to compare with: write { in: [...] } for any of these"
    : "is empty: write a value, or { exists: false } for a missing one";
  problems.push({ kind: "operand", at, on: isList(value) ? "value" : "key", message });
  return null;
}

function readOperators(
  path: readonly string[],
  map: JsonObject,
  at: Place,
  problems: ConditionProblem[],
): Condition | null {
  const entries = Object.entries(map);
  if (entries.length === 0) {
    problems.push({
      kind: "operand",
      at,
      on: "value",
      message: "expected an operator",
      help: `operators are ${operatorNames.join(", ")}`,
    });
    return null;
  }
  const tests = entries
    .map(([name, operand]) => readTest(path, name, operand, at, problems))
    .filter((test) => test !== null);
  const [first] = tests;
  return tests.length === 1 && first !== undefined ? first : { kind: "all", of: tests };
}

function readTest(
  path: readonly string[],
  name: string,
  operand: Json,
  at: Place,
  problems: ConditionProblem[],
): Condition | null {
  const here = [...at, name];
  if (!isOperatorName(name)) {
    problems.push({
      kind: "operator",
      at: here,
      on: "key",
      message: `unknown operator \`${shown(name)}\``,
      help: `operators are ${operatorNames.join(", ")}`,
      unknown: { word: name, known: operatorNames },
    });
    return null;
  }
  const mistake = operandMistake(operators[name].operand, operand);
  if (mistake !== null) {
    problems.push({
      kind: "operand",
      at: mistake.at === null ? here : [...here, mistake.at],
      on: "value",
      message: `\`${name}\` ${mistake.message}`,
    });
    return null;
  }
  if (isScalar(operand)) return { kind: "test", path, operator: name, operand, at };
  return isList(operand) ? { kind: "test", path, operator: name, operand: operand.filter(isScalar), at } : null;
}

function isScalar(value: Json): value is Scalar {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}

function shown(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
