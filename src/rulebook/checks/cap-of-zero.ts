import { type Check, problemAt } from "../check.ts";
import type { ParsedWorkspace } from "../parsed-workspace.ts";
import type { Problem } from "../problem.ts";
import type { SourceDocument } from "../source-file.ts";

/** A cap that lets nothing through. */
export const capOfZero = {
  id: "cap-of-zero",
  pages: {
    HEED301: {
      what: "A cap has a `max` of 0.",
      why: "It lets no message through, which is most likely not what was meant; `enabled: false` says it clearly.",
      example: {
        in: "rule",
        bad: "caps:\n  - { max: 0, per: contact, within: 24h }",
        good: "caps:\n  - { max: 1, per: contact, within: 24h }",
      },
      waivable: true,
    },
  },
  run,
} as const satisfies Check;

function run({ workspace, rules }: ParsedWorkspace): readonly Problem[] {
  return [...(workspace === null ? [] : [workspace]), ...rules].flatMap(({ document, file }) =>
    inCaps(document, file.caps ?? []),
  );
}

function inCaps(document: SourceDocument, caps: readonly { readonly max: number }[]): readonly Problem[] {
  return caps.flatMap(({ max }, index) => {
    if (max > 0) return [];
    const help = "write at least 1; to send nothing at all, set enabled: false on the rules";
    return [
      problemAt(document, {
        code: "HEED301",
        path: ["caps", index, "max"],
        message: "a cap of 0 lets no message through",
        help,
      }),
    ];
  });
}
