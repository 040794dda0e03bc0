import { nominalMs } from "../../core/time/duration.ts";
import { type Check, problemAt } from "../check.ts";
import { duration } from "../compile-rule.ts";
import type { ParsedWorkspace } from "../parsed-workspace.ts";
import type { Path, Problem } from "../problem.ts";
import type { DurationOrRange, RuleFile } from "../rule-file.generated.ts";

/** A send that even the shortest waits before it bring later than the rule's `expires`: it could never happen. */
export const expiresBeforeSend = {
  id: "expires-before-send",
  pages: {
    HEED302: {
      what: "The delay and the waits before a send are longer than the rule's `expires`.",
      why: "The enrollment would always expire before the message, which so is never sent.",
      example: { in: "rule", bad: "delay: 3d\nexpires: 2d", good: "delay: 3d\nexpires: 5d" },
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
function firstLateWait({ delay, actions, expires = defaultExpires }: RuleFile): Path | null {
  const limit = nominalMs(duration(expires));
  let sum = delay === undefined ? 0 : shortest(delay);
  let late: Path | null = sum >= limit ? ["delay"] : null;
  for (const [index, step] of actions.entries()) {
    if ("send" in step && late !== null) return late;
    if (!("wait" in step)) continue;
    sum += shortest(step.wait);
    if (sum >= limit) late ??= ["actions", index, "wait"];
  }
  return null;
}

function shortest(wait: DurationOrRange): number {
  const [first = "1s", second = first] = typeof wait === "string" ? [wait] : wait.between;
  return Math.min(nominalMs(duration(first)), nominalMs(duration(second)));
}
