import type { LedgerRecord } from "../../core/model/decision.ts";
import type { Reason } from "../../core/model/reason.ts";
import { reasonPages } from "../../rulebook/reasons/pages.ts";
import { clockTime } from "../clock-text.ts";
import { heldText, objects, pauseText } from "./describe-gate.ts";

/** Whatever these wait for may end at any moment: what is said of them is when to look again, and not an end. */
const LOOKS_AGAIN: ReadonlySet<Reason> = new Set(["paused", "self_paused", "lookup.failed", "lookup.invalid"]);

export function looksAgain(reason: Reason | null | undefined): boolean {
  return reason !== null && reason !== undefined && LOOKS_AGAIN.has(reason);
}

/** `waits until Sat 7 Mar 08:00`, in a line of the account. */
export function waitingText(reason: Reason | null | undefined, untilMs: number, zone: string): string {
  const moment = clockTime(untilMs, zone);
  return looksAgain(reason) ? `waits, and looks again on ${moment}` : `waits until ${moment}`;
}

/** `it was quiet hours where the contact is`; of a pause, of what and why, and of a hold, by whom. */
export function waitText({ detail = {} }: LedgerRecord, reason: Reason, zone: string): string {
  const saw = objects(detail["gates"]).at(-1) ?? detail;
  if (saw["gate"] === "paused") return pauseText(saw, zone);
  if (reason === "held" && "by_rule" in saw) return heldText(saw);
  if (typeof saw["lookup"] === "string") return `${reasonPages[reason].says} (${saw["lookup"]})`;
  return reasonPages[reason].says;
}
