import { bounded, GLANCE } from "../core/model/bounded.ts";
import type { ConditionTree, Facts } from "../core/model/facts.ts";
import type { Json, JsonObject } from "../core/model/json.ts";
import { isJsonObject } from "../core/model/parse-json.ts";
import type { SeenTest } from "../core/model/trail.ts";
import { conditionText } from "./condition-text.ts";
import { evaluateTold } from "./evaluate.ts";
import { isList, readPath } from "../core/model/path.ts";

/** A condition has few tests; of one with more than this, those that decided come first. */
const MOST_TESTS = 24;

/** A condition's verdict with what made it: every test with the value it saw. */
export interface Explained {
  readonly holds: boolean;
  readonly saw: readonly SeenTest[];
}

/**
 * Judges a lowered condition and tells what each of its tests saw. Verdict and explanation are of one and the same
 * evaluation, so that they cannot disagree, and the explanation costs next to nothing.
 */
export async function judgeCondition(tree: ConditionTree, facts: Facts): Promise<Explained> {
  const told = await evaluateTold(tree, facts);
  const holds = told.result === true;
  const saw = testsIn(told.conditions, holds, { aside: false, negated: false });
  if (saw.length <= MOST_TESTS) return { holds, saw };
  const foremost = [...decisiveOf(saw), ...saw.filter(({ aside }) => aside === true)];
  return { holds, saw: foremost.slice(0, MOST_TESTS) };
}

/** The tests that decided: of an `all` that failed those that failed, of an `any` that held those that held. */
export function decisiveOf(saw: readonly SeenTest[]): readonly SeenTest[] {
  return saw.filter(({ aside }) => aside !== true);
}

interface Place {
  readonly aside: boolean;
  readonly negated: boolean;
}

/** A part of the tree as the engine leaves it behind: the condition as it was, with `result` and `factResult`. */
function testsIn(part: object, holds: boolean | null, place: Place): readonly SeenTest[] {
  const inner: unknown = Reflect.get(part, "not");
  if (isObject(inner)) return testsIn(inner, resultOf(inner), { ...place, negated: !place.negated });
  const parts: unknown = Reflect.get(part, "all") ?? Reflect.get(part, "any");
  if (!Array.isArray(parts)) return [seenTest(part, holds, place)];
  return parts.filter(isObject).flatMap((each) => {
    const result = resultOf(each);
    return testsIn(each, result, { ...place, aside: place.aside || result !== holds });
  });
}

/** Null of a part that nobody asked. */
function resultOf(part: object): boolean | null {
  const result: unknown = Reflect.get(part, "result");
  return typeof result === "boolean" ? result : null;
}

function seenTest(test: object, result: boolean | null, { aside, negated }: Place): SeenTest {
  const read = (name: string): Json | undefined => {
    const value: unknown = Reflect.get(test, name);
    return isJson(value) ? value : undefined;
  };
  const root = textOf(read("fact"));
  const rest = textOf(read("path"));
  const operator = textOf(read("operator"));
  const operand = read("value") ?? null;
  const params = read("params");
  const events = readPath(params, ["events"]);
  const where = readPath(params, ["where"]);
  const actual = actualOf(operator, operand, read("factResult") ?? undefined);
  return {
    path: rest === "" ? root : `${root}.${rest}`,
    operator,
    operand: bounded(operand, GLANCE),
    ...(actual !== undefined && { actual }),
    holds: result === null ? null : result !== negated,
    ...(negated && { negated }),
    ...(aside && { aside }),
    ...(isList(events) && { events: events.map(textOf) }),
    ...(isJsonObject(where) && { where: textOf(bounded(conditionText(where), GLANCE)) }),
  };
}

/** What was seen, bounded; of a question about history how many answers are known, and when the last one was. */
function actualOf(operator: string, operand: Json, value: Json | undefined): Json | undefined {
  if (operator === "happened") return known(isList(value) ? value : []);
  if (operator === "sent") {
    const [channel, rule] = isList(operand) ? operand : [];
    const fits = (entry: Json, wanted: Json | undefined, name: string): boolean =>
      wanted === "*" || readPath(entry, [name]) === wanted;
    const sent = (isList(value) ? value : []).filter(
      (entry) => fits(entry, channel, "channel") && fits(entry, rule, "rule"),
    );
    return known(sent.map((entry) => readPath(entry, ["at"]) ?? null));
  }
  return value === undefined ? undefined : bounded(value, GLANCE);
}

/** Of times in epoch milliseconds, in any order. */
function known(times: readonly Json[]): JsonObject {
  const numbers = times.filter((at) => typeof at === "number");
  return { known: numbers.length, last: numbers.length === 0 ? null : Math.max(...numbers) };
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** Conditions and facts are JSON by their types; the engine only forgets it. */
function isJson(value: unknown): value is Json {
  return value !== undefined && typeof value !== "function";
}

function textOf(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}
