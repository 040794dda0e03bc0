import type { Check } from "../check.ts";
import { variablesIn } from "../environment.ts";
import { inLiquid, isField } from "../foreign-placeholders.ts";
import type { ParsedWorkspace } from "../parsed-workspace.ts";
import type { Problem } from "../problem.ts";
import { problemIn } from "../source-file.ts";

/** A `${NAME}` in a rule: the environment is read for heed.yaml alone, and a contact would get the text as it stands. */
export const misplacedVariable = {
  id: "misplaced-variable",
  pages: {
    HEED211: {
      what: "A rule contains a `${NAME}`.",
      why: "The environment is read for heed.yaml alone; contacts would receive the text as it stands.",
      example: {
        in: "rule",
        bad: "actions:\n  - send: sms\n    text: Call us at ${SUPPORT_NUMBER}.",
        good: "actions:\n  - send: sms\n    text: Call us at 202 555 0143.",
      },
    },
  },
  run,
} as const satisfies Check;

function run({ rules, workspace }: ParsedWorkspace): readonly Problem[] {
  // Hardly any rule has one, and looking at every value of every rule takes its time.
  const suspects = rules.filter(({ document }) => document.source.text.includes("${"));
  return suspects.flatMap(({ document }) =>
    variablesIn(document.data)
      .filter(({ wellFormed }) => wellFormed)
      .map(({ name, path, start, end }) =>
        problemIn(document.source, {
          code: "HEED211",
          message: `\${${name}} has no meaning in a rule`,
          help:
            workspace !== null && isField(name, workspace.file)
              ? `write ${inLiquid(name, workspace.file)}`
              : "variables of the environment are read in heed.yaml only",
          range: document.rangeWithin(path, start, end),
          path,
        }),
      ),
  );
}
