import type { ConditionTree, Facts } from "../core/model/facts.ts";
import type { Json, JsonObject } from "../core/model/json.ts";
import { isJsonObject } from "../core/model/parse-json.ts";
import { evaluate, isOperand, testsIn } from "./evaluate.ts";
import { type Explained, judgeCondition } from "./explain-condition.ts";
import { reachesBackTooFar } from "./history.ts";
import { isList, readPath } from "../core/model/path.ts";

/** What a verdict hinges on: a look-up, by its name, or events that happened before Heed began to keep them, by their types. */
export type Open = { readonly needs: string } | { readonly unseen: { readonly events: Json; readonly since: number } };

/**
 * Judges a lowered condition of which not all can be known: look-ups that the facts do not have under `lookup`, by name,
 * and history further back than `history.since` says. As long as the verdict hinges on such a thing, that is what comes
 * back, look-ups first, as they are written. What nobody had to know is no part of the explanation.
 */
export async function judgeLazily(tree: ConditionTree, facts: Facts): Promise<Explained | Open> {
  if (!isUncertain(tree, facts)) return judgeCondition(tree, facts);
  const part = await judgePart(tree, facts);
  return "tree" in part ? judgeCondition(part.tree, facts) : part;
}

function isUncertain(tree: ConditionTree, facts: Facts): boolean {
  const { lookups, questions } = uncertaintiesOf(tree);
  return lookups.some((name) => !isKnown(name, facts)) || questions.some((key) => sinceOf(key, facts) !== undefined);
}

/** A part with its verdict, and as much of it as that verdict took; or what it hinges on. */
type Part = { readonly holds: boolean; readonly tree: JsonObject } | Open;

async function judgePart(tree: JsonObject, facts: Facts): Promise<Part> {
  const { not, all, any } = tree;
  if (isJsonObject(not)) {
    const inner = await judgePart(not, facts);
    return "tree" in inner ? { holds: !inner.holds, tree: { not: inner.tree } } : inner;
  }
  if (isList(all)) return judgeList("all", all, facts);
  if (isList(any)) return judgeList("any", any, facts);
  const name = lookupOf(tree);
  if (name !== null && !isKnown(name, facts)) return { needs: name };
  const holds = await evaluate({ all: [tree] }, facts);
  return (holds ? null : unseenBy(tree, facts)) ?? { holds, tree };
}

/** What was seen often enough was seen; only that it was not may be for want of looking. */
function unseenBy(test: JsonObject, facts: Facts): Open | null {
  const key = questionOf(test);
  const since = key === null ? undefined : sinceOf(key, facts);
  if (typeof since !== "number" || !isOperand(test["value"])) return null;
  if (!reachesBackTooFar(test["value"], since, facts)) return null;
  return { unseen: { events: readPath(test["params"], ["events"]) ?? [], since } };
}

/** One false part decides an `all`, and one true part an `any`, whatever the others are. */
async function judgeList(kind: "all" | "any", list: readonly Json[], facts: Facts): Promise<Part> {
  const parts = await Promise.all(list.filter(isJsonObject).map((part) => judgePart(part, facts)));
  const decisive = kind === "any";
  const known = parts.flatMap((part) => ("tree" in part ? [part] : []));
  const open = parts.find((part) => "needs" in part) ?? parts.find((part) => "unseen" in part);
  const decided = known.some(({ holds }) => holds === decisive);
  if (open !== undefined && !decided) return open;
  return { holds: decided ? decisive : !decisive, tree: { [kind]: known.map((part) => part.tree) } };
}

/** What a tree names that may not be known: look-ups by name, and questions about history by key. */
interface Uncertainties {
  readonly lookups: readonly string[];
  readonly questions: readonly string[];
}

const worked = new WeakMap<JsonObject, Uncertainties>();

/** Worked out once for each tree. */
function uncertaintiesOf(tree: JsonObject): Uncertainties {
  const known = worked.get(tree);
  if (known !== undefined) return known;
  const tests = testsIn(tree);
  const found = {
    lookups: tests.flatMap((test) => lookupOf(test) ?? []),
    questions: tests.flatMap((test) => questionOf(test) ?? []),
  };
  worked.set(tree, found);
  return found;
}

function questionOf({ operator, path }: JsonObject): string | null {
  return operator === "happened" && typeof path === "string" ? path.slice("did.".length) : null;
}

function sinceOf(key: string, facts: Facts): Json | undefined {
  return readPath(facts["history"], ["since", key]);
}

function lookupOf({ fact, path }: JsonObject): string | null {
  return fact === "lookup" && typeof path === "string" ? (path.split(".", 1)[0] ?? null) : null;
}

function isKnown(name: string, { lookup }: Facts): boolean {
  return isJsonObject(lookup) && Object.hasOwn(lookup, name);
}
