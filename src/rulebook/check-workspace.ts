import { checks } from "./checks.ts";
import type { Environment } from "./environment.ts";
import type { LoadedWorkspace } from "./load-workspace.ts";
import { type ParseResult, parseWorkspace } from "./parse-workspace.ts";
import type { Problem } from "./problem.ts";

/**
 * Everything that is wrong with a workspace, in the order of its files. With an environment, variables that it lacks
 * are problems too; without one, as in a review, they are not looked at.
 */
export function checkWorkspace(loaded: LoadedWorkspace, env: Environment | null): ParseResult {
  const { parsed, problems } = parseWorkspace(loaded);
  const found = checks.flatMap((check) => check.run(parsed, env));
  return { parsed, problems: [...problems, ...found].toSorted(byPlace) };
}

function byPlace(a: Problem, b: Problem): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.range.start.offset - b.range.start.offset || (a.code < b.code ? -1 : 1);
}
