import type { TestReport } from "../run-tests.ts";
import { githubReport } from "./github-report.ts";
import { jsonReport } from "./json-report.ts";
import { junitReport } from "./junit-report.ts";
import { prettyReport } from "./pretty-report.ts";

export const testFormats = ["pretty", "json", "junit", "github"] as const;
export type TestFormat = (typeof testFormats)[number];

export interface RenderOptions {
  readonly format: TestFormat;
  readonly coverage: boolean;
  readonly colours: boolean;
  /** From the root of the repository to the workspace, with a slash at its end: what GitHub names files by. */
  readonly base: string;
}

/** What the tests showed, for people or for machines. */
export function renderReport(report: TestReport, { format, coverage, colours, base }: RenderOptions): string {
  switch (format) {
    case "pretty":
      return prettyReport(report, coverage, colours);
    case "json":
      return jsonReport(report, coverage);
    case "junit":
      return junitReport(report);
    case "github":
      return githubReport(report, base);
  }
}
