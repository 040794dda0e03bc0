import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkWorkspace } from "../../src/rulebook/check-workspace.ts";
import { fixWorkspace } from "../../src/rulebook/fix-workspace.ts";
import type { Problem } from "../../src/rulebook/problem.ts";
import { heedYaml, inMemory, ruleYaml } from "./in-memory.ts";

function fix(rule: string, heed = heedYaml): Readonly<Record<string, string>> {
  const { loaded } = fixWorkspace(inMemory({ "heed.yaml": heed, "a.yaml": rule }));
  return Object.fromEntries(loaded.files.map(({ name, text }) => [name, text]));
}

describe("what is surely a slip of the pen is mended", () => {
  test.each([
    ["a key", "delya: 5m", "delay: 5m"],
    ["a key in another spelling", "stopOn: [{ event: Order Completed }]", "stop_on: [{ event: Order Completed }]"],
    ["a quoted key between brackets", 'retry: {"attempst":3}', 'retry: {"attempts":3}'],
    ["a key, and what it had hidden", "retyr: { attempst: 3 } # why", "retry: { attempts: 3 } # why"],
    ["a word of the language", "reentry: restrat", "reentry: restart"],
    ["a quoted word", "reentry: 'restrat'", "reentry: 'restart'"],
    ["a truth value", 'enabled: "no"', "enabled: false"],
    ["an operator", "guard: { contact.status: { contians: x } }", "guard: { contact.status: { contains: x } }"],
    [
      "a truth value in a condition",
      "guard: { contact.status: { exists: Yes } }",
      "guard: { contact.status: { exists: true } }",
    ],
    ["a phone number", "guard: { contact.status: +12025550143 }", 'guard: { contact.status: "+12025550143" }'],
  ])("%s", (_, before, after) => {
    expect(fix(ruleYaml("a", before))["a.yaml"]).toBe(ruleYaml("a", after));
    expect(checkWorkspace(inMemory(fix(ruleYaml("a", before))), null).problems).toEqual([]);
  });

  test("a phone number in heed.yaml", () => {
    expect(fix(ruleYaml("a"), heedYaml.replace('"+12025550100"', "+12025550100"))["heed.yaml"]).toBe(heedYaml);
  });
});

describe("what may be meant otherwise is left to its author", () => {
  test.each([
    ["a name of the author's", "guard: { contact.staus: new }"],
    ["a synonym", "wait: 5m"],
    ["a key that is there already", "delay: 5m\ndelya: 6m"],
    ["a short word", "retry: { attempts: 3, in: 5m }"],
    ["a number with a leading zero", "retry: { attempts: 03 }"],
    ["a word far off", "reentry: restarting"],
  ])("%s", (_, lines) => {
    const rule = ruleYaml("a", lines);
    expect(fix(rule)["a.yaml"]).toBe(rule);
    expect(checkWorkspace(inMemory({ "heed.yaml": heedYaml, "a.yaml": rule }), null).problems).not.toEqual([]);
  });
});

test("a channel as a verb is told as such when another verb is as near", () => {
  const rule = ruleYaml("a").replace("{ send: sms, text: Hello. }", "emil: { subject: Welcome, text: Hello. }");
  expect(fix(rule)["a.yaml"]).toBe(rule);
  const { problems } = checkWorkspace(inMemory({ "heed.yaml": heedYaml, "a.yaml": rule }), null);
  expect(problems.map(({ help }) => help)).toEqual(["write `send: email`, and what it says in keys beside it"]);
});

const here = new URL("../golden/rules/err/rule", import.meta.url).pathname;
const golden = readdirSync(here)
  .filter((name) => name.endsWith(".yaml"))
  .map((name) => readFileSync(join(here, name), "utf8"));

/** Rules with one mistake, each with a few more: characters dropped, doubled or swapped. */
const broken = fc
  .tuple(
    fc.constantFrom(...golden, ruleYaml("a", "enabled: yes")),
    fc.array(fc.tuple(fc.nat(600), fc.nat(2)), { maxLength: 3 }),
  )
  .map(([text, slips]) =>
    slips.reduce((result, [at, kind]) => slip(result, at % Math.max(1, result.length), kind), text),
  );

function slip(text: string, at: number, kind: number): string {
  const [before, one, two, after] = [text.slice(0, at), text.charAt(at), text.charAt(at + 1), text.slice(at + 2)];
  return before + (kind === 0 ? two : kind === 1 ? one + one + two : two + one) + after;
}

/** In the order in which problems hide each other: of characters, of YAML, of its values, of shape, of meaning. */
const stages = [/^HEED(?:406|010)/, /^HEED0(?!11|20)/, /^HEED011/, /^HEED1(?!90)/, /./];
const stage = (code: string): number => stages.findIndex((codes) => codes.test(code));

const problemsOf = (files: Readonly<Record<string, string>>): readonly Problem[] =>
  checkWorkspace(inMemory(files), null).problems;

const where = ({ code, range }: Problem): string => `${code} in line ${range.start.line}`;

/**
 * Whether this could not be told before that was mended: of a later stage, or in the map that had the unknown key, whose
 * mistakes are told at its beginning, at another of its keys, or under one.
 */
function wasHiddenBy(problem: Problem, mended: Problem, lines: readonly string[]): boolean {
  // A line with nothing in it ends nothing.
  const indent = (line: number): number => {
    const text = lines[line - 1] ?? "";
    return text.trim() === "" ? Number.POSITIVE_INFINITY : text.search(/[^ -]/);
  };
  const [at, told] = [mended.range.start.line, problem.range.start.line];
  const between = Array.from({ length: Math.abs(told - at) }, (_, index) => Math.max(at, told) - index);
  const isSameMap = between.every((line) => indent(line) >= indent(at));
  return stage(mended.code) < stage(problem.code) || isSameMap;
}

test("mending twice is mending once, and never adds a problem but those that a mended one had hidden", () => {
  fc.assert(
    fc.property(broken, (rule) => {
      const { loaded, fixed } = fixWorkspace(inMemory({ "heed.yaml": heedYaml, "a.yaml": rule }));
      const once = Object.fromEntries(loaded.files.map(({ name, text }) => [name, text]));
      expect(fix(once["a.yaml"] ?? "")).toEqual(once);
      const before = new Set(problemsOf({ "heed.yaml": heedYaml, "a.yaml": rule }).map(where));
      const lines = (once["a.yaml"] ?? "").split("\n");
      const added = problemsOf(once).filter(
        (problem) => !before.has(where(problem)) && !fixed.some((mended) => wasHiddenBy(problem, mended, lines)),
      );
      expect(added.map(where)).toEqual([]);
    }),
    { numRuns: 300 },
  );
}, 120_000);
