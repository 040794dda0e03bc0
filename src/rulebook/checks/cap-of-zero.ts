import { type Check, problemAt } from "../check.ts";
import type { ParsedWorkspace } from "../parsed-workspace.ts";
import type { Problem } from "../problem.ts";
import type { SourceDocument } from "../source-file.ts";

/** A cap that lets nothing through. */
export const capOfZero: Check = { id: "cap-of-zero", run };

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
