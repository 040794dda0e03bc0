import { type Annotation, githubAnnotations } from "../../rulebook/report/github-annotations.ts";
import { type TestReport, titleOf } from "../run-tests.ts";

/** Each failure at the line of its expectation. */
export function githubReport({ cases }: TestReport, base: string): string {
  const annotations = cases.flatMap((result) => {
    const { outcome, file } = result;
    if (outcome.status !== "failed") return [];
    return outcome.failures.map(({ message, range, why }): Annotation => {
      const more = [...why.map(({ text }) => `why: ${text}`), ...outcome.timeline];
      return { severity: "error", file, range, title: titleOf(result), message, more: more.join("\n") };
    });
  });
  return githubAnnotations(annotations, "heed test", base);
}
