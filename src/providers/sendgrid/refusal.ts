import type { Refusal } from "../definition.ts";
import type { SendOutcome } from "../provider.ts";
import { meaningOfStatus, outcomeOfMeaning, type OwnStatuses } from "../refusal-meaning.ts";

/** 500 and 503 are documented as not taken. A 404 is not about the one address that we post to. */
const own: OwnStatuses = { 404: "other", 500: "retryable", 503: "retryable" };

/** What becomes of a message that SendGrid refused. Its codes are those of HTTP; which field it means is in the body. */
export function outcomeOfRefusal({ status: given, code, afterMs }: Refusal): SendOutcome {
  const status = given ?? 400;
  return outcomeOfMeaning(meaningOfStatus(status, own), code ?? `http_${status}`, afterMs);
}
