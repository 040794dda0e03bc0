import { isNeverLonger } from "./time-bounds.ts";
import type { Did, WasSent } from "../condition.ts";
import { historyKey } from "../lower.ts";

/** A question about the past that must be answered yes, or no. */
export interface Answer {
  readonly asked: Did | WasSent;
  readonly holds: boolean;
}

/** Whether a yes and a no cannot stand together: whoever bought twice in a week bought once in a month. */
export function contradict(a: Answer, b: Answer): boolean {
  if (a.holds === b.holds) return false;
  const [yes, no] = a.holds ? [a.asked, b.asked] : [b.asked, a.asked];
  if (!isNeverLonger(yes.within, no.within)) return false;
  if (yes.kind === "did") return no.kind === "did" && yes.atLeast >= no.atLeast && historyKey(yes) === historyKey(no);
  if (no.kind === "did") return false;
  return (no.channel === null || no.channel === yes.channel) && (no.rule === null || no.rule === yes.rule);
}
