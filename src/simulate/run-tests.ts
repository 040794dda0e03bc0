import type { CompiledWorkspace } from "../rulebook/compile-workspace.ts";
import { compileParsed } from "../rulebook/compile-workspace.ts";
import type { ParsedFile, ParsedWorkspace } from "../rulebook/parsed-workspace.ts";
import type { CaseRun, ParsedTest } from "../rulebook/parsed-tests.ts";
import type { Range } from "../rulebook/problem.ts";
import type { WorkspaceFile } from "../rulebook/workspace-file.generated.ts";
import { castOf } from "../rulebook/test-cast.ts";
import { listedRules } from "../rulebook/tested-rules.ts";
import { type CoverageOfRule, coverageOf, type Seen } from "./coverage.ts";
import { type ExplainedFailure, runCase, type Stage } from "./run-case.ts";

/** A workspace in which nothing is wrong. */
export interface TestedWorkspace {
  readonly parsed: ParsedWorkspace;
  readonly heed: ParsedFile<WorkspaceFile>;
}

export interface CaseResult {
  readonly suite: string;
  readonly name: string;
  /** Its values by name, when it is one run of a matrix. */
  readonly combination: readonly string[];
  /** From the workspace. */
  readonly file: string;
  /** Where the case begins. */
  readonly range: Range;
  readonly outcome:
    | { readonly status: "passed" }
    | { readonly status: "skipped"; readonly reason: string }
    | { readonly status: "failed"; readonly failures: readonly PlacedFailure[]; readonly timeline: readonly string[] };
}

/** A failure with its places. */
export interface PlacedFailure extends Omit<ExplainedFailure, "why" | "path" | "about"> {
  readonly range: Range;
  readonly why: readonly {
    readonly text: string;
    readonly file: string;
    readonly range: Range;
  }[];
}

export interface TestReport {
  readonly cases: readonly CaseResult[];
  /** Of every rule that is under test, in order of file name. */
  readonly coverage: readonly CoverageOfRule[];
}

/** `suite › case [combination]`: stable as long as nobody renames it. */
export function titleOf({ suite, name, combination }: Pick<CaseResult, "suite" | "name" | "combination">): string {
  return `${suite} › ${name}${combination.length === 0 ? "" : ` [${combination.join(", ")}]`}`;
}

/**
 * Plays every case of a workspace whose title `wanted` takes. Each has a world of its own, so that the order means
 * nothing and the same files always give the same report.
 */
export async function runTests(workspace: TestedWorkspace, wanted: (title: string) => boolean): Promise<TestReport> {
  const cases: CaseResult[] = [];
  const seen: Seen[] = [];
  for (const test of workspace.parsed.tests) {
    const runs = test.runs.filter((run) => wanted(titleOf(nameOf(test, run))));
    if (runs.length === 0) continue;
    const stage = stageOf(test, workspace);
    for (const run of runs) cases.push(await play(test, run, stage, workspace.parsed, seen));
  }
  return { cases, coverage: coverageOf(seen) };
}

/** The rules that a test lists, compiled, and whom its cases may name. */
export function stageOf(test: ParsedTest, { parsed, heed }: TestedWorkspace): Stage {
  const files = new Set(listedRules(test, parsed).flatMap((listed) => listed.files));
  const rules = parsed.rules.filter(({ document }) => files.has(document.source.name));
  // Secrets are for those who send: a name of the environment stands for itself here.
  const compiled: CompiledWorkspace = compileParsed({ ...parsed, rules }, heed, {});
  return { compiled, rules, cast: castOf(test, parsed.fixtures), lookups: test.file.lookups ?? {} };
}

function nameOf({ file }: ParsedTest, { story, combination }: CaseRun) {
  return { suite: file.suite, name: story.name, combination };
}

async function play(
  test: ParsedTest,
  run: CaseRun,
  stage: Stage,
  parsed: ParsedWorkspace,
  seen: Seen[],
): Promise<CaseResult> {
  const { document } = test;
  const common = {
    ...nameOf(test, run),
    file: document.source.name,
    range: document.rangeOf(["cases", run.index, "name"], "value"),
  };
  const { skip } = run.story;
  if (skip !== undefined) return { ...common, outcome: { status: "skipped", reason: skip } };
  const { failures, timeline, happenings } = await runCase(run, stage);
  seen.push({ rules: stage.rules, rulebook: stage.compiled.rulebook, happenings });
  if (failures.length === 0) return { ...common, outcome: { status: "passed" } };
  const placed = failures.map(({ path, message, expected, got, why }): PlacedFailure => {
    const places = why.flatMap(({ text, rule, path: at }) => {
      const of = parsed.rules.find(({ file }) => file.rule === rule)?.document;
      return of === undefined ? [] : [{ text, file: of.source.name, range: of.rangeOf(at, "key") }];
    });
    return { message, expected, got, range: document.rangeOf(path, "value"), why: places };
  });
  return { ...common, outcome: { status: "failed", failures: placed, timeline } };
}
