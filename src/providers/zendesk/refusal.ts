import type { Refusal } from "../definition.ts";
import type { SendOutcome } from "../provider.ts";

/** What Zendesk means by an answer that says no. 409 is another request about the same thing at the same moment. */
export function outcomeOfRefusal({ status: given, code: named, afterMs }: Refusal): SendOutcome {
  const status = given ?? 400;
  const code = named ?? `http_${status}`;
  if (status === 429 || status === 503 || status === 409) return { kind: "retryable", code, afterMs };
  if (status >= 500 || status === 408) return { kind: "ambiguous", code };
  // A 404 of the only address we post to is a subdomain that is none.
  const isOurs = status < 400 || status === 401 || status === 403 || status === 404 || status === 407;
  if (isOurs) return { kind: "misconfigured", code };
  return { kind: "rejected", code, class: status === 413 || status === 422 ? "content" : "other" };
}
