import type { Refusal } from "../definition.ts";
import type { SendOutcome } from "../provider.ts";
import { meaningOfStatus, outcomeOfMeaning } from "../refusal-meaning.ts";
import { meaningForAddress, vendorCodes, type VendorCodes } from "../vendor-codes.ts";

/**
 * MessageBird's codes; of 9 and 10, a parameter that is missing or wrong, which one it was stands behind a colon. Bird
 * has words instead, for which its HTTP status is as good.
 */
export const answerCodes = vendorCodes({
  invalid_address: ["10:recipient", "10:recipients"],
  content: ["10:body"],
  misconfigured: ["2", "25", "98", "9:originator", "10:originator"],
  ambiguous: ["99"],
});

/** What a failed delivery tells of the address, by its code or by its reason in lower case. 1 is a number that nobody has. */
export const reportCodes = vendorCodes({
  opted_out: ["103", "opted out"],
  invalid_address: ["1", "unknown subscriber", "incorrect number"],
});

/** What becomes of a message that MessageBird or Bird refused. */
export function outcomeOfRefusal({ status, code, afterMs }: Refusal, codes = answerCodes): SendOutcome {
  const named = code ?? `http_${status ?? 0}`;
  return outcomeOfMeaning(codes.get(named) ?? meaningOfStatus(status ?? 400), named, afterMs);
}

/** Of a report that says both, an opt-out goes first. */
export function meaningOfReport(
  codes: VendorCodes,
  code: string | null,
  reason: string | null,
): "opted_out" | "invalid_address" | null {
  const said = [meaningForAddress(codes, code), meaningForAddress(codes, reason?.toLowerCase() ?? null)];
  return said.find((meaning) => meaning === "opted_out") ?? said.find((meaning) => meaning !== null) ?? null;
}
