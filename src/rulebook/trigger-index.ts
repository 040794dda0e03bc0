import type { Condition } from "../conditions/condition.ts";
import type { Scalar } from "../conditions/operand.ts";
import { readPath } from "../core/model/path.ts";
import { matches } from "../core/matching.ts";
import type { CanonicalEvent } from "../core/model/event.ts";
import type { Facts } from "../core/model/facts.ts";
import type { Rule } from "../core/model/rulebook.ts";

/** A rule with the condition its trigger was compiled from. */
export interface IndexedRule {
  readonly rule: Rule;
  readonly where: Condition | null;
}

/**
 * Finds the rules that an event triggers. Of the many rules that name the same event type, most demand that some value
 * equals something: those are found by hashing that value, and only what is found runs its whole condition.
 */
export function createTriggerIndex(
  rules: readonly IndexedRule[],
): (event: CanonicalEvent, facts: Facts) => readonly Rule[] {
  const enabled = rules.filter(({ rule }) => rule.enabled).toSorted((a, b) => (a.rule.id < b.rule.id ? -1 : 1));
  const byType = new Map<string, IndexedRule[]>();
  for (const indexed of enabled) {
    for (const type of new Set(indexed.rule.trigger.match.events)) listIn(byType, type).push(indexed);
  }
  const indexes = new Map([...byType].map(([type, list]) => [type, indexByEquality(list)]));
  return (event, facts) => {
    const candidates = indexes.get(event.event_type)?.(facts) ?? [];
    return candidates.filter((rule) => matches(rule.trigger.match, event, facts));
  };
}

interface Placed {
  readonly rule: Rule;
  readonly order: number;
}

/** The rules that demand one of some values at one path, by the value. */
interface Group {
  readonly root: string;
  readonly rest: readonly string[];
  readonly buckets: Map<string, Placed[]>;
}

function indexByEquality(rules: readonly IndexedRule[]): (facts: Facts) => readonly Rule[] {
  const popularity = countKeys(rules);
  const always: Placed[] = [];
  const byPath = new Map<string, Group>();
  rules.forEach(({ rule, where }, order) => {
    const best = rarest(where, popularity);
    if (best === null) {
      always.push({ rule, order });
      return;
    }
    const name = best.path.join(".");
    const [root = "", ...rest] = best.path;
    const group = byPath.get(name) ?? { root, rest, buckets: new Map<string, Placed[]>() };
    byPath.set(name, group);
    for (const key of new Set(best.values.map(keyOf))) listIn(group.buckets, key).push({ rule, order });
  });
  const groups = [...byPath.values()];
  return (facts) => {
    const found = [always];
    for (const { root, rest, buckets } of groups) {
      const value = readPath(facts[root], rest);
      const bucket = isScalar(value) ? buckets.get(keyOf(value)) : undefined;
      if (bucket !== undefined) found.push(bucket);
    }
    // Each list is in order by itself.
    const lists = found.filter((list) => list.length > 0);
    const placed = lists.length > 1 ? lists.flat().sort((a, b) => a.order - b.order) : (lists[0] ?? []);
    return placed.map(({ rule }) => rule);
  };
}

interface Equality {
  readonly path: readonly string[];
  readonly values: readonly Scalar[];
}

/** The equalities that must hold whenever the condition does. */
function equalities(where: Condition | null): readonly Equality[] {
  if (where === null) return [];
  if (where.kind === "all") return where.of.flatMap(equalities);
  if (where.kind !== "test" || (where.operator !== "is" && where.operator !== "in")) return [];
  return [{ path: where.path, values: typeof where.operand === "object" ? where.operand : [where.operand] }];
}

function countKeys(rules: readonly IndexedRule[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { where } of rules) {
    for (const equality of equalities(where)) {
      for (const key of pathKeys(equality)) counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  }
  return counts;
}

/** The equality that the fewest other rules share, so that an event finds few candidates in vain. */
function rarest(where: Condition | null, popularity: ReadonlyMap<string, number>): Equality | null {
  const weigh = (equality: Equality): number =>
    pathKeys(equality).reduce((sum, key) => sum + (popularity.get(key) ?? 0), 0);
  const [best] = equalities(where)
    .map((equality) => ({ equality, weight: weigh(equality) }))
    .toSorted((a, b) => a.weight - b.weight);
  return best?.equality ?? null;
}

function pathKeys({ path, values }: Equality): readonly string[] {
  return values.map((value) => `${path.join(".")}=${keyOf(value)}`);
}

/** Distinguishes what equality distinguishes: the text "1" is not the number 1. */
function keyOf(value: Scalar): string {
  return `${typeof value}:${String(value)}`;
}

function isScalar(value: unknown): value is Scalar {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}

function listIn<Value>(map: Map<string, Value[]>, key: string): Value[] {
  const list = map.get(key) ?? [];
  map.set(key, list);
  return list;
}
