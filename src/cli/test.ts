import { checkWorkspace } from "../rulebook/check-workspace.ts";
import type { Problem } from "../rulebook/problem.ts";
import { renderProblems } from "../rulebook/report/render-problems.ts";
import { coveredPercent } from "../simulate/coverage.ts";
import { renderReport, type TestFormat, testFormats } from "../simulate/report/render-report.ts";
import { runTests, type TestedWorkspace, type TestReport } from "../simulate/run-tests.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import { baseOf } from "./repository-base.ts";
import { loadJudged } from "./load-judged.ts";
import { BadSetting } from "./run-settings.ts";

export interface TestFlags {
  readonly format?: string;
  /** Only cases whose title has this in it, in any case of letters. */
  readonly filter?: string;
  readonly coverage?: boolean;
  /** Percent of what the rules say that tests must show. */
  readonly threshold?: string;
}

export interface TestIo {
  write(text: string): void;
  /** What is told beside the result. */
  talk(text: string): void;
  readonly colours: boolean;
}

/** Plays every test of a workspace and writes what came of it. Throws `BadSetting`. */
export async function test(workspace: string, flags: TestFlags, io: TestIo): Promise<ExitCode> {
  const settings = readFlags(flags);
  const read = readTested(workspace);
  if (!("parsed" in read)) {
    io.talk(renderProblems(read.problems, { format: "pretty", colours: io.colours }));
    return EXIT.unreadable;
  }
  const report = await runTests(read, settings.wanted);
  if (report.cases.length === 0) {
    io.talk(nothingToTest(workspace, read, flags.filter));
    return EXIT.findings;
  }
  const { format, coverage } = settings;
  io.write(renderReport(report, { format, coverage, colours: io.colours, base: baseOf(workspace) }));
  return verdict(report, settings, io);
}

interface Settings {
  readonly format: TestFormat;
  readonly wanted: (title: string) => boolean;
  readonly coverage: boolean;
  readonly threshold: number | null;
}

function readFlags({ format: named = "pretty", filter, coverage = false, threshold }: TestFlags): Settings {
  const format = testFormats.find((known) => known === named);
  if (format === undefined) throw new BadSetting(`unknown format "${named}": write one of ${testFormats.join(", ")}`);
  if (threshold !== undefined && !/^(?:\d{1,2}|100)$/.test(threshold)) {
    throw new BadSetting(`--threshold takes a whole number of percent from 0 to 100, not "${threshold}"`);
  }
  const least = threshold === undefined ? null : Number(threshold);
  const part = filter?.toLowerCase() ?? "";
  return {
    format,
    wanted: (title) => title.toLowerCase().includes(part),
    coverage: coverage || least !== null,
    threshold: least,
  };
}

/** A workspace that can be tested, or why it cannot. */
function readTested(workspace: string): TestedWorkspace | { readonly problems: readonly Problem[] } {
  const { parsed, problems } = checkWorkspace(loadJudged(workspace), null);
  const errors = problems.filter(({ severity }) => severity === "error");
  if (errors.length > 0 || parsed.workspace === null) return { problems: errors };
  return { parsed, heed: parsed.workspace };
}

function nothingToTest(workspace: string, { parsed }: TestedWorkspace, filter: string | undefined): string {
  if (parsed.tests.length > 0) return `heed test: no case has "${filter ?? ""}" in its title\n`;
  return `heed test: there are no tests in ${workspace}: write <rule-id>.test.yaml beside a rule\n`;
}

function verdict(report: TestReport, { threshold }: Settings, io: TestIo): ExitCode {
  const percent = coveredPercent(report.coverage);
  const short = threshold !== null && percent < threshold;
  if (short) io.talk(`heed test: coverage is ${percent} %, and must be at least ${threshold} %\n`);
  const failed = report.cases.some(({ outcome }) => outcome.status === "failed");
  return failed || short ? EXIT.findings : EXIT.fine;
}
