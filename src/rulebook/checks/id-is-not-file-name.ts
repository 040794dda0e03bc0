import { type Check, problemAt } from "../check.ts";
import { idOfFile, type ParsedWorkspace } from "../parsed-workspace.ts";
import type { Problem } from "../problem.ts";

/** A rule is found by its id, so the file must have it as its name. */
export const idIsNotFileName: Check = { id: "id-is-not-file-name", run };

function run({ rules }: ParsedWorkspace): readonly Problem[] {
  return rules
    .filter(({ document, file }) => file.rule !== idOfFile(document.source.name))
    .map(({ document, file }) =>
      problemAt(document, {
        code: "HEED205",
        path: ["rule"],
        message: `the rule's id is \`${file.rule}\`, but its file is named ${document.source.name.split("/").at(-1) ?? ""}`,
        help: `write rule: ${idOfFile(document.source.name)}, or rename the file to ${file.rule}.yaml`,
      }),
    );
}
