import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compilePredicate } from "../../../src/conditions/compile-predicate.ts";
import { implies, satisfiable } from "../../../src/conditions/logic/satisfiable.ts";
import type { JsonObject } from "../../../src/core/model/json.ts";
import { condition, conditionOver, facts, names, read, typeOf } from "./some-conditions.ts";

describe("a condition that can never hold", () => {
  test.each<[string, JsonObject]>([
    ["two values at once", { "event.data.a": "x", all: [{ "event.data.a": "y" }] }],
    ["a value and its opposite", { "event.data.a": { is: "x", not: "x" } }],
    ["a value that is missing", { "event.data.a": { is: "x", exists: false } }],
    ["an empty range", { "event.data.a": { gt: 5, lt: 5 } }],
    ["a range that misses by its end", { "event.data.a": { gte: 5, lt: 5 } }],
    ["a list without what is excluded", { "event.data.a": { in: ["x", "y"], not_in: ["y", "x", "z"] } }],
    ["the opposite of itself", { "event.data.a": "x", not: { "event.data.a": { in: ["x", "y"] } } }],
    ["a number that is a text", { "event.data.a": { gt: 1, starts_with: "x" } }],
    ["two beginnings", { "event.data.a": { starts_with: "ab" }, all: [{ "event.data.a": { starts_with: "AC" } }] }],
    ["a beginning without a part of it", { "event.data.a": { starts_with: "guides", not_contains: "GUIDE" } }],
    [
      "a value without its own end",
      { "event.data.a": { is: "x.pdf" }, not: { "event.data.a": { ends_with: ".PDF" } } },
    ],
    ["an entry and its opposite", { "contact.tags": { contains: "vip", not_contains: "VIP" } }],
    ["all values of a field excluded", { "contact.plan": { exists: true, not_in: ["free", "pro"] } }],
    ["a required field that is missing", { "contact.account": { exists: false } }],
    ["a whole number between neighbours", { "contact.seats": { gt: 4, lt: 5 } }],
    ["neither true nor false", { "contact.vip": { exists: true, not_in: [true, false] } }],
    ["before and after", { "contact.ends": { before: "2026-01-01", after: "2026-01-01" } }],
    ["the past and the future", { "contact.ends": { before: "now", after: "now" } }],
    ["a day and not a week", { "contact.ends": { within: "1d" }, not: { "contact.ends": { within: "1w" } } }],
    ["within hours and in the future", { "event.data.a": { within: "2h", after: "now" } }],
    [
      "a part ruled out in each alternative",
      { "contact.plan": "pro", any: [{ "contact.plan": "free" }, { "contact.plan": { exists: false } }] },
    ],
    [
      "bought lately and not this month",
      { did: { event: "Order", within: "7d", at_least: 2 }, did_not: { event: "Order", within: "30d" } },
    ],
    [
      "a text of the rule and no message",
      { was_sent: { channel: "sms", rule: "a", within: "1d" }, was_not_sent: { within: "2d" } },
    ],
  ])("%s", (_, source) => {
    expect(satisfiable(read(source), typeOf)).toEqual({ kind: "no" });
  });
});

describe("a condition that can hold", () => {
  test.each<[string, JsonObject]>([
    ["a value", { "contact.plan": "pro", "event.data.url": { contains: "/guides/", not_contains: "/internal/" } }],
    ["what is not a value because it is missing", { "contact.plan": { not_in: ["free", "pro"] } }],
    ["a number between neighbours", { "contact.score": { gt: 4, lt: 5 } }],
    ["case that differs", { "event.data.a": { not: "pro", starts_with: "pro", ends_with: "PRO" } }],
    ["a moment", { "contact.ends": { within: "7d", before: "now" }, not: { "contact.ends": { within: "24h" } } }],
    ["a day of 25 hours", { "contact.ends": { within: "1d" }, not: { "contact.ends": { within: "24h" } } }],
    [
      "an end that is no moment",
      { "event.data.a": { starts_with: "2026-01", ends_with: "01" }, not: { "event.data.a": { after: "2020-01-01" } } },
    ],
    [
      "an old yes and a recent no",
      { did: { event: "Order", within: "30d" }, did_not: { event: "Order", within: "7d" } },
    ],
    [
      "an email and no text",
      { was_sent: { channel: "email", within: "1d" }, was_not_sent: { channel: "sms", within: "1d" } },
    ],
  ])("%s", (name, source) => {
    const condition = read(source);
    const result = satisfiable(condition, typeOf);
    // Whether a day has 25 hours depends on where and when: no example is known, and none is ruled out.
    if (name === "a day of 25 hours") expect(result.kind).toBe("unknown");
    else expect(result.kind).toBe("yes");
  });

  test("is shown by facts that keep to the types", () => {
    const result = satisfiable(
      read({ "contact.plan": { not: "free", exists: true }, "contact.seats": { gte: 3 } }),
      typeOf,
    );
    expect(result).toMatchObject({ witness: { facts: { contact: { plan: "pro", seats: 3 } } } });
  });

  test("says what the past must have been", () => {
    const result = satisfiable(read({ did: { event: "Order" }, was_not_sent: { channel: "sms" } }));
    const history = result.kind === "yes" ? result.witness.history.map(({ asked, holds }) => [asked.kind, holds]) : [];
    expect(history).toEqual([
      ["did", true],
      ["was_sent", false],
    ]);
  });
});

