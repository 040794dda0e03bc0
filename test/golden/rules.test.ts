import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, test } from "vitest";
import { checkWorkspace } from "../../src/rulebook/check-workspace.ts";
import { type LoadedWorkspace, loadWorkspace } from "../../src/rulebook/load-workspace.ts";
import { renderProblems } from "../../src/rulebook/report/render-problems.ts";
import { createSourceFile } from "../../src/rulebook/source-file.ts";
import { allTested } from "../rulebook/in-memory.ts";

/**
 * Every file of `err/` has one mistake, and the file beside it is what its author reads: exactly one problem, at the
 * right place. `UPDATE_GOLDEN=1` writes the outputs anew; the diff is then to be read as an author would.
 */
const here = new URL("rules/", import.meta.url).pathname;
const update = process.env["UPDATE_GOLDEN"] === "1";

const heed = readFileSync(join(here, "heed.yaml"), "utf8");

function withRule(file: string): LoadedWorkspace {
  return { files: [createSourceFile("heed.yaml", heed), createSourceFile(basename(file), readFileSync(file, "utf8"))], problems: [] };
}

function asWorkspaceFile(file: string): LoadedWorkspace {
  return { files: [createSourceFile("heed.yaml", readFileSync(file, "utf8"))], problems: [] };
}

/** A test file of the rule `hello`, or with `fixtures` a file beside its proper test. */
function withTest(file: string, fixtures: boolean): LoadedWorkspace {
  const text = readFileSync(file, "utf8");
  const read = (name: string) => createSourceFile(name, readFileSync(join(here, name), "utf8"));
  const own = fixtures
    ? [createSourceFile("fixtures/people.yaml", text), read("hello.test.yaml")]
    : [createSourceFile("hello.test.yaml", text)];
  return { files: [read("heed.yaml"), read("hello.yaml"), ...own], problems: [] };
}

function casesIn(folder: string, ending: string): readonly string[] {
  return readdirSync(join(here, folder)).filter((name) => name.endsWith(ending) && !name.endsWith(".out")).map((name) => join(here, folder, name));
}

function compare(file: string, loaded: LoadedWorkspace): void {
  const { problems } = checkWorkspace(allTested(loaded), null);
  const output = renderProblems(problems, { format: "pretty", colours: false });
  const golden = `${file.replace(/\.yaml$/, "")}.out`;
  if (update) writeFileSync(golden, output);
  expect(existsSync(golden), `${golden} is missing: run with UPDATE_GOLDEN=1 and read it`).toBe(true);
  expect(output).toBe(readFileSync(golden, "utf8"));
  expect(problems.map(({ code, message }) => `${code} ${message}`)).toHaveLength(1);
}

describe("a rule with one mistake", () => {
  test.each(casesIn("err/rule", ".yaml").map((file) => [basename(file, ".yaml"), file]))("%s gives one problem", (_, file) => {
    compare(file, withRule(file));
  });
});

describe("a workspace file with one mistake", () => {
  test.each(casesIn("err/workspace", ".yaml").map((file) => [basename(file, ".yaml"), file]))("%s gives one problem", (_, file) => {
    compare(file, asWorkspaceFile(file));
  });
});

describe("a test file with one mistake", () => {
  test.each(casesIn("err/test", ".yaml").map((file) => [basename(file, ".yaml"), file]))("%s gives one problem", (_, file) => {
    compare(file, withTest(file, false));
  });
});

describe("a fixture file with one mistake", () => {
  test.each(casesIn("err/fixtures", ".yaml").map((file) => [basename(file, ".yaml"), file]))("%s gives one problem", (_, file) => {
    compare(file, withTest(file, true));
  });
});

describe("a folder with one mistake", () => {
  test.each(casesIn("err/folder", "").map((file) => [basename(file), file]))("%s gives one problem", (_, file) => {
    compare(file, loadWorkspace(file));
  });
});

describe("a rule without mistakes", () => {
  test.each(casesIn("ok", ".yaml").map((file) => [basename(file, ".yaml"), file]))("%s gives no problem", (_, file) => {
    expect(renderProblems(checkWorkspace(allTested(withRule(file)), null).problems, { format: "pretty", colours: false })).toBe("");
  });
});

describe("a test file without mistakes", () => {
  const files = [join(here, "hello.test.yaml"), ...casesIn("ok-tests", ".yaml")];
  test.each(files.map((file) => [basename(file, ".yaml"), file]))("%s gives no problem", (_, file) => {
    expect(renderProblems(checkWorkspace(withTest(file, false), null).problems, { format: "pretty", colours: false })).toBe("");
  });
});
