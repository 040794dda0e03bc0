import { type Check, problemAt } from "../check.ts";
import type { ParsedRule, ParsedWorkspace } from "../parsed-workspace.ts";
import type { Problem } from "../problem.ts";
import { type PlacedStep, stepsOf } from "../steps.ts";
import { walkSteps } from "../walk-steps.ts";

/** A step that no contact can ever come to. */
export const unreachableStep = {
  id: "unreachable-step",
  pages: {
    HEED330: {
      what: "A step can never be reached: every way to it ends before, or an `otherwise` above it takes all that is left.",
      why: "Somebody wrote it because it should happen, and it never will.",
      example: {
        in: "rule",
        bad: "actions:\n  - stop: for now\n  - send: sms\n    text: Hello.",
        good: "actions:\n  - send: sms\n    text: Hello.\n  - stop: for now",
      },
    },
  },
  run,
} as const satisfies Check;

function run({ rules }: ParsedWorkspace): readonly Problem[] {
  return rules.flatMap((rule) => [
    ...behindEnds(rule),
    ...stepsOf(rule.file).flatMap((step) => behindOtherwise(rule, step)),
  ]);
}

/** The first step of each list behind one after which nothing goes on. */
function behindEnds({ document, file }: ParsedRule): readonly Problem[] {
  const found: Problem[] = [];
  walkSteps(file.actions, "on the way", {
    into: (_step, _way, state) => state,
    join: (state) => state,
    unreachable(path, before) {
      const verb = "stop" in before.step ? "stop" : "branch" in before.step ? "branch" : "wait_for";
      const why =
        verb === "stop" ? "`stop` ends the rule above it" : `every way through the \`${verb}\` above it stops`;
      found.push(
        problemAt(document, {
          code: "HEED330",
          path,
          message: `this step is never reached: ${why}`,
          help: verb === "stop" ? "remove it, or give the stop a when:" : "remove it, or let one of the ways go on",
          related: [
            {
              message: verb === "stop" ? "the rule ends here" : "every way ends in here",
              file: document.source.name,
              range: document.rangeOf([...before.path, verb], "key"),
            },
          ],
        }),
      );
    },
  });
  return found;
}

/** The first arm of a branch behind the one that takes all that is left. */
function behindOtherwise({ document }: ParsedRule, { step, path }: PlacedStep): readonly Problem[] {
  if (!("branch" in step) || !Array.isArray(step.branch)) return [];
  const last = step.branch.findIndex((way) => "otherwise" in way);
  const behind = step.branch[last + 1];
  if (last < 0 || behind === undefined) return [];
  return [
    problemAt(document, {
      code: "HEED330",
      path: [...path, "branch", last + 1],
      message: "this arm is never taken: the `otherwise` above it takes all that is left",
      help: "otherwise" in behind ? "keep one otherwise, as the last arm" : "make otherwise the last arm",
      related: [
        {
          message: "what comes behind this is never looked at",
          file: document.source.name,
          range: document.rangeOf([...path, "branch", last, "otherwise"], "key"),
        },
      ],
    }),
  ];
}
