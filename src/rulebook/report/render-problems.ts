import type { Problem } from "../problem.ts";
import { renderGithub } from "./render-github.ts";
import { renderJunit } from "./render-junit.ts";
import { renderPretty } from "./render-pretty.ts";
import { renderSarif } from "./render-sarif.ts";

export const reportFormats = ["pretty", "json", "github", "sarif", "junit"] as const;
export type ReportFormat = (typeof reportFormats)[number];

export interface RenderOptions {
  readonly format: ReportFormat;
  readonly colours: boolean;
  /** From the root of the repository to the workspace, with a slash at its end: what GitHub and SARIF name files by. */
  readonly base?: string;
  /** All files that were judged, for the formats that list what passed. */
  readonly files?: readonly string[];
  /** Whether warnings count as failures. */
  readonly strict?: boolean;
}

/** Problems for people or for machines. Ends in a line end unless empty. */
export function renderProblems(problems: readonly Problem[], options: RenderOptions): string {
  const { format, colours, base = "", files = [], strict = false } = options;
  switch (format) {
    case "pretty":
      return renderPretty(problems, colours);
    case "json":
      return `${JSON.stringify({ format_version: "1.0", problems }, null, 2)}\n`;
    case "github":
      return renderGithub(problems, base);
    case "sarif":
      return renderSarif(problems, base);
    case "junit":
      return renderJunit(problems, files, strict);
  }
}
