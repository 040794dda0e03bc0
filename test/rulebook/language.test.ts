import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { anything } from "../../src/conditions/logic/value-type.ts";
import { checkWorkspace } from "../../src/rulebook/check-workspace.ts";
import { allowedTags, filterNames, innerTags } from "../../src/templates/liquid.ts";
import { builtInEvents } from "../../src/rulebook/built-in-events.ts";
import { reasons } from "../../src/rulebook/reasons/pages.ts";
import { inMemory } from "./in-memory.ts";
import { exampleFiles } from "./page-examples.ts";

/** What `schemas/language.md` says in words that a machine can hold it to. */
const text = readFileSync(new URL("../../schemas/language.md", import.meta.url), "utf8");

test.each([...text.matchAll(/```yaml\n([\s\S]*?)```/g)].map((match) => [match[1] ?? ""]))(
  "this is right:\n%s",
  (lines) => {
    const files = exampleFiles({ in: "rule", bad: "", good: lines.trimEnd() }, "good");
    const { problems } = checkWorkspace(inMemory(files), null);
    expect(problems.filter(({ severity }) => severity === "error")).toEqual([]);
  },
);

function listed(begin: string): readonly string[] {
  const paragraph = text.slice(text.indexOf(`\n${begin}`)).split("\n\n", 1)[0] ?? "";
  return [...paragraph.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? "").toSorted();
}

test("the filters are those that texts may use", () => {
  expect(listed("Filters:")).toEqual(filterNames.toSorted());
});

test("so are the tags", () => {
  expect(listed("Tags:")).toEqual([...allowedTags, ...innerTags].toSorted());
});

test("the built-in event types are those that rules may name", () => {
  const named = [...text.matchAll(/^\| `(\w+)\.` \| (.+) \|$/gm)].flatMap(([, family = "", types = ""]) =>
    [...types.matchAll(/`(\w+)`/g)].map((match) => `${family}.${match[1] ?? ""}`),
  );
  const alone = [...text.matchAll(/\bis `(unknown)`/g)].map((match) => match[1] ?? "");
  expect([...new Set([...named, ...alone])].toSorted()).toEqual([...builtInEvents(anything).keys()].toSorted());
});

test("the reasons are those that something can have", () => {
  const section = text.split("\n## ").find((each) => each.startsWith("Reasons\n")) ?? "";
  const rows = section.split("\n").filter((line) => line.startsWith("| ") && line.includes("`"));
  const named = rows.flatMap((line) => [...line.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? ""));
  expect(named.toSorted()).toEqual(reasons.toSorted());
});
