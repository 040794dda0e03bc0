import type { Plan } from "../plan.ts";
import { renderGithub } from "./github.ts";
import { renderJson } from "./json.ts";
import { renderMarkdown } from "./markdown.ts";
import { renderPretty } from "./pretty.ts";
import type { Shown } from "./rule-story.ts";
import { renderSarif } from "./sarif.ts";

export const planFormats = ["pretty", "md", "json", "github", "sarif"] as const;
export type PlanFormat = (typeof planFormats)[number];

export interface PlanReportOptions extends Shown {
  readonly colours: boolean;
  /** From the root of the repository to the workspace, with a slash at its end. */
  readonly workspace: string;
  /** Of Heed. */
  readonly version: string;
}

/** A plan for people or for machines. Ends in a line end. */
export function renderPlan(plan: Plan, format: PlanFormat, options: PlanReportOptions): string {
  switch (format) {
    case "pretty":
      return renderPretty(plan, options);
    case "md":
      return renderMarkdown(plan, options);
    case "json":
      return renderJson(plan, options.version);
    case "github":
      return renderGithub(plan, options.workspace);
    case "sarif":
      return renderSarif(plan, options.workspace, options.version);
  }
}