describe("a condition that follows from another", () => {
  test.each<[string, JsonObject, JsonObject]>([
    ["a narrower range", { "contact.score": { gt: 10, lt: 20 } }, { "contact.score": { gte: 5 } }],
    ["a value in a list", { "contact.plan": "pro" }, { "contact.plan": { in: ["pro", "free"] } }],
    ["a longer beginning", { "contact.name": { starts_with: "anna" } }, { "contact.name": { contains: "NN" } }],
    [
      "the other value",
      { "contact.plan": { exists: true, not: "pro" }, "contact.vip": true },
      { "contact.plan": "free" },
    ],
    [
      "one more demand",
      { "contact.plan": "pro", "contact.vip": true },
      { any: [{ "contact.vip": true }, { "contact.vip": false }] },
    ],
    ["more often", { did: { event: "Order", at_least: 3, within: "7d" } }, { did: { event: "Order", within: "14d" } }],
  ])("%s", (_, first, second) => {
    expect(implies(read(first), read(second), typeOf)).toEqual({ kind: "yes" });
    expect(implies(read(second), read(first), typeOf).kind).toBe("no");
  });

  test("or not, shown by a counterexample", () => {
    const [first, second] = [read({ "contact.score": { gt: 5 } }), read({ "contact.score": { gt: 10 } })];
    const result = implies(first, second, typeOf);
    if (result.kind !== "no") throw new Error("expected a counterexample");
    expect(compilePredicate(first)(result.witness.facts)).toBe(true);
    expect(compilePredicate(second)(result.witness.facts)).toBe(false);
  });
});

describe("of all conditions", () => {
  test("what can never hold never holds, and what can is shown to hold", () => {
    const seen = { yes: 0, no: 0, unknown: 0 };
    fc.assert(
      fc.property(condition, fc.array(facts, { minLength: 40, maxLength: 40 }), (source, samples) => {
        const parsed = read(source);
        const holds = compilePredicate(parsed);
        const result = satisfiable(parsed, typeOf);
        seen[result.kind] += 1;
        if (result.kind === "yes") expect(holds(result.witness.facts)).toBe(true);
        else if (result.kind === "no")
          for (const given of samples) expect(holds(given), JSON.stringify(given)).toBe(false);
      }),
      { numRuns: 4_000 },
    );
    // A procedure that never decides would be sound as well.
    expect(seen.no).toBeGreaterThan(300);
    expect(seen.yes).toBeGreaterThan(1_500);
    expect(seen.unknown).toBeLessThan(240);
  });

  test("what follows from another holds with it", () => {
    const seen = { yes: 0, no: 0, unknown: 0 };
    const pair = fc
      .uniqueArray(fc.constantFrom(...names), { minLength: 1, maxLength: 2 })
      .map((chosen) => conditionOver(chosen.map((name) => `contact.${name}`)))
      .chain((each) => fc.tuple(each, each));
    fc.assert(
      fc.property(pair, fc.array(facts, { minLength: 40, maxLength: 40 }), ([first, second], samples) => {
        const [one, other] = [read(first), read(second)];
        const result = implies(one, other, typeOf);
        seen[result.kind] += 1;
        if (result.kind === "no") {
          expect(compilePredicate(one)(result.witness.facts)).toBe(true);
          expect(compilePredicate(other)(result.witness.facts)).toBe(false);
        } else if (result.kind === "yes") {
          for (const given of samples)
            if (compilePredicate(one)(given)) expect(compilePredicate(other)(given), JSON.stringify(given)).toBe(true);
        }
      }),
      { numRuns: 3_000 },
    );
    expect(seen.yes).toBeGreaterThan(100);
    expect(seen.no).toBeGreaterThan(1_000);
  });

  test("none takes long: what is too large to decide is left undecided", () => {
    const arms = Array.from({ length: 12 }, (_, index) => ({
      any: Array.from({ length: 6 }, (_, other) => ({
        [`event.data.f${(index + other) % 12}`]: { gt: index, lt: other * 2 },
      })),
    }));
    const long = {
      "event.data.a": { not_in: Array.from({ length: 20_000 }, (_, index) => `x${index}`), contains: "x" },
    };
    const manyChoices = {
      all: Array.from({ length: 3_000 }, (_, index) => ({
        any: [{ [`event.data.a${index}`]: "x" }, { [`event.data.b${index}`]: "x" }],
      })),
    };
    for (const source of [{ all: arms }, long, { all: Array.from({ length: 200 }, () => long) }, manyChoices]) {
      const parsed = read(source);
      // Of the processor, because others may be at work on the machine as well.
      const started = process.cpuUsage().user;
      satisfiable(parsed);
      expect(process.cpuUsage().user - started, "microseconds").toBeLessThan(300_000);
    }
  });
});
