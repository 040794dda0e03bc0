import type { Refusal } from "../definition.ts";
import type { SendOutcome } from "../provider.ts";
import { meaningOfStatus, outcomeOfMeaning, type RefusalMeaning } from "../refusal-meaning.ts";

/**
 * MessageBird's codes; of 9 and 10, a parameter that is missing or wrong, which one it was stands behind a colon. Bird
 * has words instead, for which its HTTP status is as good.
 */
const meanings: ReadonlyMap<string, RefusalMeaning> = new Map([
  ["2", "misconfigured"],
  ["25", "misconfigured"],
  ["98", "misconfigured"],
  ["10:recipient", "invalid_address"],
  ["10:recipients", "invalid_address"],
  ["9:originator", "misconfigured"],
  ["10:originator", "misconfigured"],
  ["10:body", "content"],
  ["99", "ambiguous"],
]);

/** What becomes of a message that MessageBird or Bird refused. */
export function outcomeOfRefusal({ status, code, afterMs }: Refusal): SendOutcome {
  const named = code ?? `http_${status ?? 0}`;
  return outcomeOfMeaning(meanings.get(named) ?? meaningOfStatus(status ?? 400), named, afterMs);
}

/**
 * What the code or the reason of a failed delivery tells of the address, in classic reports: 103 is somebody who opted
 * out, 1 a number that nobody has.
 */
export function meaningForAddress(code: string | null, reason: string | null): "opted_out" | "invalid_address" | null {
  const said = (reason ?? "").toLowerCase();
  if (code === "103" || said === "opted out") return "opted_out";
  return code === "1" || said === "unknown subscriber" || said === "incorrect number" ? "invalid_address" : null;
}
