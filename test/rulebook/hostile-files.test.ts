import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkWorkspace } from "../../src/rulebook/check-workspace.ts";
import { renderProblems } from "../../src/rulebook/report/render-problems.ts";
import { hostileFiles } from "./hostile-corpus.ts";
import { heedYaml, inMemory, ruleYaml } from "./in-memory.ts";

/** Of the processor, because other tests want it, too. A hang or an exponential blow-up is far beyond it. */
const limitMs = 1_000;

function problemsOf(text: string, name = "a.yaml") {
  const loaded = inMemory({ "heed.yaml": heedYaml, [name]: text });
  const { result, ms } = timed(() => checkWorkspace(loaded, null));
  expect(ms).toBeLessThan(limitMs);
  return result.problems;
}

function timed<Result>(work: () => Result): { readonly result: Result; readonly ms: number } {
  const began = process.cpuUsage();
  const result = work();
  return { result, ms: process.cpuUsage(began).user / 1_000 };
}

describe("gets problems, quickly, and nothing thrown", () => {
  test.each(hostileFiles)("$what", ({ name, text, code }) => {
    const problems = problemsOf(text, name);
    expect(problems.map((problem) => problem.code)).toContain(code);
    expect(problems.length).toBeLessThanOrEqual(200);
    for (const { file, range, message } of problems) {
      expect(file).toBe(name);
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
}, 120_000);

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
  const loaded = inMemory({ "heed.yaml": heedYaml, ...many });
  const { result, ms } = timed(() => checkWorkspace(loaded, null));
  expect(result.problems).toEqual([]);
  expect(ms).toBeLessThan(4_000);
});
