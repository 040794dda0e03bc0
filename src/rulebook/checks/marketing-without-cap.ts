import { type Check, problemAt } from "../check.ts";
import type { ParsedWorkspace } from "../parsed-workspace.ts";
import type { Problem } from "../problem.ts";

/** A marketing rule that nothing keeps from writing to the same person again and again. */
export const marketingWithoutCap = {
  id: "marketing-without-cap",
  pages: {
    HEED402: {
      what: "A marketing rule has no cap, and neither has the workspace.",
      why: "Nothing keeps it from writing to the same person again and again.",
      example: {
        in: "rule",
        bad: "class: marketing",
        good: "class: marketing\ncaps:\n  - { max: 1, per: contact, within: 7d }",
      },
      waivable: true,
    },
  },
  run,
} as const satisfies Check;

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
