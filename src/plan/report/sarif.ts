import { renderSarif as render } from "../../rulebook/report/render-sarif.ts";
import { type RiskCode, riskCodes } from "../../rulebook/risk-codes.ts";
import type { Plan, Risk } from "../plan.ts";
import { riskPageOf } from "../risks/risks-of.ts";
import { placeOfLine } from "./place-of-line.ts";

/** The risks for code scanning; what is waived is in it as suppressed. */
export function renderSarif(plan: Plan, workspace: string, version: string): string {
  return render({
    problems: plan.risks.filter(({ waived }) => waived === null).map(toProblem),
    waived: plan.risks.flatMap((risk) =>
      risk.waived === null ? [] : [{ problem: toProblem(risk), until: null, reason: risk.waived }],
    ),
    base: workspace,
    version,
    command: "heed plan",
    describe,
  });
}

function toProblem({ code, severity, message, help, rule, file, line }: Risk) {
  const range = placeOfLine(line);
  const path = rule === null ? [] : [rule];
  return { code, severity, message, file, range, path, ...(help !== null && { help }) };
}

function describe(code: RiskCode) {
  const { what, why, todo, example } = riskPageOf(code);
  const shown = example.in === "words" ? example.story : `Before:\n\n${example.before}\n\nAfter:\n\n${example.after}`;
  return {
    id: code,
    name: riskCodes[code].name,
    shortDescription: { text: what },
    fullDescription: { text: why },
    help: { text: `${why}\n\n${todo}\n\n${shown}`, markdown: `${why}\n\n**What to do**\n\n${todo}` },
  };
}
