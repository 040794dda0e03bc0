import { type Annotation, githubAnnotations } from "../../rulebook/report/github-annotations.ts";
import { printable } from "../../rulebook/report/printable.ts";
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
        file: printable(file),
        range: placeOfLine(line),
        title: `${code} ${riskCodes[code].name}`,
        message: printable(message),
        more: help === null ? null : printable(help),
      };
    });
  const verdict = printable(`${verdictOf(plan)} (${sayRevision(plan.base)} → ${sayRevision(plan.head)})`);
  const notice = `::notice title=heed plan::${verdict.replaceAll("%", "%25")}\n`;
  return `${notice}${githubAnnotations(annotations, "heed plan", workspace)}`;
}
