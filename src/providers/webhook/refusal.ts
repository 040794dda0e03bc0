import type { Refusal } from "../definition.ts";
import type { SendOutcome } from "../provider.ts";

/**
 * What a receiver means, as Standard Webhooks says: a 410 wants no more of it, and 429, 502, 503 and 504 want less for a
 * while. A gateway may have handed on what it then gave up; the receiver knows the repetition by its id.
 */
export function outcomeOfRefusal({ status: given, code: named, afterMs }: Refusal): SendOutcome {
  const status = given ?? 400;
  const code = named ?? `http_${status}`;
  if (status === 429 || (status >= 502 && status <= 504)) return { kind: "retryable", code, afterMs };
  if (status >= 500 || status === 408) return { kind: "ambiguous", code };
  const isOurs = status < 400 || status === 401 || status === 403 || status === 407 || status === 410;
  if (isOurs) return { kind: "misconfigured", code };
  return { kind: "rejected", code, class: status === 400 || status === 413 || status === 422 ? "content" : "other" };
}
