import { checkWorkspace } from "../../src/rulebook/check-workspace.ts";
import { compileParsed } from "../../src/rulebook/compile-workspace.ts";
import type { Side } from "../../src/plan/side.ts";
import { inMemory } from "../rulebook/in-memory.ts";

/** One revision from its files. Throws when something is wrong in it, so that no test compares by mistake. */
export function sideOf(files: Readonly<Record<string, string>>): Side {
  const { parsed, problems } = checkWorkspace(inMemory(files), null);
  const errors = problems.filter(({ severity }) => severity === "error");
  if (errors.length > 0 || parsed.workspace === null) throw new Error(JSON.stringify(errors, null, 1));
  return { parsed, compiled: compileParsed(parsed, parsed.workspace, {}) };
}
