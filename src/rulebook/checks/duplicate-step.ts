import { type Check, problemAt } from "../check.ts";
import type { ParsedWorkspace } from "../parsed-workspace.ts";
import type { Problem } from "../problem.ts";

/** Two steps of a rule with the same id: an enrollment could not tell which of them comes next. */
export const duplicateStep: Check = { id: "duplicate-step", run };

function run({ rules }: ParsedWorkspace): readonly Problem[] {
  return rules.flatMap(({ document, file }) =>
    file.actions.flatMap(({ id }, index) => {
      const first = file.actions.findIndex((step) => step.id === id);
      if (id === undefined || first === index) return [];
      const related = [
        {
          message: "first used here",
          file: document.source.name,
          range: document.rangeOf(["actions", first, "id"], "value"),
        },
      ];
      return [
        problemAt(document, {
          code: "HEED207",
          path: ["actions", index, "id"],
          message: `two steps have the id \`${id}\``,
          help: "give this one another",
          related,
        }),
      ];
    }),
  );
}
