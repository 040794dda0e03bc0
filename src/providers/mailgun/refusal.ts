import type { Refusal } from "../definition.ts";
import type { SendOutcome } from "../provider.ts";
import { meaningOfStatus, outcomeOfMeaning, type OwnStatuses } from "../refusal-meaning.ts";

/** 420 is what Mailgun answered to too many requests before it took to 429. */
const own: OwnStatuses = { 420: "retryable", 500: "retryable", 503: "retryable" };

/** What becomes of a message that Mailgun refused. It has no codes of its own: which parameter it means is in the text. */
export function outcomeOfRefusal({ status: given, code, afterMs }: Refusal): SendOutcome {
  const status = given ?? 400;
  return outcomeOfMeaning(meaningOfStatus(status, own), code ?? `http_${status}`, afterMs);
}

/** Mailgun names the parameter: `to parameter is not a valid address. please check documentation`. */
export function rejectionClass(status: number, message: string): "invalid_address" | "content" | "other" {
  if (status === 413) return "content";
  if (/^'?to'? parameter\b/i.test(message)) return "invalid_address";
  return /\b(?:'text'|'html'|subject|text or html|message body)\b/i.test(message) ? "content" : "other";
}
