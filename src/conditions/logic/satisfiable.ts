import type { Facts } from "../../core/model/facts.ts";
import type { Json } from "../../core/model/json.ts";
import { isJsonObject } from "../../core/model/parse-json.ts";
import { compilePredicate } from "../compile-predicate.ts";
import type { Condition, Test } from "../condition.ts";
import { type Answer, contradict } from "./history-atoms.ts";
import { type Literal, literalOf, operandsOf } from "./literal.ts";
import { isPossible, valuesMeeting } from "./possible-values.ts";
import { anything, type TypeOf } from "./value-type.ts";

/** Facts under which a condition holds, and what the past must have been. */
export interface Witness {
  readonly facts: Facts;
  readonly history: readonly Answer[];
}

export type Satisfiable =
  | { readonly kind: "yes"; readonly witness: Witness }
  /** Proven: no facts that keep to the types make it hold. */
  | { readonly kind: "no" }
  /** Too large to decide, or beyond what is reasoned about. */
  | { readonly kind: "unknown" };

/** How much work a question may still cost, in units of about a microsecond. Several questions may share it. */
export interface Effort {
  left: number;
}

/** No condition that a person writes comes near it. */
const enough = 20_000;

/**
 * Whether a condition can hold at all. Alternatives are tried one after the other; on the way, what is demanded of each
 * path is gathered and given up as soon as no value can meet it. Paths are judged each by itself, which may miss a
 * contradiction and never finds one that is none. A witness has been tried out.
 */
export function satisfiable(condition: Condition, typeOf: TypeOf = () => anything): Satisfiable {
  const search: Search = { condition, typeOf, effort: { left: enough }, tryOut };
  return explore([{ condition, holds: true }], nothingDemanded, search);
}

/** Whether it is proven that a condition can never hold. Asks for no example, which is most of the work. */
export function neverHolds(
  condition: Condition,
  typeOf: TypeOf = () => anything,
  effort: Effort = { left: enough },
): boolean {
  const search: Search = { condition, typeOf, effort, tryOut: () => possible };
  return explore([{ condition, holds: true }], nothingDemanded, search).kind === "no";
}

/** Taken as a yes, so that the first way that is not ruled out ends the search. */
const possible: Satisfiable = { kind: "yes", witness: { facts: {}, history: [] } };

export type Implication =
  | { readonly kind: "yes" }
  /** Facts under which the first holds and the second does not. */
  | { readonly kind: "no"; readonly witness: Witness }
  | { readonly kind: "unknown" };

/** Whether the second condition holds whenever the first does. */
export function implies(first: Condition, second: Condition, typeOf: TypeOf = () => anything): Implication {
  const counterexample = satisfiable({ kind: "all", of: [first, { kind: "not", of: second }] }, typeOf);
  switch (counterexample.kind) {
    case "yes":
      return { kind: "no", witness: counterexample.witness };
    case "no":
      return { kind: "yes" };
    case "unknown":
      return counterexample;
  }
}

interface Search {
  readonly condition: Condition;
  readonly typeOf: TypeOf;
  /** What to make of a way on which nothing contradicts. */
  readonly tryOut: (state: State, search: Search) => Satisfiable;
  readonly effort: Effort;
}

interface Goal {
  readonly condition: Condition;
  readonly holds: boolean;
}

/** What has been demanded so far. */
interface State {
  readonly demands: ReadonlyMap<string, Demand>;
  readonly history: readonly Answer[];
  /** Lists of which one goal each must still be met. */
  readonly choices: readonly (readonly Goal[])[];
}

const nothingDemanded: State = { demands: new Map(), history: [], choices: [] };

interface Demand {
  readonly path: readonly string[];
  readonly literals: readonly Literal[];
}

