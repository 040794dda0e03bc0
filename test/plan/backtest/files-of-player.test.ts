import { expect, test } from "vitest";
import { filesOf } from "../../../src/plan/backtest/players.ts";
import { parseWorkspace } from "../../../src/rulebook/parse-workspace.ts";
import { heedYaml, inMemory, ruleYaml, testYaml } from "../../rulebook/in-memory.ts";

const { parsed } = parseWorkspace(
  inMemory({
    "heed.yaml": heedYaml,
    "hello.yaml": ruleYaml("hello"),
    "left-out.yaml": ruleYaml("left-out"),
    "hello.test.yaml": testYaml("hello"),
    "templates/footer.liquid": "Bye.",
    "templates/footer.html.liquid": "<p>Bye.</p>",
  }),
);

test("a thread plays the rules that its side consists of, whatever else lies in the folder", () => {
  const rules = parsed.rules.filter(({ file }) => file.rule !== "left-out");
  const names = filesOf({ ...parsed, rules }).map(({ name }) => name);
  expect(names.toSorted()).toEqual([
    "heed.yaml",
    "hello.yaml",
    "templates/footer.html.liquid",
    "templates/footer.liquid",
  ]);
});

test("a side without files of its own still has settings", () => {
  const names = filesOf({ ...parsed, sources: [], rules: [], templates: new Map() }).map(({ name }) => name);
  expect(names).toEqual(["heed.yaml"]);
});
