import { nominalMs } from "../../core/time/duration.ts";
import { type Check, problemAt } from "../check.ts";
import { duration } from "../compile-rule.ts";
import type { ParsedWorkspace } from "../parsed-workspace.ts";
import type { Path, Problem } from "../problem.ts";
import type { DurationOrRange, RuleFile } from "../rule-file.generated.ts";

/** A send that even the shortest waits before it bring later than the rule's `expires`: it could never happen. */
export const expiresBeforeSend: Check = { id: "expires-before-send", run };

const defaultExpires = "30d";

function run({ rules }: ParsedWorkspace): readonly Problem[] {
  return rules.flatMap(({ document, file }) => {
    const late = firstLateWait(file);
    if (late === null) return [];
    const limit = file.expires ?? `${defaultExpires} (the default)`;
    const message = `the enrollment expires after ${limit}, before the send that follows this wait`;
    return [problemAt(document, { code: "HEED302", path: late, message, help: "wait less, or set expires: to a longer time" })];
  });
}

/** The wait that passes the limit, when a send comes after it. */
function firstLateWait({ delay, actions, expires = defaultExpires }: RuleFile): Path | null {
  const limit = nominalMs(duration(expires));
  let sum = 0;
  let late: Path | null = null;
  const add = (wait: DurationOrRange, path: Path): void => {
    sum += shortest(wait);
    if (sum >= limit) late ??= path;
  };
  if (delay !== undefined) add(delay, ["delay"]);
  for (const [index, step] of actions.entries()) {
    if ("wait" in step) add(step.wait, ["actions", index, "wait"]);
    else if ("send" in step && late !== null) return late;
  }
  return null;
}

function shortest(wait: DurationOrRange): number {
  const [first = "1s", second = first] = typeof wait === "string" ? [wait] : wait.between;
  return Math.min(nominalMs(duration(first)), nominalMs(duration(second)));
}
