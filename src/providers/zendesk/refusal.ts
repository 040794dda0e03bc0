import type { Refusal } from "../definition.ts";
import type { SendOutcome } from "../provider.ts";
import { meaningOfStatus, outcomeOfMeaning, type OwnStatuses } from "../refusal-meaning.ts";

/** 409 is another request about the same thing at the same moment. */
const own: OwnStatuses = { 409: "retryable", 422: "content", 503: "retryable" };

/** What Zendesk means by an answer that says no. A 404 of the only address we post to is a subdomain that is none. */
export function outcomeOfRefusal({ status: given, code, afterMs }: Refusal): SendOutcome {
  const status = given ?? 400;
  return outcomeOfMeaning(meaningOfStatus(status, own), code ?? `http_${status}`, afterMs);
}
