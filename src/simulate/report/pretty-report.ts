import pc from "picocolors";
import { printable } from "../../rulebook/report/printable.ts";
import { type CoverageOfRule, coveredPercent } from "../coverage.ts";
import { type CaseResult, type PlacedFailure, type TestReport, titleOf } from "../run-tests.ts";
import { byFile, totalsOf, totalsText } from "./totals.ts";

type Paint = ReturnType<typeof pc.createColors>;

/** For people: a line for each test file, what failed with its story, and the sums. */
export function prettyReport({ cases, coverage }: TestReport, withCoverage: boolean, colours: boolean): string {
  const paint = pc.createColors(colours);
  const lines = [...byFile(cases)].flatMap(([file, inFile]) => fileLines(file, inFile, paint));
  const covered = withCoverage ? ["", ...coverageLines(coverage, paint)] : [];
  return `${[...lines, ...covered, "", totalsText(totalsOf(cases))].join("\n")}\n`;
}

function fileLines(file: string, cases: readonly CaseResult[], paint: Paint): readonly string[] {
  const failed = cases.filter(({ outcome }) => outcome.status === "failed");
  const mark = failed.length === 0 ? paint.green("✓") : paint.red("✗");
  const head = `${mark} ${file} ${paint.dim(totalsText(totalsOf(cases)))}`;
  return [head, ...cases.flatMap((result) => caseLines(result, paint))];
}

function caseLines(result: CaseResult, paint: Paint): readonly string[] {
  const { outcome, file, range } = result;
  const title = printable(titleOf(result));
  if (outcome.status === "passed") return [];
  if (outcome.status === "skipped") return [`  ${paint.yellow("-")} ${title}: ${printable(outcome.reason)}`];
  const place = `${file}:${range.start.line}:${range.start.col}`;
  return [
    "",
    `  ${paint.red("✗")} ${paint.bold(place)} ${title}`,
    ...outcome.failures.flatMap((failure) => failureLines(failure, file, paint)),
    ...whyLines(outcome.failures, paint),
    ...labelled("timeline", outcome.timeline, paint),
  ];
}

function failureLines({ message, range }: PlacedFailure, file: string, paint: Paint): readonly string[] {
  return [
    `    ${paint.red("failed")}   ${printable(message)}`,
    `             ${paint.dim(`at ${file}:${range.start.line}:${range.start.col}`)}`,
  ];
}

/** Several failures of a case mostly have one cause, which is told once. */
function whyLines(failures: readonly PlacedFailure[], paint: Paint): readonly string[] {
  const told = new Map(failures.flatMap(({ why }) => why).map((one) => [one.text, one]));
  return [...told.values()].flatMap(({ text, file, range }) => [
    `    ${paint.cyan("why")}      ${printable(text)}`,
    `             ${paint.dim(`at ${file}:${range.start.line}:${range.start.col}`)}`,
  ]);
}

function labelled(label: string, lines: readonly string[], paint: Paint): readonly string[] {
  return lines.map((line, index) => `    ${paint.cyan((index === 0 ? label : "").padEnd(8))} ${printable(line)}`);
}

function coverageLines(coverage: readonly CoverageOfRule[], paint: Paint): readonly string[] {
  const rules = coverage.flatMap((rule) => {
    const missing = rule.points.filter(({ covered }) => !covered);
    const percent = coveredPercent([rule]);
    const head = `${String(percent).padStart(4)} %  ${rule.file}`;
    return [
      missing.length === 0 ? paint.green(head) : head,
      ...missing.map(
        ({ name, range }) =>
          `        ${paint.yellow("never")} ${name} ${paint.dim(`${rule.file}:${range.start.line}`)}`,
      ),
    ];
  });
  return ["coverage", ...rules, `${String(coveredPercent(coverage)).padStart(4)} %  of all that the tested rules say`];
}
