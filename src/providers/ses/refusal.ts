import type { Refusal } from "../definition.ts";
import type { SendOutcome } from "../provider.ts";
import { meaningOfStatus, outcomeOfMeaning, type OwnStatuses, type RefusalMeaning } from "../refusal-meaning.ts";

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

/** AWS does not say whether what failed inside had taken the message; a 503 is its way to say too fast. */
const own: OwnStatuses = { 503: "retryable" };

/** What becomes of a message that SES refused: its code is the name of an exception. */
export function outcomeOfRefusal({ status: given, code: named, afterMs }: Refusal): SendOutcome {
  const status = given ?? 400;
  const code = named ?? `http_${status}`;
  return outcomeOfMeaning(meaningOf(code, status), code, afterMs);
}

function meaningOf(code: string, status: number): RefusalMeaning {
  if (tooFast.has(code)) return "retryable";
  if (misconfigured.has(code)) return "misconfigured";
  const bare = meaningOfStatus(status, own);
  if (bare !== "other") return bare;
  if (code === illegalAddress) return "invalid_address";
  return code === "MessageRejected" ? "content" : "other";
}
