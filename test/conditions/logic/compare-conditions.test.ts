import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compilePredicate } from "../../../src/conditions/compile-predicate.ts";
import { type Condition, historyOf } from "../../../src/conditions/condition.ts";
import { evaluate } from "../../../src/conditions/evaluate.ts";
import { compareConditions } from "../../../src/conditions/logic/compare-conditions.ts";
import { historyKey, lowerCondition } from "../../../src/conditions/lower.ts";
import type { Facts } from "../../../src/core/model/facts.ts";
import type { Json, JsonObject } from "../../../src/core/model/json.ts";
import { conditionOver, facts, names, read, typeOf } from "./some-conditions.ts";

describe("a new condition", () => {
  const pro = { "contact.plan": "pro" };
  test.each<[string, JsonObject, JsonObject, string, string]>([
    ["equal", pro, { "contact.plan": { exists: true, not: "free" } }, "equal", ""],
    ["broader", pro, { "contact.plan": { in: ["pro", "free"] } }, "broader", "after"],
    ["narrower", pro, { "contact.plan": "pro", "contact.vip": true }, "narrower", "before"],
    ["disjoint", pro, { "contact.plan": "free" }, "disjoint", "after"],
    ["overlapping", pro, { "contact.vip": true }, "overlapping", "after"],
    ["never and never", { "contact.score": { gt: 2, lt: 1 } }, { "contact.vip": { is: true, not: true } }, "equal", ""],
    ["never and sometimes", { "contact.score": { gt: 2, lt: 1 } }, pro, "broader", "after"],
    [
      "a longer time",
      { did: { event: "Order", within: "7d" } },
      { did: { event: "Order", within: "30d" } },
      "broader",
      "after",
    ],
    [
      "more often",
      { did: { event: "Order", within: "7d" } },
      { did: { event: "Order", within: "7d", at_least: 3 } },
      "narrower",
      "before",
    ],
    [
      "the same question in other words",
      { did: { event: "Order", within: "60m" }, ...pro },
      { all: [pro, { did: { event: ["Order"], within: "1h" } }] },
      "equal",
      "",
    ],
    [
      "through one channel",
      { was_not_sent: { within: "2d" } },
      { was_not_sent: { channel: "sms", within: "2d" } },
      "broader",
      "after",
    ],
    ["a day and 24 hours", { "contact.ends": { within: "24h" } }, { "contact.ends": { within: "1d" } }, "unknown", ""],
  ])("%s", (_, before, after, kind, holds) => {
    const compared = compareConditions(read(before), read(after), typeOf);
    expect([compared.kind, compared.witness?.holds ?? ""]).toEqual([kind, holds]);
  });
});

const spans = ["2h", "24h", "1d", "7d"];
const question: fc.Arbitrary<readonly [string, Json]> = fc.oneof(
  fc.tuple(
    fc.constantFrom("did", "did_not"),
    fc.record({
      event: fc.constantFrom("a", "b"),
      within: fc.constantFrom(...spans),
      at_least: fc.integer({ min: 1, max: 3 }),
    }),
  ),
  fc.tuple(
    fc.constantFrom("was_sent", "was_not_sent"),
    fc
      .tuple(fc.constantFrom({}, { channel: "sms" }, { channel: "email", rule: "r" }), fc.constantFrom(...spans))
      .map(([about, within]) => Object.assign({ within }, about)),
  ),
);

/** Two conditions over the same few paths, often with a question about the past. */
const pair = fc.uniqueArray(fc.constantFrom(...names), { minLength: 1, maxLength: 2 }).chain((chosen) => {
  const tests = conditionOver(chosen.map((name) => `contact.${name}`));
  const asked = fc
    .array(question, { minLength: 1, maxLength: 2 })
    .map((entries): JsonObject => Object.fromEntries(entries));
  const one = fc.oneof(
    tests,
    asked,
    fc.tuple(tests, asked, fc.constantFrom("all", "any")).map(([a, b, word]): JsonObject => ({ [word]: [a, b] })),
  );
  return fc.tuple(one, one);
});

const hour = 3_600_000;
const ages = fc.constantFrom(0, 1, 3, 23.5, 24.5, 40, 100, 200).map((hours) => hours * hour);
const past = fc.record({
  a: fc.array(ages, { maxLength: 3 }),
  b: fc.array(ages, { maxLength: 2 }),
  sent: fc.array(fc.tuple(fc.constantFrom("sms", "email", "push"), fc.constantFrom("r", "other"), ages), {
    maxLength: 2,
  }),
});

/** Some of all that can be true, with a past that answers every question of the conditions. */
function withPast(
  given: Facts,
  { sent, ...did }: { readonly a: number[]; readonly b: number[]; readonly sent: [string, string, number][] },
  asking: readonly Condition[],
): Facts {
  const now = Number(given["now"]);
  const times = new Map(
    asking
      .flatMap(historyOf)
      .map((asked) => [
        historyKey(asked),
        asked.events.flatMap((event) => (event === "a" ? did.a : did.b)).map((age) => now - age),
      ]),
  );
  const messages = sent.map(([channel, rule, age]) => ({ channel, rule, at: now - age }));
  return { ...given, history: { did: Object.fromEntries(times), sent: messages } };
}

describe("of all pairs of conditions", () => {
  test("no facts contradict what is said, and who is shown is let through by one alone", async () => {
    const seen: Record<string, number> = {};
    const samples = fc.array(fc.tuple(facts, past), { minLength: 25, maxLength: 25 });
    await fc.assert(
      fc.asyncProperty(pair, samples, async ([one, other], given) => {
        const [before, after] = [read(one), read(other)];
        const { kind, witness } = compareConditions(before, after, typeOf);
        seen[kind] = (seen[kind] ?? 0) + 1;
        const [old, now] = [compilePredicate(before), compilePredicate(after)];
        for (const [each, history] of given) {
          const sample = withPast(each, history, [before, after]);
          const [was, is] = [old(sample), now(sample)];
          const said = JSON.stringify([kind, sample]);
          if (kind === "equal") expect(is, said).toBe(was);
          if (kind === "broader") expect(was && !is, said).toBe(false);
          if (kind === "narrower") expect(is && !was, said).toBe(false);
          if (kind === "disjoint") expect(is && was, said).toBe(false);
        }
        if (kind === "equal") expect(witness).toBeNull();
        else if (kind !== "unknown") expect(witness).not.toBeNull();
        if (witness === null) return;
        const [holds, fails] = witness.holds === "after" ? [after, before] : [before, after];
        for (const [which, expected] of [
          [holds, true],
          [fails, false],
        ] as const) {
          expect(compilePredicate(which)(witness.facts)).toBe(expected);
          expect(await evaluate(lowerCondition(which), witness.facts)).toBe(expected);
        }
        if (kind === "broader") expect(witness.holds).toBe("after");
        if (kind === "narrower") expect(witness.holds).toBe("before");
      }),
      { numRuns: 800 },
    );
    // Who always says unknown is never wrong.
    for (const kind of ["equal", "broader", "narrower", "disjoint", "overlapping"])
      expect(seen[kind], kind).toBeGreaterThan(12);
    expect(seen["unknown"] ?? 0).toBeLessThan(100);
  });
});
