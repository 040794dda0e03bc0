import type { Problem } from "../problem.ts";
import type { WaivedProblem } from "../waivers.ts";
import { renderGithub } from "./render-github.ts";
import { renderJunit } from "./render-junit.ts";
import { renderPretty } from "./render-pretty.ts";
import { describeProblem, renderSarif } from "./render-sarif.ts";

export const reportFormats = ["pretty", "json", "github", "sarif", "junit"] as const;
export type ReportFormat = (typeof reportFormats)[number];

export interface RenderOptions {
  readonly format: ReportFormat;
  readonly colours: boolean;
  /** From the root of the repository to the workspace, with a slash at its end: what GitHub and SARIF name files by. */
  readonly base?: string;
  /** All files that were judged, for the formats that list what passed. */
  readonly files?: readonly string[];
  /** What waivers silenced, for the formats that show it as such. */
  readonly waived?: readonly WaivedProblem[];
  /** Whether warnings count as failures. */
  readonly strict?: boolean;
  /** Of Heed, for the format that names its tool. */
  readonly version?: string;
}

/** Problems for people or for machines. Ends in a line end unless empty. */
export function renderProblems(problems: readonly Problem[], options: RenderOptions): string {
  const { format, colours, base = "", files = [], waived = [], strict = false, version } = options;
  switch (format) {
    case "pretty":
      return renderPretty(problems, colours);
    case "json":
      return `${JSON.stringify({ format_version: "1.0", problems, waived }, null, 2)}\n`;
    case "github":
      return renderGithub(problems, base);
    case "sarif":
      return renderSarif({ problems, waived, base, version, command: "heed check", describe: describeProblem });
    case "junit":
      return renderJunit({ problems, waived, files, strict });
  }
}
