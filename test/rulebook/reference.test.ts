import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { checkWorkspace } from "../../src/rulebook/check-workspace.ts";
import { reasonPages, reasons } from "../../src/rulebook/reasons/pages.ts";
import { loadWorkspace } from "../../src/rulebook/load-workspace.ts";

const root = new URL("../../", import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), "utf8");
const reference = read("schemas/README.md");

test("every example in the reference is a file of the example workspace, in which nothing is wrong", () => {
  const { parsed, problems } = checkWorkspace(loadWorkspace(new URL("rules", root).pathname), null);
  const blocks = [...reference.matchAll(/```yaml\n([\s\S]*?)```/g)].map((match) => match[1]?.trim() ?? "");
  const files = new Set(parsed.sources.map(({ text }) => text.trim()));
  expect(blocks.length).toBeGreaterThanOrEqual(3);
  expect(blocks.filter((block) => !files.has(block))).toEqual([]);
  expect(problems).toEqual([]);
});

test.each(["rule", "workspace", "test", "fixtures", "event"])(
  "the reference has a row for every key of the %s schema",
  (name) => {
    const keys = new Set<string>();
    const walk = (node: unknown): void => {
      if (Array.isArray(node)) for (const item of node) walk(item);
      if (typeof node !== "object" || node === null) return;
      const entries: readonly (readonly [string, unknown])[] = Object.entries(node);
      for (const [key, value] of entries) {
        if (key === "examples" || key === "default" || key === "anyOf") continue;
        if (key !== "properties" || typeof value !== "object" || value === null) walk(value);
        else {
          // The names of keys are not words of the schema: one of them may be `properties`.
          for (const property of Object.keys(value)) keys.add(property);
          for (const property of Object.values(value)) walk(property);
        }
      }
    };
    walk(JSON.parse(read(`schemas/${name}.schema.json`)));
    expect(keys.size).toBeGreaterThan(4);
    for (const key of keys) expect(reference, key).toContain(`\n| \`${key}\` | `);
  },
);

test.each(reasons)("the reference explains the reason %s", (reason) => {
  const row = reference
    .split("## Reasons")[1]
    ?.split("\n")
    .find((line) => line.startsWith(`| \`${reason}\` |`));
  expect(row).toContain(reasonPages[reason].what.replaceAll("|", "\\|"));
});
