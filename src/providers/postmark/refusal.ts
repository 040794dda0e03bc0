import type { Refusal } from "../definition.ts";
import type { SendOutcome } from "../provider.ts";

/** Codes of the server, the sender or the account: every message would fail the same way. */
const misconfigured: ReadonlySet<string> = new Set(["10", "400", "401", "405", "412", "413", "1235", "1236"]);

/** What becomes of a message that Postmark refused. Its codes come with status 422; without one the status decides. */
export function outcomeOfRefusal({ status: given, code: named, afterMs }: Refusal): SendOutcome {
  const status = given ?? 422;
  const code = named ?? `http_${status}`;
  // 406: the address bounced, complained or was taken from the list; Postmark sends nothing to it.
  if (named === "406") return { kind: "rejected", code, class: "opted_out" };
  // 100 is maintenance.
  if (named === "100" || named === "429") return { kind: "retryable", code, afterMs };
  if (named !== null && misconfigured.has(named)) return { kind: "misconfigured", code };
  if (status === 429 || status === 500 || status === 503) return { kind: "retryable", code, afterMs };
  // Gateways answer 502 and 504 when they lost the answer of what is behind them.
  if (status >= 500 || status === 408) return { kind: "ambiguous", code };
  // A wrong token, or a base URL at which there is no Postmark.
  if (status < 400 || [401, 403, 404, 407].includes(status)) return { kind: "misconfigured", code };
  // 411 is an attachment of a kind that is not allowed.
  return { kind: "rejected", code, class: status === 413 || named === "411" ? "content" : "other" };
}

/** Code 300 names the field: `Error parsing 'To': Illegal email address 'nobody'.` */
export function rejectionClass(message: string): "invalid_address" | "content" | "other" {
  if (/'To'/.test(message)) return "invalid_address";
  return /'(?:TextBody|HtmlBody|Subject)'|TextBody|HtmlBody/.test(message) ? "content" : "other";
}
