import { checks } from "./checks.ts";
import type { Environment } from "./environment.ts";
import type { LoadedWorkspace } from "./load-workspace.ts";
import { type ParseResult, parseSource, parseWorkspace } from "./parse-workspace.ts";
import { byPlace, mostPerFile, type Problem } from "./problem.ts";
import { applyWaivers, type CalendarDay, type WaivedProblem } from "./waivers.ts";

export interface CheckResult extends ParseResult {
  readonly waived: readonly WaivedProblem[];
}

/**
 * Everything that is wrong with a workspace and not waived, in the order of its files. With an environment, variables
 * that it lacks are problems too; without one, as in a review, they are not looked at. With a day, waivers that ended
 * before it are problems; without one, as at the start of the system, a waiver never ends.
 */
export function checkWorkspace(
  loaded: LoadedWorkspace,
  env: Environment | null,
  today: CalendarDay | null = null,
  parse: typeof parseSource = parseSource,
): CheckResult {
  const { parsed, problems } = parseWorkspace(loaded, parse);
  const found = [...problems, ...checks.flatMap((check) => check.run(parsed, env))];
  const { problems: left, waived } = applyWaivers(parsed.sources, withoutSecrets(found), today);
  return { parsed, problems: bounded(left.toSorted(byPlace)), waived };
}

function bounded(problems: readonly Problem[]): readonly Problem[] {
  const counts = new Map<string, number>();
  return problems.filter(({ file }) => {
    const count = (counts.get(file) ?? 0) + 1;
    counts.set(file, count);
    return count <= mostPerFile;
  });
}

/** The line of a secret is not shown for another problem either, nor for one on the next line. */
function withoutSecrets(problems: readonly Problem[]): readonly Problem[] {
  const lines = new Set(
    problems.filter(({ code }) => code === "HEED401").map(({ file, range }) => `${range.start.line} ${file}`),
  );
  if (lines.size === 0) return problems;
  return problems.map((problem) => {
    const { excerpt, ...rest } = problem;
    const { line } = problem.range.start;
    if (excerpt === undefined || lines.has(`${line} ${problem.file}`)) return rest;
    return lines.has(`${line - 1} ${problem.file}`) ? { ...rest, excerpt: { line: excerpt.line } } : problem;
  });
}
