import type { Range } from "../../rulebook/problem.ts";
import { coveredPercent } from "../coverage.ts";
import { type TestReport, titleOf } from "../run-tests.ts";
import { totalsOf } from "./totals.ts";

/** For machines: everything that the others tell, with stable names. */
export function jsonReport({ cases, coverage }: TestReport, withCoverage: boolean): string {
  const report = {
    format_version: "1.0",
    totals: totalsOf(cases),
    cases: cases.map((result) => {
      const { suite, name, combination, file, range, outcome } = result;
      return { title: titleOf(result), suite, name, combination, file, ...placeOf(range), ...outcomeOf(outcome) };
    }),
    ...(withCoverage && {
      coverage: {
        percent: coveredPercent(coverage),
        rules: coverage.map(({ rule, file, points }) => ({
          rule,
          file,
          percent: coveredPercent([{ rule, file, points }]),
          points: points.map(({ name, range, covered }) => ({ name, ...placeOf(range), covered })),
        })),
      },
    }),
  };
  return `${JSON.stringify(report, null, 2)}\n`;
}

function outcomeOf(outcome: TestReport["cases"][number]["outcome"]) {
  if (outcome.status !== "failed") return outcome;
  const failures = outcome.failures.map(({ message, expected, got, range, why }) => ({
    message,
    expected,
    got,
    ...placeOf(range),
    why: why.map(({ text, file, range: at }) => ({ text, file, ...placeOf(at) })),
  }));
  return { status: outcome.status, failures, timeline: outcome.timeline };
}

function placeOf({ start }: Range) {
  return { line: start.line, col: start.col };
}
