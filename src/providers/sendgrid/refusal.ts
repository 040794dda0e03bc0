import type { Refusal } from "../definition.ts";
import type { SendOutcome } from "../provider.ts";

/** What becomes of a message that SendGrid refused. Its codes are those of HTTP; which field it means is in the body. */
export function outcomeOfRefusal({ status: given, code: named, afterMs }: Refusal): SendOutcome {
  const status = given ?? 400;
  const code = named ?? `http_${status}`;
  if (status === 401 || status === 403) return { kind: "misconfigured", code };
  if (status === 429 || status === 500 || status === 503) return { kind: "retryable", code, afterMs };
  // Gateways answer 502 and 504 when they lost the answer of what is behind them.
  if (status >= 500 || status === 408) return { kind: "ambiguous", code };
  // A redirect or a proxy that wants credentials: the base URL is wrong, and nothing was taken.
  if (status < 400 || status === 407) return { kind: "misconfigured", code };
  return { kind: "rejected", code, class: status === 413 ? "content" : "other" };
}
