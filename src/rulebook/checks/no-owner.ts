import { type Check, problemAt } from "../check.ts";
import type { ParsedWorkspace } from "../parsed-workspace.ts";
import type { Problem } from "../problem.ts";

/** A rule that nobody answers for. */
export const noOwner: Check = { id: "no-owner", run };

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
