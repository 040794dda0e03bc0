import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkWorkspace } from "../../src/rulebook/check-workspace.ts";
import { renderProblems } from "../../src/rulebook/report/render-problems.ts";
import { heedYaml, inMemory, ruleYaml } from "./in-memory.ts";

/** On two shared cores; a hang or an exponential blow-up is far beyond it. */
const limitMs = 2_500;

function problemsOf(text: string) {
  const before = performance.now();
  const { problems } = checkWorkspace(inMemory({ "heed.yaml": heedYaml, "a.yaml": text }), null);
  expect(performance.now() - before).toBeLessThan(limitMs);
  return problems;
}

const aliasBomb = `a: &a [x, x, x, x, x, x, x, x, x]\n${Array.from({ length: 12 }, (_, n) => `b${n}: &b${n} [${`*${n === 0 ? "a" : `b${n - 1}`}, `.repeat(9)}x]`).join("\n")}`;

describe("gets problems, quickly, and nothing thrown", () => {
  test.each<[string, string, string]>([
    ["50,000 open lists", "[".repeat(50_000), "HEED009"],
    ["50,000 open maps", "{a: ".repeat(50_000), "HEED009"],
    ["20,000 closed flow levels", "[".repeat(20_000) + "]".repeat(20_000), "HEED009"],
    ["50,000 list markers on one line", "- ".repeat(50_000) + "x", "HEED009"],
    ["50,000 question marks", "? ".repeat(50_000) + "x", "HEED009"],
    ["600 levels of indentation", Array.from({ length: 600 }, (_, n) => `${" ".repeat(n)}a:`).join("\n"), "HEED009"],
    ["an alias bomb", aliasBomb, "HEED004"],
    ["an alias of itself", "a: &a [*a]", "HEED004"],
    ["a tag that runs code elsewhere", 'a: !!js/function "function(){}"', "HEED005"],
    ["a binary tag", "a: !!binary aGVsbG8=", "HEED005"],
    ["a list as a key", "? [a, b]\n: c", "HEED013"],
    ["a quarter of a megabyte of one text", `rule: ${"a".repeat(250_000)}`, "HEED102"],
    ["a key of a quarter of a megabyte", `${"a".repeat(250_000)}: b`, "HEED002"],
    ["100,000 spaces", " ".repeat(100_000), "HEED012"],
    ["nothing", "", "HEED012"],
    ["a number", "42", "HEED103"],
    ["a NUL", "rule: a\u0000b", "HEED010"],
    ["many keys", Array.from({ length: 15_000 }, (_, n) => `k${n}: ${n}`).join("\n"), "HEED101"],
  ])("%s", (_, text, code) => {
    const problems = problemsOf(text);
    expect(problems.map((problem) => problem.code)).toContain(code);
    expect(problems.length).toBeLessThanOrEqual(200);
    for (const { file, range, message } of problems) {
      expect(file).toBe("a.yaml");
      expect(range.start.line).toBeGreaterThan(0);
      expect(message.length).toBeLessThan(1_000);
    }
  });
});

test("no mutation of a rule file throws, hangs or escapes its bounds", () => {
  const original = ruleYaml(
    "a",
    "delay: { between: [3m, 7m] }\nguard: { any: [{ contact.status: new }] }\nstop_on: [{ event: Order Completed }]",
  );
  const scrap = fc.constantFrom(
    "{",
    "}",
    "[",
    "]",
    ":",
    "- ",
    "\n",
    "  ",
    "\t",
    "&a ",
    "*a",
    "!x ",
    "|",
    ">",
    "'",
    '"',
    "#",
    "{{",
    "}}",
    "{%",
    "%}",
    "__proto__: 1\n",
    "null",
    "~",
    "é🎉",
    "\u0000",
    "? ",
    "<<: ",
    "---\n",
    "...\n",
    "${X}",
    "\r",
    "0x10",
    "+1",
  );
  const edit = fc.tuple(fc.nat({ max: original.length }), fc.nat({ max: 12 }), scrap);
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 6 }), (edits) => {
      const text = edits.reduce(
        (current, [at, cut, insert]) => current.slice(0, at) + insert + current.slice(at + cut),
        original,
      );
      const problems = problemsOf(text);
      for (const { range } of problems) {
        expect(range.start.offset).toBeGreaterThanOrEqual(0);
        expect(range.end.offset).toBeGreaterThanOrEqual(range.start.offset);
        expect(range.end.offset).toBeLessThanOrEqual(text.length);
      }
      renderProblems(problems, { format: "pretty", colours: true });
    }),
    { numRuns: 600 },
  );
});

test("keys of prototypes change nothing", () => {
  const problems = problemsOf(`${ruleYaml("a")}__proto__: { polluted: true }\n`);
  expect(problems.map(({ code }) => code)).toEqual(["HEED013"]);
  expect(Reflect.get({}, "polluted")).toBeUndefined();
});

test("the example workspace of 500 rules is checked well within two seconds", () => {
  const many = Object.fromEntries(
    Array.from({ length: 500 }, (_, n) => [
      `r${n}.yaml`,
      ruleYaml(`r${n}`, "delay: 5m\nguard: { contact.status: { not: x } }"),
    ]),
  );
  const before = performance.now();
  expect(checkWorkspace(inMemory({ "heed.yaml": heedYaml, ...many }), null).problems).toEqual([]);
  expect(performance.now() - before).toBeLessThan(4_000);
});
