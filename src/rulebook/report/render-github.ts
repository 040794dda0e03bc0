import type { Problem } from "../problem.ts";
import { githubAnnotations } from "./github-annotations.ts";

/** Each problem at its line of a pull request. */
export function renderGithub(problems: readonly Problem[], base: string): string {
  const annotations = problems.map(({ severity, file, range, code, message, help }) => {
    return { severity, file, range, title: code, message, more: help ?? null };
  });
  return githubAnnotations(annotations, "heed check", base);
}
