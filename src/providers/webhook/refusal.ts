import type { Refusal } from "../definition.ts";
import type { SendOutcome } from "../provider.ts";
import { meaningOfStatus, outcomeOfMeaning, type OwnStatuses } from "../refusal-meaning.ts";

/**
 * As Standard Webhooks says: a 410 wants no more of it, and 502, 503 and 504 want less for a while. A gateway may have
 * handed on what it then gave up; the receiver knows the repetition by its id. A 404 may be about what the message names.
 */
const own: OwnStatuses = {
  400: "content",
  404: "other",
  410: "misconfigured",
  422: "content",
  502: "retryable",
  503: "retryable",
  504: "retryable",
};

/** What a receiver means by an answer that says no. */
export function outcomeOfRefusal({ status: given, code, afterMs }: Refusal): SendOutcome {
  const status = given ?? 400;
  return outcomeOfMeaning(meaningOfStatus(status, own), code ?? `http_${status}`, afterMs);
}
