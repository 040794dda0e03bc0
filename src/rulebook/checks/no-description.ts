import { type Check, problemAt } from "../check.ts";
import type { ParsedWorkspace } from "../parsed-workspace.ts";
import type { Problem } from "../problem.ts";

/** A rule that does not say what it is for. */
export const noDescription: Check = { id: "no-description", run };

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
