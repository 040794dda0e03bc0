import { type Check, problemAt } from "../check.ts";
import type { ParsedRule, ParsedWorkspace } from "../parsed-workspace.ts";
import type { Problem } from "../problem.ts";

/** Two files that define the same rule. */
export const duplicateRule = {
  id: "duplicate-rule",
  pages: {
    HEED206: {
      what: "Two files define a rule of the same id.",
      why: "Enrollments, caps and history are kept by the id; of two rules with one id it could not be said whose they are.",
      example: {
        in: "words",
        bad: "leads/hello.yaml and sales/hello.yaml, both with rule: hello",
        good: "leads/hello.yaml and sales/hello-again.yaml",
      },
    },
  },
  run,
} as const satisfies Check;

function run({ rules }: ParsedWorkspace): readonly Problem[] {
  const first = new Map<string, ParsedRule>();
  return rules.flatMap((rule) => {
    const { rule: id } = rule.file;
    const other = first.get(id);
    if (other === undefined) {
      first.set(id, rule);
      return [];
    }
    // Names that differ in case alone are told where files are read.
    if (other.document.source.name.toLowerCase() === rule.document.source.name.toLowerCase()) return [];
    const related = [
      {
        message: "first defined here",
        file: other.document.source.name,
        range: other.document.rangeOf(["rule"], "value"),
      },
    ];
    const message = `the rule \`${id}\` is defined twice`;
    return [
      problemAt(rule.document, {
        code: "HEED206",
        path: ["rule"],
        message,
        help: "give one of them another id and file name",
        related,
      }),
    ];
  });
}