function explore(goals: readonly Goal[], before: State, search: Search): Satisfiable {
  const draft: Draft = {
    demands: new Map(before.demands),
    history: [...before.history],
    choices: [...before.choices],
  };
  search.effort.left -= 8 + (before.demands.size + before.choices.length) / 8;
  for (const goal of goals) if (!demand(goal, draft, search)) return { kind: "no" };
  for (const [name, asked] of draft.demands) {
    if (search.effort.left < 0) return { kind: "unknown" };
    if (asked !== before.demands.get(name) && !isMeetable(asked, search)) return { kind: "no" };
  }
  const [choice, ...choices] = draft.choices.toSorted((a, b) => a.length - b.length);
  if (search.effort.left < 0) return { kind: "unknown" };
  if (choice === undefined) return search.tryOut(draft, search);
  let found: Satisfiable = { kind: "no" };
  for (const goal of choice) {
    const result = explore([goal], { ...draft, choices }, search);
    if (result.kind === "yes") return result;
    if (result.kind === "unknown") found = result;
  }
  return found;
}

/** A state while goals are added to it. */
interface Draft {
  readonly demands: Map<string, Demand>;
  readonly history: Answer[];
  readonly choices: (readonly Goal[])[];
}

/** Adds a goal; false when it contradicts what is there already. Values of paths are judged when all goals are in. */
function demand({ condition, holds }: Goal, draft: Draft, search: Search): boolean {
  switch (condition.kind) {
    case "not":
      return demand({ condition: condition.of, holds: !holds }, draft, search);
    case "all":
    case "any": {
      const goals = condition.of.map((part) => ({ condition: part, holds }));
      if ((condition.kind === "any") !== holds || goals.length === 1) {
        return goals.every((goal) => demand(goal, draft, search));
      }
      draft.choices.push(goals);
      return true;
    }
    case "test":
      demandTest(condition, holds, draft, search);
      return true;
    case "did":
    case "was_sent": {
      const answer: Answer = { asked: condition, holds };
      if (draft.history.some((known) => contradict(known, answer))) return false;
      draft.history.push(answer);
      return true;
    }
  }
}

function demandTest(test: Test, holds: boolean, { demands }: Draft, { effort }: Search): void {
  effort.left -= 1 + operandsOf(test).length / 16;
  // What has become too large is not looked at any more: `explore` says so.
  if (effort.left < 0) return;
  const name = test.path.join(".");
  const literals = demands.get(name)?.literals ?? [];
  demands.set(name, { path: test.path, literals: [...literals, literalOf(test, holds)] });
}

function isMeetable({ path, literals }: Demand, { effort, typeOf }: Search): boolean {
  const operands = literals.reduce((count, literal) => count + operandsOf(literal).length, 0);
  effort.left -= 8 + (literals.length * operands) / 16;
  return effort.left < 0 || isPossible(literals, typeOf(path));
}

/** A moment for examples: a Tuesday in March, 15:00 UTC. */
const now = Date.UTC(2026, 2, 3, 15);

/** Facts that meet every demand, once they have proven themselves. */
function tryOut({ demands, history }: State, { condition, typeOf }: Search): Satisfiable {
  const roots: { [root: string]: Json } = {};
  for (const { path, literals } of demands.values()) {
    const found = valuesMeeting(literals, typeOf(path), { now }).next();
    if (found.done === true) return { kind: "unknown" };
    if (found.value !== undefined) put(roots, path, found.value);
  }
  const facts: Facts = { ...roots, now };
  if (!compilePredicate(withAnswers(condition, history))(facts)) return { kind: "unknown" };
  return { kind: "yes", witness: { facts, history } };
}

/** The condition with what it asks of the past answered. */
function withAnswers(condition: Condition, history: readonly Answer[]): Condition {
  switch (condition.kind) {
    case "all":
    case "any":
      return { ...condition, of: condition.of.map((part) => withAnswers(part, history)) };
    case "not":
      return { ...condition, of: withAnswers(condition.of, history) };
    case "test":
      return condition;
    case "did":
    case "was_sent": {
      const yes = history.some(({ asked, holds }) => holds && asked === condition);
      return { kind: yes ? "all" : "any", of: [] };
    }
  }
}

/** Writes a value at a path, making the objects on the way. What stands in the way already stays. */
function put(into: { [name: string]: Json }, [name = "", ...rest]: readonly string[], value: Json): void {
  const known = Object.hasOwn(into, name) ? into[name] : undefined;
  if (rest.length === 0) {
    into[name] ??= value;
  } else if (known === undefined || isJsonObject(known)) {
    const inner = { ...known };
    put(inner, rest, value);
    into[name] = inner;
  }
}
