import { type Check, problemAt } from "../check.ts";
import type { ParsedWorkspace } from "../parsed-workspace.ts";
import type { Problem } from "../problem.ts";
import type { RuleFile } from "../rule-file.generated.ts";
import type { SourceDocument } from "../source-file.ts";
import { defaultExpires, firstLateWait, lengthOf, stepTimes } from "../step-times.ts";

/** A send that even the shortest waits before it bring later than the rule's `expires`, or than its goal counts. */
export const expiresBeforeSend = {
  id: "expires-before-send",
  pages: {
    HEED302: {
      what: "The delay and the waits before a send are longer than the rule's `expires`, or those before its first send longer than the `within` of its `goal`.",
      why: "The enrollment would always expire before the message, which so is never sent. Or the goal would count only what happens before the message, and say nothing of what it does.",
      example: { in: "rule", bad: "delay: 30m\nexpires: 15m", good: "delay: 30m\nexpires: 2h" },
      waivable: true,
    },
  },
  run,
} as const satisfies Check;

function run({ rules }: ParsedWorkspace): readonly Problem[] {
  return rules.flatMap(({ document, file }) => {
    const late = firstLateWait(file);
    if (late === null) return tooSoonGoal(document, file);
    const limit = file.expires ?? `${defaultExpires} (the default)`;
    const message = `the enrollment expires after ${limit}, before the send that follows this wait`;
    return [
      problemAt(document, {
        code: "HEED302",
        path: late,
        message,
        help: "wait less, or set expires: to a longer time",
      }),
    ];
  });
}

/** Both are counted from the trigger. */
function tooSoonGoal(document: SourceDocument, file: RuleFile): readonly Problem[] {
  const { goal } = file;
  const sends = stepTimes(file).filter(({ step }) => "send" in step);
  const [first] = sends.toSorted((a, b) => a.soonest - b.soonest);
  const wait = first?.waits.findLast(({ least }) => least > 0);
  if (goal === undefined || first === undefined || wait === undefined || first.soonest < lengthOf(goal.within))
    return [];
  return [
    problemAt(document, {
      code: "HEED302",
      severity: "warning",
      path: ["goal", "within"],
      message: `the goal counts what happens within ${goal.within} of the trigger, and the first message comes later`,
      help: "write a longer `within`",
      related: [
        { message: "it waits for this", file: document.source.name, range: document.rangeOf(wait.path, "value") },
      ],
    }),
  ];
}
