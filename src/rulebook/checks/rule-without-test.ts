import { type Check, problemAt } from "../check.ts";
import type { ParsedWorkspace } from "../parsed-workspace.ts";
import type { Problem } from "../problem.ts";
import { listedRules } from "../tested-rules.ts";

/** A rule that no test of the workspace lists. */
export const ruleWithoutTest = {
  id: "rule-without-test",
  pages: {
    HEED701: {
      what: "No test lists this rule.",
      why: "Nothing would notice when an edit, of this rule or of heed.yaml, changes whom it writes to, and when.",
      example: {
        in: "words",
        bad: "`leads/hello.yaml`, and no file such as `leads/hello.test.yaml`.",
        good: "`leads/hello.test.yaml` with `rules: [hello.yaml]` and at least one case.",
      },
      waivable: true,
    },
  },
  run,
} as const satisfies Check;

function run(workspace: ParsedWorkspace): readonly Problem[] {
  const { sources, rules, tests } = workspace;
  const listed = tests.flatMap((test) => listedRules(test, workspace));
  const unread = sources.filter(({ name }) => name.endsWith(".test.yaml")).length > tests.length;
  // A test that has problems of its own, or misspells a rule, may be the one.
  if (unread || listed.some(({ files }) => files.length === 0)) return [];
  const tested = new Set(listed.flatMap(({ files }) => files));
  return rules
    .filter(({ document }) => !tested.has(document.source.name))
    .map(({ document, file }) =>
      problemAt(document, {
        code: "HEED701",
        severity: "warning",
        path: ["rule"],
        message: `no test lists the rule \`${file.rule}\``,
        help: `write ${document.source.name.replace(/\.yaml$/, ".test.yaml")} with \`rules: [${file.rule}.yaml]\``,
      }),
    );
}
