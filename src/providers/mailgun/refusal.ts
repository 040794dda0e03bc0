import type { Refusal } from "../definition.ts";
import type { SendOutcome } from "../provider.ts";

/** What becomes of a message that Mailgun refused. It has no codes of its own: which parameter it means is in the text. */
export function outcomeOfRefusal({ status: given, code: named, afterMs }: Refusal): SendOutcome {
  const status = given ?? 400;
  const code = named ?? `http_${status}`;
  // 402 is an account that may not send now, 404 a domain that is not known, in the region of the base URL at least.
  if ([401, 402, 403, 404].includes(status)) return { kind: "misconfigured", code };
  // 420 is what Mailgun answered to too many requests before it took to 429.
  if ([420, 429, 500, 503].includes(status)) return { kind: "retryable", code, afterMs };
  // Gateways answer 502 and 504 when they lost the answer of what is behind them.
  if (status >= 500 || status === 408) return { kind: "ambiguous", code };
  // A redirect or a proxy that wants credentials: the base URL is wrong, and nothing was taken.
  if (status < 400 || status === 407) return { kind: "misconfigured", code };
  return { kind: "rejected", code, class: status === 413 ? "content" : "other" };
}

/** Mailgun names the parameter: `to parameter is not a valid address. please check documentation`. */
export function rejectionClass(status: number, message: string): "invalid_address" | "content" | "other" {
  if (status === 413) return "content";
  if (/^'?to'? parameter\b/i.test(message)) return "invalid_address";
  return /\b(?:'text'|'html'|subject|text or html|message body)\b/i.test(message) ? "content" : "other";
}
