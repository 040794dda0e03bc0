import fc from "fast-check";
import { expect, test } from "vitest";
import { compilePredicate } from "../../src/conditions/compile-predicate.ts";
import { evaluate } from "../../src/conditions/evaluate.ts";
import { historyOf } from "../../src/conditions/condition.ts";
import { historyKey, lowerCondition } from "../../src/conditions/lower.ts";
import { parseCondition } from "../../src/conditions/parse-condition.ts";
import type { Json } from "../../src/core/model/json.ts";

/** Few names and few values, so that paths and facts meet often; some of them hostile. */
const segment = fc.constantFrom(
  "data",
  "plan",
  "tags",
  "url",
  "__proto__",
  "constructor",
  "length",
  "toString",
  "0",
  "1",
  "status",
);
const path = fc
  .tuple(
    fc.constantFrom("event", "trigger", "contact", "consent", "message", "last"),
    fc.array(segment, { minLength: 1, maxLength: 3 }),
  )
  .map(([root, rest]) => [root, ...rest].join("."));
const scalar: fc.Arbitrary<string | number | boolean> = fc.oneof(
  fc.constantFrom("pro", "PRO", "free", "", "2026-03-06T14:00:00Z", "2026-03-06", "100"),
  fc.constantFrom(0, -0, 1, 100, 1_772_805_600, 1_772_805_600_000),
  fc.boolean(),
);
const operators: fc.Arbitrary<Record<string, Json>> = fc
  .record(
    {
      is: scalar,
      not: scalar,
      in: fc.array(scalar, { minLength: 1, maxLength: 3 }),
      not_in: fc.array(scalar, { minLength: 1, maxLength: 3 }),
      gt: fc.constantFrom(0, 1, 100),
      lte: fc.constantFrom(0, 1, 100),
      contains: scalar,
      not_contains: scalar,
      starts_with: fc.constantFrom("p", "2026"),
      ends_with: fc.constantFrom("o", "Z"),
      exists: fc.boolean(),
      before: fc.constantFrom("now", "2026-03-06T14:00:00Z"),
      after: fc.constantFrom("now", "2026-03-01"),
      within: fc.constantFrom("24h", "1d", "2w"),
    },
    { requiredKeys: [] },
  )
  .filter((map) => Object.keys(map).length > 0);

const within = fc.constantFrom("1h", "1d", "2w");
const did: fc.Arbitrary<Json> = fc.record(
  { event: fc.constantFrom<Json>("bought", ["bought", "viewed"]), within, at_least: fc.constantFrom(1, 2) },
  { requiredKeys: ["event"] },
);
const wasSent: fc.Arbitrary<Json> = fc.record(
  { channel: fc.constantFrom("sms", "email"), rule: fc.constantFrom("a", "any"), within },
  { requiredKeys: ["within"] },
);
/** The keys under which a document keeps the times that answer the questions above. */
const historyKeys = ["bought", ["bought", "viewed"]].map((event) => {
  const parsed = parseCondition({ did: { event } });
  const [asked] = parsed.ok ? historyOf(parsed.condition) : [];
  return asked === undefined ? "" : historyKey(asked);
});

const { condition } = fc.letrec<{ condition: Json; entry: readonly [string, Json] }>((tie) => ({
  entry: fc.oneof(
    { maxDepth: 3, depthIdentifier: "condition" },
    fc.tuple(path, fc.oneof(scalar, operators)),
    fc.tuple(fc.constantFrom("all", "any"), fc.array(tie("condition"), { minLength: 1, maxLength: 3 })),
    fc.tuple(fc.constant("not"), tie("condition")),
    fc.tuple(fc.constantFrom("did", "did_not"), did),
    fc.tuple(fc.constantFrom("was_sent", "was_not_sent"), wasSent),
  ),
  condition: fc.array(tie("entry"), { minLength: 1, maxLength: 3 }).map((entries) => Object.fromEntries(entries)),
}));

const value = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, depthIdentifier: "value" },
    scalar,
    fc.constant(null),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(segment, tie("value"), { maxKeys: 4 }),
  ),
})).value;
/** From three weeks ago to now. */
const time = fc.integer({ min: 1_772_892_000_000 - 21 * 86_400_000, max: 1_772_892_000_000 });
const facts = fc.record(
  {
    event: value,
    trigger: value,
    contact: value,
    consent: value,
    message: value,
    last: value,
    history: fc.record({
      did: fc.dictionary(fc.constantFrom(...historyKeys), fc.array(time, { maxLength: 3 })),
      sent: fc.array(
        fc.record({ channel: fc.constantFrom("sms", "email"), rule: fc.constantFrom("a", "b"), at: time }),
      ),
    }),
    now: fc.constant(1_772_892_000_000),
  },
  { requiredKeys: ["now"] },
);

test("the closure and json-rules-engine agree on every condition and every set of facts", async () => {
  let held = 0;
  await fc.assert(
    fc.asyncProperty(condition, facts, async (source, given) => {
      const parsed = parseCondition(source);
      if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
      const closure = compilePredicate(parsed.condition)(given);
      if (closure) held += 1;
      expect(await evaluate(lowerCondition(parsed.condition), given)).toBe(closure);
    }),
    { numRuns: 1_500 },
  );
  // A generator that only makes false conditions would prove nothing.
  expect(held).toBeGreaterThan(100);
});

test("evaluations that overlap do not disturb each other", async () => {
  const parsed = parseCondition({ "contact.n": { gte: 50 } });
  if (!parsed.ok) throw new Error("unexpected");
  const tree = lowerCondition(parsed.condition);
  const verdicts = await Promise.all(Array.from({ length: 100 }, (_, n) => evaluate(tree, { contact: { n }, now: 0 })));
  expect(verdicts).toEqual(Array.from({ length: 100 }, (_, n) => n >= 50));
});
