import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compilePredicate } from "../../src/conditions/compile-predicate.ts";
import { parseCondition } from "../../src/conditions/parse-condition.ts";
import type { Facts, Predicate } from "../../src/core/model/facts.ts";
import type { Json, JsonObject } from "../../src/core/model/json.ts";
import { certaintiesIn } from "../../src/rulebook/certainty.ts";
import { parseWorkspace } from "../../src/rulebook/parse-workspace.ts";
import { type Situation, situationsOf } from "../../src/rulebook/situations.ts";
import { pathTypesOf } from "../../src/rulebook/type-of-path.ts";
import { heedYaml, inMemory } from "./in-memory.ts";

interface Conditions {
  readonly where: JsonObject;
  readonly guard: JsonObject;
  readonly when: JsonObject;
}

/** The situations of a rule whose conditions are these: of its trigger, its guard, and its only send. */
function situations({ where, guard, when }: Conditions): ReadonlyMap<string, Situation> {
  const rule = JSON.stringify({
    rule: "hello",
    class: "transactional",
    trigger: { event: "lead.any", where },
    guard,
    actions: [{ send: "sms", text: "Hello.", when }],
  });
  const { parsed, problems } = parseWorkspace(inMemory({ "heed.yaml": heedYaml, "hello.yaml": rule }));
  const types = pathTypesOf(parsed);
  const [first] = parsed.rules;
  if (types === null || first === undefined) throw new Error(JSON.stringify(problems));
  return new Map(situationsOf(first, types).conditions.map((each) => [each.path.join("/"), each]));
}

function isRuledOut({ condition, known, proof }: Situation): boolean {
  return proof.neverHolds({ kind: "all", of: [...known.map((each) => each.condition), condition] });
}

function compiled(source: Json): Predicate {
  const parsed = parseCondition(source);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return compilePredicate(parsed.condition);
}

const path = fc.constantFrom("event.data.a", "trigger.a", "event.data.b", "contact.status", "contact.first_name");
const word = fc.constantFrom("x", "y", "xy", "2026-03-06T14:00:00Z");
const operators: fc.Arbitrary<JsonObject> = fc.oneof(
  fc.record({ is: word }),
  fc.record({ not: word }),
  fc.record({ in: fc.array(word, { minLength: 1, maxLength: 2 }) }),
  fc.record({ contains: fc.constantFrom("x", "Y") }),
  fc.record({ exists: fc.boolean() }),
);
const inTime = fc.tuple(
  fc.constantFrom("event.data.a", "trigger.a"),
  fc.oneof(fc.record({ within: fc.constantFrom("1h", "3d") }), fc.record({ before: fc.constant("now") })),
);
const entry: fc.Arbitrary<readonly [string, Json]> = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(path, operators) },
  { weight: 1, arbitrary: inTime },
  { weight: 1, arbitrary: fc.tuple(path, operators).map(([name, inner]) => ["not", { [name]: inner }] as const) },
  {
    weight: 1,
    arbitrary: fc
      .array(fc.tuple(path, operators), { minLength: 2, maxLength: 2 })
      .map((arms) => ["any", arms.map(([name, inner]) => ({ [name]: inner }))] as const),
  },
);
const condition = fc.array(entry, { minLength: 1, maxLength: 2 }).map((entries) => Object.fromEntries(entries));

const value = fc.constantFrom<Json | undefined>("x", "y", "xy", "2026-03-06T14:00:00Z", undefined);
const contact = fc.record({ status: value, first_name: value });
const moment = fc.constantFrom(Date.UTC(2026, 2, 6, 14, 30), Date.UTC(2026, 2, 8), Date.UTC(2026, 4, 1));
const course = fc.record({ a: value, b: value, before: contact, after: contact, start: moment, end: moment });

function present(fields: Readonly<Record<string, Json | undefined>>): JsonObject {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, inner]) => (inner === undefined ? [] : [[name, inner]])),
  );
}

test("what is ruled out by the trigger and the guard never happens, whatever changes in between", () => {
  const seen = { guard: 0, when: 0 };
  fc.assert(
    fc.property(
      fc.record({ where: condition, guard: condition, when: condition }),
      fc.array(course, { minLength: 30, maxLength: 30 }),
      (conditions, courses) => {
        const found = situations(conditions);
        const [where, asked, sends] = [conditions.where, conditions.guard, conditions.when].map(compiled);
        const [guard, when] = [found.get("guard"), found.get("actions/0/when")];
        if (guard === undefined || when === undefined || where === undefined)
          throw new Error("a condition was left out");
        const [noGuard, noWhen] = [isRuledOut(guard), isRuledOut(when)];
        if (noGuard) seen.guard += 1;
        else if (noWhen) seen.when += 1;
        for (const { a, b, before, after, start, end } of courses) {
          const data = present({ a, b });
          const facts = (person: typeof before, now: number): Facts => ({
            event: { data },
            trigger: data,
            contact: present(person),
            now,
          });
          const later = facts(after, Math.max(start, end));
          const starts = where(facts(before, start));
          const speaks = starts && asked?.(later) === true;
          if (noGuard) expect(speaks).toBe(false);
          if (noWhen) expect(speaks && sends?.(later) === true).toBe(false);
        }
      },
    ),
    { numRuns: 300 },
  );
  expect(seen.guard).toBeGreaterThan(5);
  expect(seen.when).toBeGreaterThan(5);
});

describe("what may have changed rules nothing out", () => {
  test.each<[string, Omit<Conditions, "when">]>([
    ["a field of the contact", { where: { "contact.status": "new" }, guard: { "contact.status": { not: "new" } } }],
    [
      "how long ago",
      { where: { "event.data.a": { within: "1h" } }, guard: { not: { "event.data.a": { within: "1h" } } } },
    ],
    ["history", { where: { did_not: { event: "email.clicked" } }, guard: { did: { event: "email.clicked" } } }],
  ])("%s", (_, conditions) => {
    const guard = situations({ ...conditions, when: { "event.data.b": "x" } }).get("guard");
    expect(guard === undefined ? "left out" : certaintiesIn(guard)).toEqual([]);
  });
});

test("the guard is asked again at the moment of a send", () => {
  const found = situations({
    where: { "event.data.a": "x" },
    guard: { "contact.status": "new" },
    when: { "contact.status": "lost" },
  });
  const when = found.get("actions/0/when");
  expect(when === undefined ? [] : certaintiesIn(when)).toMatchObject([
    { answer: "never", because: [{ known: { from: "guard" } }] },
  ]);
});
