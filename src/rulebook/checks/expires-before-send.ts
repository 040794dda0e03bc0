import { type Check, problemAt } from "../check.ts";
import type { ParsedWorkspace } from "../parsed-workspace.ts";
import type { Path, Problem } from "../problem.ts";
import type { RuleFile } from "../rule-file.generated.ts";
import { lengthOf, stepTimes } from "../step-times.ts";

/** A send that even the shortest waits before it bring later than the rule's `expires`: it could never happen. */
export const expiresBeforeSend = {
  id: "expires-before-send",
  pages: {
    HEED302: {
      what: "The delay and the waits before a send are longer than the rule's `expires`.",
      why: "The enrollment would always expire before the message, which so is never sent.",
      example: { in: "rule", bad: "delay: 30m\nexpires: 15m", good: "delay: 30m\nexpires: 2h" },
      waivable: true,
    },
  },
  run,
} as const satisfies Check;

const defaultExpires = "30d";

function run({ rules }: ParsedWorkspace): readonly Problem[] {
  return rules.flatMap(({ document, file }) => {
    const late = firstLateWait(file);
    if (late === null) return [];
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

/** The wait that passes the limit, when a send comes after it. */
function firstLateWait(file: RuleFile): Path | null {
  const limit = lengthOf(file.expires ?? defaultExpires);
  const lates = stepTimes(file).flatMap(({ step, waits }) =>
    "send" in step ? (waits.find(({ sum }) => sum >= limit) ?? []) : [],
  );
  return lates[0]?.path ?? null;
}
