import type { Problem } from "../problem.ts";
import type { WaivedProblem } from "../waivers.ts";
import { escapeAttribute, escapeXml } from "./escape-xml.ts";

interface Report {
  readonly problems: readonly Problem[];
  readonly waived: readonly WaivedProblem[];
  /** All files that were judged. */
  readonly files: readonly string[];
  /** Whether warnings fail. */
  readonly strict: boolean;
}

/**
 * JUnit XML with a test case for each problem and each file without: a warning fails its case only when it counts, and
 * what is waived is skipped with its reason.
 */
export function renderJunit({ problems, waived, files, strict }: Report): string {
  const told = new Set([...problems, ...waived.map(({ problem }) => problem)].map(({ file }) => file));
  const clean = files.filter((file) => !told.has(file));
  const cases = [
    ...problems.map((problem) => problemCase(problem, strict)),
    ...waived.map(waivedCase),
    ...clean.map(cleanCase),
  ];
  const failures = problems.filter((problem) => fails(problem, strict)).length;
  const counts = `tests="${cases.length}" failures="${failures}" errors="0"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="heed check" ${counts}>`,
    `  <testsuite name="heed check" ${counts} skipped="${waived.length}">`,
    ...cases,
    "  </testsuite>",
    "</testsuites>",
    "",
  ].join("\n");
}

function problemCase(problem: Problem, strict: boolean): string {
  const { code, message, file, range, help } = problem;
  const place = `${file}:${range.start.line}:${range.start.col}`;
  const text = escapeXml(`${place} ${code} ${message}${help === undefined ? "" : `\n${help}`}`);
  const body = fails(problem, strict)
    ? `<failure type="${code}" message="${escapeAttribute(message)}">${text}</failure>`
    : `<system-out>warning: ${text}</system-out>`;
  return testCase(problem, body);
}

function waivedCase({ problem, until, reason }: WaivedProblem): string {
  return testCase(problem, `<skipped message="${escapeAttribute(`waived until ${until}: ${reason}`)}"/>`);
}

function testCase({ code, file, range }: Problem, body: string): string {
  const name = `${code} at ${range.start.line}:${range.start.col}`;
  return `    <testcase classname="${escapeAttribute(file)}" name="${name}">\n      ${body}\n    </testcase>`;
}

function cleanCase(file: string): string {
  return `    <testcase classname="${escapeAttribute(file)}" name="no problems"/>`;
}

function fails({ severity }: Problem, strict: boolean): boolean {
  return strict || severity === "error";
}
