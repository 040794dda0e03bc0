import { describe, expect, test } from "vitest";
import { checkWorkspace } from "../../src/rulebook/check-workspace.ts";
import type { Problem } from "../../src/rulebook/problem.ts";
import { renderProblems } from "../../src/rulebook/report/render-problems.ts";
import { heedYaml, inMemory, ruleYaml } from "./in-memory.ts";

function problemsOf(rule: string): readonly Problem[] {
  return checkWorkspace(inMemory({ "heed.yaml": heedYaml, "a.yaml": rule }), null).problems;
}

const twoMistakes = ruleYaml("a", "delya: 5m\nexpires: soon");

describe("pretty", () => {
  test("shows every problem with place, line and help, then counts them", () => {
    const text = renderProblems(problemsOf(twoMistakes), { format: "pretty", colours: false });
    expect(text).toContain("a.yaml:8:1 error HEED101 unknown key `delya`");
    expect(text).toContain('a.yaml:9:10 error HEED105 "soon" is not a duration');
    expect(text.endsWith("\n2 errors\n")).toBe(true);
  });

  test("has colours only when told", () => {
    const escape = "\u001b[";
    expect(renderProblems(problemsOf(twoMistakes), { format: "pretty", colours: false })).not.toContain(escape);
    expect(renderProblems(problemsOf(twoMistakes), { format: "pretty", colours: true })).toContain(escape);
  });

  test("points at the right column behind letters, emoji and wide scripts", () => {
    const text = "'é 🎉 漢字 {{ contact.first_name }}'";
    const rule = ruleYaml("a").replace("Hello.", text);
    const lines = renderProblems(problemsOf(rule), { format: "pretty", colours: false }).split("\n");
    const carets = lines.find((line) => line.includes("^")) ?? "";
    // The emoji is two code units and takes two columns; each of the two characters is one and takes two.
    const before = "  10 │   - { send: sms, text: 'é 🎉 漢字 ";
    expect(carets.indexOf("^") - carets.indexOf("│")).toBe(before.length - before.indexOf("│") + 2);
    expect(carets.trim().replace(/^│\s+/, "")).toBe("^".repeat("{{ contact.first_name }}".length));
  });

  test("never lets a file move the cursor or turn the text around", () => {
    const [problem] = problemsOf(twoMistakes);
    if (problem === undefined) throw new Error("no problem");
    const evil = { ...problem, excerpt: { line: "delya: \u001b[2J\u202e5m" }, message: "x\u0007" };
    expect(renderProblems([evil], { format: "pretty", colours: false })).not.toMatch(/(?!\n)\p{Cc}|\u202e/u);
  });

  test("is empty when there is nothing to tell", () => {
    expect(renderProblems([], { format: "pretty", colours: false })).toBe("");
  });
});

test("json is the problems as data", () => {
  const parsed: unknown = JSON.parse(
    renderProblems(problemsOf(ruleYaml("a", "delya: 5m")), { format: "json", colours: true }),
  );
  expect(parsed).toMatchObject({
    format_version: "1.0",
    problems: [
      {
        code: "HEED101",
        severity: "error",
        file: "a.yaml",
        path: ["delya"],
        range: { start: { line: 8, col: 1 }, end: { line: 8, col: 6 } },
        help: "did you mean `delay`?",
        fix: { safe: true, edits: [{ text: "delay" }] },
      },
    ],
  });
});

test("a secret is never repeated, in no format", () => {
  const key = `SG.${"a".repeat(22)}.${"b".repeat(43)}`;
  const problems = problemsOf(ruleYaml("a").replace("owner:", `# ${key}\nowner:`));
  expect(problems.map(({ code }) => code)).toEqual(["HEED401"]);
  for (const format of ["pretty", "json"] as const)
    expect(renderProblems(problems, { format, colours: false })).not.toContain("aaaaaaaa");
});
