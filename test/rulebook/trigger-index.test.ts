import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compilePredicate } from "../../src/conditions/compile-predicate.ts";
import { namesPath } from "../../src/conditions/condition.ts";
import { parseCondition } from "../../src/conditions/parse-condition.ts";
import { matches } from "../../src/core/matching.ts";
import type { CanonicalEvent } from "../../src/core/model/event.ts";
import type { Facts } from "../../src/core/model/facts.ts";
import type { Json } from "../../src/core/model/json.ts";
import { createTriggerIndex, type IndexedRule } from "../../src/rulebook/trigger-index.ts";
import { rule as ruleOf } from "../core/given.ts";

function indexed(id: string, events: readonly string[], source: Json | null, enabled = true): IndexedRule {
  const parsed = source === null ? null : parseCondition(source);
  if (parsed !== null && !parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const where = parsed?.condition ?? null;
  const match = {
    events,
    where: where === null ? null : compilePredicate(where),
    namesMachine: where !== null && namesPath(where, "event.data.machine"),
  };
  const rule = ruleOf({ id, digest: id, enabled, trigger: { match, maxAge: { count: 24, unit: "h" } } });
  return { rule, where };
}

function eventOf(type: string, data: CanonicalEvent["data"]): CanonicalEvent {
  return {
    schema_version: 1,
    event_id: "e",
    event_type: type,
    occurred_at: "2026-03-06T14:00:00Z",
    received_at: "2026-03-06T14:00:00Z",
    provider: "api",
    data,
  };
}

function factsOf(event: CanonicalEvent): Facts {
  return { event: { ...event }, trigger: event.data, contact: { plan: "pro" }, now: 0 };
}

const scalar = fc.constantFrom<Json>("a", "b", "1", 1, 0, -0, true, "true");
const test1 = fc.tuple(
  fc.constantFrom("event.data.x", "event.data.y", "contact.plan", "event.data.machine"),
  fc.oneof(
    scalar,
    fc.array(scalar, { minLength: 1, maxLength: 3 }).map((list) => ({ in: list })),
    scalar.map((value) => ({ not: value })),
    fc.constant({ exists: true }),
  ),
);
const condition = fc.oneof(
  fc.constant(null),
  fc.array(test1, { minLength: 1, maxLength: 3 }).map((entries): Json => Object.fromEntries(entries)),
  fc
    .array(test1, { minLength: 1, maxLength: 3 })
    .map((entries): Json => ({ any: entries.map((entry) => Object.fromEntries([entry])) })),
  fc.array(test1, { minLength: 1, maxLength: 2 }).map((entries): Json => ({ not: Object.fromEntries(entries) })),
);
const types = fc.uniqueArray(fc.constantFrom("email.clicked", "lead.x", "order"), { minLength: 1, maxLength: 3 });
const rules = fc
  .array(fc.tuple(types, condition, fc.boolean()), { maxLength: 25 })
  .map((list) =>
    list.map(([events, where, disabled], n) =>
      indexed(`r${String(n).padStart(2, "0")}`, events, where, !(disabled && n % 3 === 0)),
    ),
  );
const event = fc
  .tuple(
    fc.constantFrom("email.clicked", "lead.x", "order", "nothing"),
    fc.dictionary(fc.constantFrom("x", "y", "machine"), fc.oneof(scalar, fc.constant(null), fc.constant(["a"]))),
  )
  .map(([type, data]) => eventOf(type, data));

test("the index finds the same rules as asking every rule, in order of id", () => {
  let found = 0;
  fc.assert(
    fc.property(rules, event, (list, incoming) => {
      const facts = factsOf(incoming);
      const linear = list
        .filter(({ rule }) => rule.enabled && matches(rule.trigger.match, incoming, facts))
        .map(({ rule }) => rule.id);
      found += linear.length;
      expect(createTriggerIndex(list)(incoming, facts).map(({ id }) => id)).toEqual(linear);
    }),
    { numRuns: 1_000 },
  );
  expect(found).toBeGreaterThan(100);
});

describe("ten thousand rules", () => {
  const many = Array.from({ length: 10_000 }, (_, n) =>
    indexed(`r${n}`, ["email.clicked"], {
      "event.channel": "email",
      "event.data.template": `t${n}`,
      "contact.plan": "pro",
    }),
  );
  const incoming = { ...eventOf("email.clicked", { template: "t77" }), channel: "email" };

  test("cost an event hardly more than ten", () => {
    const ten = createTriggerIndex(many.slice(70, 80));
    const all = createTriggerIndex(many);
    const facts = factsOf(incoming);
    expect(all(incoming, facts).map(({ id }) => id)).toEqual(["r77"]);
    const cost = (index: typeof ten): number => {
      const rounds = Array.from({ length: 9 }, () => {
        const before = performance.now();
        for (let n = 0; n < 2_000; n += 1) index(incoming, facts);
        return performance.now() - before;
      });
      return Math.min(...rounds);
    };
    cost(ten);
    expect(cost(all)).toBeLessThan(cost(ten) * 4 + 5);
  });

  test("ask no more conditions than share the rarest value", () => {
    let asked = 0;
    const counting = many.map(({ rule, where }): IndexedRule => {
      const { match } = rule.trigger;
      const countingWhere = (facts: Facts): boolean => {
        asked += 1;
        return match.where?.(facts) ?? true;
      };
      const counted = { ...match, where: countingWhere };
      return { rule: { ...rule, trigger: { ...rule.trigger, match: counted } }, where };
    });
    createTriggerIndex(counting)(incoming, factsOf(incoming));
    expect(asked).toBe(1);
  });
});
