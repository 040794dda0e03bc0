import { type Check, problemAt } from "../check.ts";
import type { ParsedWorkspace } from "../parsed-workspace.ts";
import type { Problem } from "../problem.ts";
import { stepsOf } from "../steps.ts";

/** Two steps of a rule with the same id: an enrollment could not tell which of them comes next. */
export const duplicateStep = {
  id: "duplicate-step",
  pages: {
    HEED207: {
      what: "Two steps of a rule have the same id.",
      why: "An enrollment that waits remembers its step by the id, and could not tell which of the two comes next.",
      example: {
        in: "rule",
        bad: "actions:\n  - id: first\n    wait: 5m\n  - id: first\n    send: sms\n    text: Hello.",
        good: "actions:\n  - id: first\n    wait: 5m\n  - id: second\n    send: sms\n    text: Hello.",
      },
    },
  },
  run,
} as const satisfies Check;

function run({ rules }: ParsedWorkspace): readonly Problem[] {
  return rules.flatMap(({ document, file }) => {
    const steps = stepsOf(file);
    return steps.flatMap(({ step: { id }, path }) => {
      const first = steps.find(({ step }) => step.id === id);
      if (id === undefined || first === undefined || first.path === path) return [];
      const related = [
        {
          message: "first used here",
          file: document.source.name,
          range: document.rangeOf([...first.path, "id"], "value"),
        },
      ];
      return [
        problemAt(document, {
          code: "HEED207",
          path: [...path, "id"],
          message: `two steps have the id \`${id}\``,
          help: "give this one another",
          related,
        }),
      ];
    });
  });
}
