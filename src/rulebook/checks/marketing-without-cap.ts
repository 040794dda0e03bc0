import { type Check, problemAt } from "../check.ts";
import type { ParsedWorkspace } from "../parsed-workspace.ts";
import type { Problem } from "../problem.ts";

/** A marketing rule that nothing keeps from writing to the same person again and again. */
export const marketingWithoutCap: Check = { id: "marketing-without-cap", run };

function run({ workspace, rules }: ParsedWorkspace): readonly Problem[] {
  if (
    workspace === null ||
    (workspace.file.caps ?? []).some((cap) => cap.class !== "transactional" && cap.channel === undefined)
  )
    return [];
  return rules
    .filter(({ file }) => file.class === "marketing" && file.caps === undefined)
    .map(({ document }) =>
      problemAt(document, {
        code: "HEED402",
        severity: "warning",
        path: ["rule"],
        message: "this marketing rule has no cap, and neither has the workspace",
        help: "add for example caps: [{ max: 1, per: contact, within: 7d }]",
      }),
    );
}
