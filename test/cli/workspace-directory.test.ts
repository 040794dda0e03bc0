import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { newWorkspaceDirectory, workspaceDirectory } from "../../src/cli/run-settings.ts";
import { scratchDirectory, writeFiles } from "../support/scratch.ts";

const cwd = process.cwd();
afterEach(() => process.chdir(cwd));

function standIn(files: Readonly<Record<string, string>>): string {
  process.chdir(writeFiles(join(scratchDirectory(), "here"), files));
  return process.cwd();
}

test("rules are where somebody says, else in rules, else here for whoever stands among them", () => {
  const nowhere = standIn({ "notes.md": "" });
  expect(workspaceDirectory(undefined, {})).toBe(join(nowhere, "rules"));
  const here = standIn({ "heed.yaml": "" });
  expect(workspaceDirectory(undefined, {})).toBe(here);
  expect(workspaceDirectory(undefined, { HEED_RULES: "other" })).toBe(join(here, "other"));
  expect(workspaceDirectory("named", { HEED_RULES: "other" })).toBe(join(here, "named"));
  // What is made anew is made beside, and not over what is here.
  expect(newWorkspaceDirectory(undefined, {})).toBe(join(here, "rules"));
  const both = standIn({ "heed.yaml": "", "rules/heed.yaml": "" });
  expect(workspaceDirectory(undefined, {})).toBe(join(both, "rules"));
});
