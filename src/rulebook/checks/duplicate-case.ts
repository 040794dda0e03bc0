import { type Check, problemAt } from "../check.ts";
import type { ParsedWorkspace } from "../parsed-workspace.ts";
import type { ParsedTest } from "../parsed-tests.ts";
import type { Problem } from "../problem.ts";

/** Two cases of a file, or two suites of a workspace, with one name. */
export const duplicateCase = {
  id: "duplicate-case",
  pages: {
    HEED707: {
      what: "Two cases of a file, or two test files, have the same name.",
      why: "A report that says which one failed would not say which one failed.",
      example: {
        in: "test",
        bad: "cases:\n  - name: nothing\n    given:\n      - { at: 0s, contact: ana, event: email.clicked }\n    expect: none\n  - name: nothing\n    given:\n      - { at: 0s, contact: ana, event: email.opened }\n    expect: none",
        good: "cases:\n  - name: a click is nothing\n    given:\n      - { at: 0s, contact: ana, event: email.clicked }\n    expect: none\n  - name: an open is nothing\n    given:\n      - { at: 0s, contact: ana, event: email.opened }\n    expect: none",
      },
    },
  },
  run,
} as const satisfies Check;

function run({ tests }: ParsedWorkspace): readonly Problem[] {
  return [...tests.flatMap(duplicateNames), ...duplicateSuites(tests)];
}

function duplicateNames({ document, file }: ParsedTest): readonly Problem[] {
  return file.cases.flatMap(({ name }, index) => {
    const first = file.cases.findIndex((other) => other.name === name);
    if (first === index) return [];
    const range = document.rangeOf(["cases", first, "name"], "value");
    return [
      problemAt(document, {
        code: "HEED707",
        path: ["cases", index, "name"],
        message: `two cases are called "${name}"`,
        help: "say in the name what is different here",
        related: [{ message: "first used here", file: document.source.name, range }],
      }),
    ];
  });
}

function duplicateSuites(tests: readonly ParsedTest[]): readonly Problem[] {
  return tests.flatMap(({ document, file }, index) => {
    const first = tests.findIndex((other) => other.file.suite === file.suite);
    const other = tests[first];
    if (first === index || other === undefined) return [];
    const range = other.document.rangeOf(["suite"], "value");
    return [
      problemAt(document, {
        code: "HEED707",
        path: ["suite"],
        message: `two test files have the suite "${file.suite}"`,
        help: "give each its own name",
        related: [{ message: "first used here", file: other.document.source.name, range }],
      }),
    ];
  });
}
