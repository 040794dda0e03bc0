import { posix } from "node:path";
import { type Check, problemAt } from "../check.ts";
import type { ParsedWorkspace } from "../parsed-workspace.ts";
import type { Problem } from "../problem.ts";
import { didYouMean } from "../suggest.ts";
import { listedRules, ruleFilesOf } from "../tested-rules.ts";

/** A test that lists a rule file which is not there. */
export const unknownRuleFile = {
  id: "unknown-rule-file",
  pages: {
    HEED702: {
      what: "A test lists a rule file that does not exist.",
      why: "A test of a rule that was renamed or removed tests nothing, and would pass for ever with `expect: none`.",
      example: { in: "test", bad: "rules: [helo.yaml]", good: "rules: [hello.yaml]" },
    },
  },
  run,
} as const satisfies Check;

function run(workspace: ParsedWorkspace): readonly Problem[] {
  return workspace.tests.flatMap((test) => {
    const folder = posix.dirname(test.document.source.name);
    return listedRules(test, workspace)
      .filter(({ files }) => files.length === 0)
      .map(({ index, pattern }) => {
        const known = ruleFilesOf(workspace).map((name) => posix.relative(folder, name));
        const what = pattern.includes("*")
          ? `no rule file matches \`${pattern}\``
          : `there is no rule file \`${pattern}\``;
        const beside = known.filter((name) => !name.includes("/"));
        const help =
          didYouMean(pattern, known) ?? (beside.length === 0 ? null : `beside this file are ${beside.join(", ")}`);
        return problemAt(test.document, { code: "HEED702", path: ["rules", index], message: what, help });
      });
  });
}
