import fc from "fast-check";
import { expect, test } from "vitest";
import { areMeantApart } from "../../src/conditions/certain-tests.ts";
import type { Test } from "../../src/conditions/condition.ts";
import { earlierCompany } from "../../src/rulebook/earlier-company.ts";

interface Item {
  readonly tests: readonly Test[];
}

const is = (field: string, operand: Test["operand"], operator: Test["operator"] = "is"): Test => ({
  kind: "test",
  path: ["contact", field],
  operator,
  operand,
  at: [],
});

const value = fc.constantFrom<string | number | boolean>("a", "b", "1", 1, 2, true);
const tests: fc.Arbitrary<Test> = fc.oneof(
  fc.tuple(fc.constantFrom("plan", "score", "city"), value).map(([field, operand]) => is(field, operand)),
  fc
    .tuple(fc.constantFrom("plan", "score"), fc.array(value, { maxLength: 3 }))
    .map(([field, operand]) => is(field, operand, "in")),
  fc.constant(is("plan", "a", "not")),
);
const items = fc.array(
  fc.array(tests, { maxLength: 3 }).map((of): Item => ({ tests: of })),
  { maxLength: 60, size: "max" },
);

function areApart(one: Item, other: Item): boolean {
  return one.tests.some((each) => other.tests.some((otherTest) => areMeantApart(each, otherTest)));
}

test("finds each earlier one that no value parts, once and in order", () => {
  fc.assert(
    fc.property(items, (all) => {
      const company = earlierCompany(all);
      for (const [index, item] of all.entries()) {
        const together = (others: readonly Item[]): readonly number[] =>
          others.filter((other) => !areApart(item, other)).map((other) => all.indexOf(other));
        expect(together(company(item))).toEqual(together(all.slice(0, index)));
      }
    }),
  );
});

test("finds few of many that differ in one value, whatever else they share", () => {
  const all = Array.from({ length: 100 }, (_, index): Item => ({
    tests: [is("plan", "pro"), is("score", Math.floor(index / 2)), is("city", ["Rome", "Bonn"], "in")],
  }));
  const company = earlierCompany(all);
  expect(all.map((item) => company(item).map((other) => all.indexOf(other)))).toEqual(
    all.map((_, index) => (index % 2 === 0 ? [] : [index - 1])),
  );
});
