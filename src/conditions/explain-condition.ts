import type { ConditionTree, Facts } from "../core/model/facts.ts";
import type { Json, JsonObject } from "../core/model/json.ts";
import { isJsonObject } from "../core/model/parse-json.ts";
import { evaluate } from "./evaluate.ts";
import { zoneOf } from "./operators.ts";
import { isList, parsePath, readPath } from "./path.ts";

/** One test of a condition that had a say in its verdict. */
export interface DecisiveTest {
  /** Root first, with dots. */
  readonly path: string;
  readonly operator: string;
  readonly operand: Json;
  /** Undefined when nothing is there. */
  readonly actual: Json | undefined;
  readonly holds: boolean;
  /** The types of events that a question about history asks for; empty for all else. */
  readonly events: readonly string[];
  /** Where clocks are read. */
  readonly zone: string;
}

/**
 * The tests that decided a lowered condition, each with the value it saw: of an `all` that failed those that failed, of
 * an `any` that held those that held. Each is judged by the evaluator itself, so that no explanation can disagree with it.
 */
export async function explainCondition(tree: ConditionTree, facts: Facts): Promise<readonly DecisiveTest[]> {
  const parts = partsOf(tree);
  if (parts === null) return [await explainTest(tree, facts)];
  const { of, kind } = parts;
  if (kind === "not") return (await Promise.all(of.map((part) => explainCondition(part, facts)))).flat();
  const judged = await Promise.all(of.map(async (part) => ({ part, holds: await holdsNow(part, facts) })));
  const whole = kind === "all" ? judged.every(({ holds }) => holds) : judged.some(({ holds }) => holds);
  const decisive = judged.filter(({ holds }) => holds === whole);
  return (await Promise.all(decisive.map(({ part }) => explainCondition(part, facts)))).flat();
}

function holdsNow(part: JsonObject, facts: Facts): Promise<boolean> {
  return evaluate(partsOf(part) === null ? { all: [part] } : part, facts);
}

interface Parts {
  readonly kind: "all" | "any" | "not";
  readonly of: readonly JsonObject[];
}

function partsOf(tree: JsonObject): Parts | null {
  for (const kind of ["all", "any"] as const) {
    const of = tree[kind];
    if (isList(of)) return { kind, of: of.filter(isJsonObject) };
  }
  const inner = tree["not"];
  return isJsonObject(inner) ? { kind: "not", of: [inner] } : null;
}

async function explainTest(test: JsonObject, facts: Facts): Promise<DecisiveTest> {
  const root = textOf(test["fact"]);
  const rest = textOf(test["path"]);
  const segments = parsePath(rest);
  const fact = facts[root];
  const events = readPath(test["params"], ["events"]);
  return {
    path: rest === "" ? root : `${root}.${rest}`,
    operator: textOf(test["operator"]),
    operand: test["value"] ?? null,
    actual: segments === null || fact === undefined ? undefined : readPath(fact, segments),
    holds: await evaluate({ all: [test] }, facts),
    events: isList(events) ? events.map(textOf) : [],
    zone: zoneOf(facts),
  };
}

function textOf(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}
