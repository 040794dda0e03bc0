import fc from "fast-check";
import { expect, test } from "vitest";
import { compilePredicate } from "../../src/conditions/compile-predicate.ts";
import { evaluate } from "../../src/conditions/evaluate.ts";
import { judgeLazily } from "../../src/conditions/judge-lazily.ts";
import { lowerCondition } from "../../src/conditions/lower.ts";
import { parseCondition } from "../../src/conditions/parse-condition.ts";
import type { ConditionTree, Facts } from "../../src/core/model/facts.ts";
import type { Json, JsonObject } from "../../src/core/model/json.ts";

function treeOf(condition: Json): ConditionTree {
  const parsed = parseCondition(condition);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return lowerCondition(parsed.condition);
}

/** The verdict, with the look-ups that it took, in the order in which they were asked. */
async function judged(tree: ConditionTree, facts: Facts, found: Readonly<Record<string, JsonObject>>) {
  const asked: string[] = [];
  for (;;) {
    const lookup = Object.fromEntries(asked.map((name) => [name, found[name] ?? {}]));
    const verdict = await judgeLazily(tree, { ...facts, lookup });
    if ("holds" in verdict) return { ...verdict, asked };
    if (!("needs" in verdict)) throw new Error("nothing here asks for the past");
    if (asked.includes(verdict.needs)) throw new Error(`asked twice for ${verdict.needs}`);
    asked.push(verdict.needs);
  }
}

test("what the others decide is not asked for, wherever it stands", async () => {
  const tree = treeOf({ "lookup.crm.status": "lead", "contact.plan": "pro" });
  expect(await judged(tree, { contact: { plan: "free" } }, {})).toMatchObject({ holds: false, asked: [] });
  const found = { crm: { status: "lead" } };
  expect(await judged(tree, { contact: { plan: "pro" } }, found)).toMatchObject({ holds: true, asked: ["crm"] });
});

test("of several, the next is asked only when the last left it open", async () => {
  const tree = treeOf({ any: [{ "lookup.a.x": 1 }, { not: { "lookup.b.x": 1 } }, { "lookup.c.x": { exists: true } }] });
  expect(await judged(tree, {}, { a: { x: 1 } })).toMatchObject({ holds: true, asked: ["a"] });
  expect(await judged(tree, {}, { b: { x: 2 } })).toMatchObject({ holds: true, asked: ["a", "b"] });
  expect(await judged(tree, {}, { b: { x: 1 } })).toMatchObject({ holds: false, asked: ["a", "b", "c"] });
});

test("what nobody asked for is no part of the explanation", async () => {
  const tree = treeOf({ "lookup.a.x": 1, "lookup.b.x": 1 });
  const { saw } = await judged(tree, {}, { a: { x: 2 } });
  expect(saw.map(({ path }) => path)).toEqual(["lookup.a.x"]);
});

const DAY = 86_400_000;
const NOW = Date.parse("2026-03-06T19:00:00Z");
const bought = { did: { event: "Order Completed", within: "30d" } };

/** Facts of somebody of whom orders are known since then, and who placed one at these times. */
function past(tree: ConditionTree, sinceDays: number, orders: readonly number[]): Facts {
  const key = /"did\.(k\w+)"/.exec(JSON.stringify(tree))?.[1] ?? "";
  const times = orders.map((days) => NOW - days * DAY);
  return { history: { did: { [key]: times }, sent: [], since: { [key]: NOW - sinceDays * DAY } }, now: NOW };
}

test("an absence that nobody could have seen is no verdict; what was seen is one", async () => {
  const did = treeOf(bought);
  const didNot = treeOf({ not: bought });
  const unseen = { unseen: { events: ["Order Completed"], since: NOW - 10 * DAY } };
  expect(await judgeLazily(did, past(did, 10, [5]))).toMatchObject({ holds: true });
  expect(await judgeLazily(didNot, past(didNot, 10, [5]))).toMatchObject({ holds: false });
  expect(await judgeLazily(did, past(did, 10, []))).toEqual(unseen);
  expect(await judgeLazily(didNot, past(didNot, 10, []))).toEqual(unseen);
  expect(await judgeLazily(didNot, past(didNot, 31, []))).toMatchObject({ holds: true });
});

test("closures are in doubt as they are told, and never in doubt about what was seen", () => {
  const holds = (condition: Json, inDoubt: boolean, sinceDays: number, orders: readonly number[]): boolean => {
    const parsed = parseCondition(condition, "event");
    if (!parsed.ok) throw new Error("expected a condition");
    return compilePredicate(parsed.condition, inDoubt)(past(lowerCondition(parsed.condition), sinceDays, orders));
  };
  for (const condition of [bought, { not: bought }, { any: [{ not: { all: [bought] } }] }]) {
    expect([holds(condition, false, 10, []), holds(condition, true, 10, [])]).toEqual([false, true]);
    expect(holds(condition, false, 31, [])).toBe(holds(condition, true, 31, []));
    expect(holds(condition, false, 10, [5])).toBe(holds(condition, true, 10, [5]));
  }
});

const leaf = fc.oneof(
  fc.record({ name: fc.constantFrom("a", "b", "c"), value: fc.integer({ min: 0, max: 1 }) }).map(({ name, value }) => {
    return { [`lookup.${name}.x`]: value };
  }),
  fc.record({ name: fc.constantFrom("p", "q"), value: fc.integer({ min: 0, max: 1 }) }).map(({ name, value }) => {
    return { [`contact.${name}`]: value };
  }),
);
const { condition } = fc.letrec<{ condition: JsonObject }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    leaf,
    fc.array(tie("condition"), { minLength: 1, maxLength: 3 }).map((all) => ({ all })),
    fc.array(tie("condition"), { minLength: 1, maxLength: 3 }).map((any) => ({ any })),
    tie("condition").map((not) => ({ not })),
  ),
}));
const bit = fc.constantFrom({}, { x: 0 }, { x: 1 });

test("asked as needed or all known beforehand, the verdict is the same, and no answer that was not asked changes it", async () => {
  await fc.assert(
    fc.asyncProperty(
      condition,
      fc.record({ p: fc.nat(1), q: fc.nat(1) }),
      fc.record({ a: bit, b: bit, c: bit }),
      fc.record({ a: bit, b: bit, c: bit }),
      async (written, contact, found, other) => {
        const tree = treeOf(written);
        const { holds, asked } = await judged(tree, { contact }, found);
        expect(holds).toBe(await evaluate(tree, { contact, lookup: found }));
        const mixed = Object.fromEntries(
          (["a", "b", "c"] as const).map((name) => [name, asked.includes(name) ? found[name] : other[name]]),
        );
        expect(await evaluate(tree, { contact, lookup: mixed })).toBe(holds);
      },
    ),
    { numRuns: 300 },
  );
});
