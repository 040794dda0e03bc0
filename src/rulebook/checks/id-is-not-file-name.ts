import { type Check, problemAt } from "../check.ts";
import { idOfFile, type ParsedWorkspace } from "../parsed-workspace.ts";
import type { Problem } from "../problem.ts";

/** A rule is found by its id, so the file must have it as its name. */
export const idIsNotFileName = {
  id: "id-is-not-file-name",
  pages: {
    HEED205: {
      what: "The id of a rule is not the name of its file.",
      why: "Reports and logs name the id, and whoever reads them must find the file.",
      example: { in: "rule", bad: "rule: helo # in hello.yaml", good: "rule: hello # in hello.yaml" },
    },
  },
  run,
} as const satisfies Check;

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
