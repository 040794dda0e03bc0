import type { Refusal } from "../definition.ts";
import type { SendOutcome } from "../provider.ts";

/** Our words for what SES says in its message alone: a sender that it does not know, a recipient that is no address. */
export const notVerified = "identity_not_verified";
export const illegalAddress = "illegal_address";

/** The account or its settings: every message would be refused. */
const misconfigured: ReadonlySet<string> = new Set([
  "AccountSuspendedException",
  "MailFromDomainNotVerifiedException",
  "NotFoundException",
  "SendingPausedException",
  notVerified,
]);
const tooFast: ReadonlySet<string> = new Set([
  "LimitExceededException",
  "ThrottlingException",
  "Throttling",
  "TooManyRequestsException",
]);

/** What becomes of a message that SES refused: its code is the name of an exception. */
export function outcomeOfRefusal({ status: given, code: named, afterMs }: Refusal): SendOutcome {
  const status = given ?? 400;
  const code = named ?? `http_${status}`;
  if (tooFast.has(code) || status === 429 || status === 503) return { kind: "retryable", code, afterMs };
  if (misconfigured.has(code) || status === 401 || status === 403) return { kind: "misconfigured", code };
  // AWS does not say whether what failed inside had taken the message.
  if (status >= 500 || status === 408) return { kind: "ambiguous", code };
  // A redirect, or a path that is not there: the base URL is wrong, and nothing was taken.
  if (status < 400 || status === 404 || status === 407) return { kind: "misconfigured", code };
  if (code === illegalAddress) return { kind: "rejected", code, class: "invalid_address" };
  return { kind: "rejected", code, class: code === "MessageRejected" || status === 413 ? "content" : "other" };
}
