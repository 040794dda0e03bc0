import { escapeAttribute, escapeXml } from "../../rulebook/report/escape-xml.ts";
import { type CaseResult, type TestReport, titleOf } from "../run-tests.ts";
import { byFile, totalsOf } from "./totals.ts";

/** JUnit XML: a suite for each test file, a test case for each run. */
export function junitReport({ cases }: TestReport): string {
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="heed test" ${counts(cases)}>`,
    ...[...byFile(cases)].flatMap(([file, inFile]) => suiteLines(file, inFile)),
    "</testsuites>",
    "",
  ].join("\n");
}

function counts(cases: readonly CaseResult[]): string {
  const { failed, skipped } = totalsOf(cases);
  return `tests="${cases.length}" failures="${failed}" errors="0" skipped="${skipped}"`;
}

function suiteLines(file: string, cases: readonly CaseResult[]): readonly string[] {
  const [first] = cases;
  const name = escapeAttribute(first?.suite ?? file);
  return [
    `  <testsuite name="${name}" file="${escapeAttribute(file)}" ${counts(cases)}>`,
    ...cases.map((result) => caseLine(result, name)),
    "  </testsuite>",
  ];
}

function caseLine(result: CaseResult, suite: string): string {
  const { file, range, outcome } = result;
  const name = titleOf(result).slice(`${result.suite} › `.length);
  const head = `    <testcase classname="${suite}" name="${escapeAttribute(name)}" file="${escapeAttribute(file)}" line="${range.start.line}"`;
  if (outcome.status === "passed") return `${head}/>`;
  if (outcome.status === "skipped") {
    return `${head}>\n      <skipped message="${escapeAttribute(outcome.reason)}"/>\n    </testcase>`;
  }
  const { failures, timeline } = outcome;
  const told = failures.flatMap(({ message, range: at, why }) => [
    `${file}:${at.start.line}:${at.start.col} ${message}`,
    ...why.map(({ text, file: rule, range: where }) => `why: ${text} (${rule}:${where.start.line}:${where.start.col})`),
  ]);
  const text = escapeXml([...told, "timeline:", ...timeline].join("\n"));
  const message = escapeAttribute(failures.map((failure) => failure.message).join("; "));
  return `${head}>\n      <failure type="expectation" message="${message}">${text}</failure>\n    </testcase>`;
}
