import { type Check, problemAt } from "../check.ts";
import type { ParsedWorkspace } from "../parsed-workspace.ts";
import type { Problem } from "../problem.ts";

/** A rule that does not say what it is for. */
export const noDescription = {
  id: "no-description",
  pages: {
    HEED404: {
      what: "A rule does not say what it is for.",
      why: "Whoever reviews a change has to know what the rule was meant to do.",
      example: {
        in: "rule",
        bad: "rule: hello",
        good: "rule: hello\ndescription: Greet people who asked for a demo.",
        without: ["description"],
      },
      waivable: true,
    },
  },
  run,
} as const satisfies Check;

function run({ rules }: ParsedWorkspace): readonly Problem[] {
  return rules
    .filter(({ file }) => file.description === undefined)
    .map(({ document }) =>
      problemAt(document, {
        code: "HEED404",
        severity: "warning",
        path: ["rule"],
        message: "this rule has no description",
        help: "add description: with what it does, and why, in a sentence",
      }),
    );
}
