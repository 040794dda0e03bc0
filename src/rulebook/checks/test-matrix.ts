import type { Check } from "../check.ts";
import type { ParsedWorkspace } from "../parsed-workspace.ts";
import type { Problem } from "../problem.ts";

/** A matrix whose values, places and expectations do not fit each other. */
export const testMatrix = {
  id: "test-matrix",
  pages: {
    HEED708: {
      what: "The matrix of a case and what the case says with it do not fit.",
      why: "A combination without an expectation, or an expectation without a combination, would be tested by nothing.",
      example: {
        in: "test",
        bad: 'cases:\n  - name: nothing\n    matrix: { who: [ana, ben] }\n    given:\n      - { at: 0s, contact: "{who}", event: email.clicked }\n    expect_by:\n      ana: none',
        good: 'cases:\n  - name: nothing\n    matrix: { who: [ana, ben] }\n    given:\n      - { at: 0s, contact: "{who}", event: email.clicked }\n    expect_by:\n      ana: none\n      ben: none',
      },
    },
  },
  run,
} as const satisfies Check;

/** Found where the cases are taken apart, because a run that is wrong is none. */
function run({ tests }: ParsedWorkspace): readonly Problem[] {
  return tests.flatMap(({ caseProblems }) => caseProblems);
}
