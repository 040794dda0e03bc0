import { type Condition, inRule, leavesOf, namesPath, type Test, testsOf } from "../../conditions/condition.ts";
import { compareConditions, type Difference } from "../../conditions/logic/compare-conditions.ts";
import { isAboutNow } from "../../conditions/logic/literal.ts";
import { mapLeaves, not } from "../../conditions/logic/parts.ts";
import { anything, type TypeOf, type ValueType } from "../../conditions/logic/value-type.ts";
import type { Facts } from "../../core/model/facts.ts";
import type { Json } from "../../core/model/json.ts";
import { readPath } from "../../core/model/path.ts";
import { formatInstant } from "../../core/time/instant.ts";
import { type EventsInSight, triggerInSight } from "../../rulebook/events-in-sight.ts";
import { jsonAt } from "../../rulebook/json-at.ts";
import { conditionAt, type ParsedRule } from "../../rulebook/parsed-workspace.ts";
import type { Path } from "../../rulebook/problem.ts";
import { sayCondition } from "../../rulebook/say-condition.ts";
import type { PathTypes } from "../../rulebook/type-of-path.ts";
import type { Implication } from "../plan.ts";
import type { Comparison, Place } from "./compare-values.ts";

/** A rule with the types of what it may read. */
export interface TypedRule {
  readonly rule: ParsedRule;
  readonly types: PathTypes;
}

/** Compares what two versions of a rule let through, wherever they judge. */
export function judgeRule(before: TypedRule, after: TypedRule): Comparison["judge"] {
  // A rule that was moved speaks of itself by another name.
  const id = after.rule.file.rule;
  return (place, judged) => {
    const [old, now] = judged === "hearing" ? hearings(before, after, place) : conditions(before, after, place);
    const compared = compareConditions(
      inRule(old.condition, id),
      inRule(now.condition, id),
      either(old.typeOf, now.typeOf),
    );
    const witness = compared.witness === null ? null : sayWitness(compared.witness, [old.asked, now.asked]);
    // Whoever asks another source may have to wait for it, whatever the answer.
    const asksOther = lookupsIn(old.condition) !== lookupsIn(now.condition);
    return { kind: compared.kind === "equal" && asksOther ? "unknown" : compared.kind, witness } satisfies Implication;
  };
}

interface Judged {
  /** What its author asks. */
  readonly asked: Condition;
  /** With what is asked besides. */
  readonly condition: Condition;
  readonly typeOf: TypeOf;
}

const everybody: Condition = { kind: "all", of: [] };

function conditions(before: TypedRule, after: TypedRule, place: Place): readonly [Judged, Judged] {
  const read = ({ rule, types }: TypedRule, path: Path): Judged => {
    const condition = inOneName(conditionAt(rule, path) ?? everybody);
    return { asked: condition, condition, typeOf: types.typeOf(triggerInSight(rule)) };
  };
  return [read(before, place.before), read(after, place.after)];
}

/** Which events are heard: of these types, for which the condition holds, and none of machines unless it names them. */
function hearings(before: TypedRule, after: TypedRule, place: Place): readonly [Judged, Judged] {
  const read = ({ rule, types }: TypedRule, path: Path): Judged => {
    const named = jsonAt(rule.document.data, [...path, "event"]) ?? [];
    const events = [named].flat().filter((event) => typeof event === "string");
    const written = conditionAt(rule, [...path, "where"]) ?? everybody;
    const where = path[0] === "trigger" ? inOneName(written) : written;
    const { trigger } = triggerInSight(rule);
    const sight: EventsInSight = { event: events, trigger };
    const ofType: Condition = { kind: "test", path: ["event", "event_type"], operator: "in", operand: events, at: [] };
    const asked: Condition = { kind: "all", of: [ofType, where] };
    const machines = namesPath(written, ofMachine.path.join(".")) ? [] : [not(ofMachine)];
    return { asked, condition: { kind: "all", of: [asked, ...machines] }, typeOf: types.typeOf(sight) };
  };
  return [read(before, place.before), read(after, place.after)];
}

const ofMachine: Test = {
  kind: "test",
  path: ["event", "data", "machine"],
  operator: "is",
  operand: true,
  at: [],
};

/** One name for each fact where the event is the one that started the rule: `trigger.url` is `event.data.url`. */
function inOneName(condition: Condition): Condition {
  return mapLeaves(condition, (leaf) => {
    if (leaf.kind !== "test" || leaf.path[0] !== "trigger") return leaf;
    return { ...leaf, path: ["event", "data", ...leaf.path.slice(1)] };
  });
}

/** What a value can be that is of one of two types. */
function either(one: TypeOf, other: TypeOf): TypeOf {
  return (path) => {
    const [a, b] = [one(path), other(path)];
    if (a === b) return a;
    if (a.kinds.includes("anything") || b.kinds.includes("anything")) return anything;
    const values = a.values === null || b.values === null ? null : [...new Set([...a.values, ...b.values])];
    return {
      kinds: [...new Set([...a.kinds, ...b.kinds])],
      values,
      optional: a.optional || b.optional,
    } satisfies ValueType;
  };
}

function lookupsIn(condition: Condition): string {
  const names = testsOf(condition).flatMap(({ path: [root, name = ""] }) => (root === "lookup" ? [name] : []));
  return [...new Set(names)].toSorted().join();
}

/** Every fact that the two ask for, and what of the past they hinge on. */
function sayWitness({ holds, facts, history }: Difference, asking: readonly Condition[]): Implication["witness"] {
  const tests = asking.flatMap(testsOf);
  const asked = tests.map(({ path }) => [path.join("."), valueAt(facts, path)] as const);
  const past = history.map(({ asked: question, holds: yes }) => [sayCondition(question), yes] as const);
  const aboutNow = tests.some(isAboutNow) || asking.some((one) => leavesOf(one).some(({ kind }) => kind !== "test"));
  const now = facts["now"];
  return {
    holds,
    facts: Object.fromEntries([
      ...asked.toSorted(byName),
      ...past.toSorted(byName),
      ...(aboutNow && typeof now === "number" ? [["now", formatInstant(now)] as const] : []),
    ]),
  };
}

function valueAt(facts: Facts, [root = "", ...rest]: Path): Json {
  return (Object.hasOwn(facts, root) ? readPath(facts[root], rest.map(String)) : undefined) ?? null;
}

function byName([a]: readonly [string, Json], [b]: readonly [string, Json]): number {
  return a < b ? -1 : 1;
}
