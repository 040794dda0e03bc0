import { type Annotation, githubAnnotations } from "../../rulebook/report/github-annotations.ts";
import { riskCodes } from "../../rulebook/risk-codes.ts";
import type { Plan } from "../plan.ts";
import { sayRevision, verdictOf } from "./headline.ts";
import { placeOfLine } from "./place-of-line.ts";

/** Each risk at its line of the pull request, after the verdict: GitHub shows ten of each level and drops the rest. */
export function renderGithub(plan: Plan, workspace: string): string {
  const annotations = plan.risks
    .filter(({ waived }) => waived === null)
    .map(({ code, severity, message, help, file, line }): Annotation => {
      return {
        severity,
        file,
        range: placeOfLine(line),
        title: `${code} ${riskCodes[code].name}`,
        message,
        more: help,
      };
    });
  const verdict: string = `${verdictOf(plan)} (${sayRevision(plan.base)} → ${sayRevision(plan.head)})`;
  return `${noticeLine(verdict)}\n${githubAnnotations(annotations, "heed plan", workspace)}`;
}

function noticeLine(text: string): string {
  const data = text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
  return `::notice title=heed plan::${data}`;
}
