import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkWorkspace } from "../../src/rulebook/check-workspace.ts";
import { inMemory } from "./in-memory.ts";

const golden = (name: string): string => readFileSync(new URL(`../golden/rules/${name}`, import.meta.url), "utf8");
const files = { "heed.yaml": golden("heed.yaml"), "hello.yaml": golden("hello.yaml") };
const right = golden("ok-tests/everything.yaml");

function codesOf(test: string): readonly string[] {
  return checkWorkspace(inMemory({ ...files, "hello.test.yaml": test }), null).problems.map(({ code }) => code);
}

describe("a test file", () => {
  test("that is damaged anywhere gives problems and nothing worse", () => {
    const bits = [
      "",
      " ",
      "\n",
      "{",
      "}",
      "[",
      "]",
      ":",
      ",",
      "-",
      "'",
      '"',
      "*",
      "{who}",
      "..",
      "next ",
      "999999w",
      "null",
      "0",
    ];
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(right.length), fc.nat(40), fc.constantFrom(...bits)), { minLength: 1, maxLength: 3 }),
        (edits) => {
          const text = edits.reduce((all, [at, cut, bit]) => all.slice(0, at) + bit + all.slice(at + cut), right);
          for (const code of codesOf(text)) expect(code).toMatch(/^HEED\d{3}$/);
        },
      ),
      { numRuns: 150 },
    );
  });

  const head = `suite: x\nrules: [hello.yaml]\nstart: 2026-03-06T14:00:00Z\ncontacts: { ana: { id: c1 } }\ncases:\n`;
  const many = (count: number): string => JSON.stringify(Array.from({ length: count }, (_, index) => index));
  const oneCase = (name: string, matrix: string): string =>
    `  - { name: ${name}, matrix: ${matrix}, given: [{ at: 0s, contact: ana, event: email.opened }], expect: none }\n`;

  test.each([
    [
      "a matrix of six million runs",
      head + oneCase("x", `{ a: ${many(50)}, b: ${many(50)}, c: ${many(50)}, d: ${many(50)} }`),
      ["HEED708"],
    ],
    [
      "more runs than one file may have",
      head +
        Array.from({ length: 5 }, (_, index) => oneCase(`x${index}`, `{ a: ${many(50)}, b: ${many(10)} }`)).join(""),
      ["HEED708"],
    ],
    [
      "as many runs as one file may have",
      head +
        Array.from({ length: 4 }, (_, index) => oneCase(`x${index}`, `{ a: ${many(50)}, b: ${many(10)} }`)).join(""),
      [],
    ],
  ])("of %s is judged in no time", (_, text, codes) => {
    const began = process.cpuUsage();
    expect(codesOf(text)).toEqual(codes);
    // Microseconds of this process, so that a busy machine does not fail it; warm it takes a fifth of that.
    expect(process.cpuUsage(began).user).toBeLessThan(1_500_000);
  });

  test("names nothing that every object has", () => {
    const text = `${head}  - name: x\n    given: [{ at: 0s, contact: constructor, event: toString, data: { valueOf: 1 } }]\n    expect: none\n`;
    expect(codesOf(text).toSorted()).toEqual(["HEED703", "HEED706"]);
  });
});
