import { type Check, problemAt } from "../check.ts";
import type { ParsedWorkspace } from "../parsed-workspace.ts";
import type { Problem } from "../problem.ts";

/** A rule that nobody answers for. */
export const noOwner = {
  id: "no-owner",
  pages: {
    HEED403: {
      what: "A rule does not say who answers for it.",
      why: "When it misbehaves at night, somebody has to know whom to ask.",
      example: { in: "rule", bad: "rule: hello", good: "rule: hello\nowner: growth-ops", without: ["owner"] },
      waivable: true,
    },
  },
  run,
} as const satisfies Check;

function run({ rules }: ParsedWorkspace): readonly Problem[] {
  return rules
    .filter(({ file }) => file.owner === undefined)
    .map(({ document }) =>
      problemAt(document, {
        code: "HEED403",
        severity: "warning",
        path: ["rule"],
        message: "this rule has no owner",
        help: "add owner: with the team that answers for it",
      }),
    );
}
