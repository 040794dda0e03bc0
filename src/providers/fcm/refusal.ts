import type { Refusal } from "../definition.ts";
import type { SendOutcome } from "../provider.ts";
import { meaningOfStatus, outcomeOfMeaning, type OwnStatuses, type RefusalMeaning } from "../refusal-meaning.ts";

/** FCM names no time on a quota; it is said to want a minute. */
export const defaultQuotaMs = 60_000;

/** What FCM means by its error codes (https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode). */
const meanings: ReadonlyMap<string, RefusalMeaning> = new Map([
  ["UNREGISTERED", "invalid_address"],
  ["INVALID_ARGUMENT", "content"],
  // The token is of another sender's app: that may be this device alone, or all of them.
  ["SENDER_ID_MISMATCH", "other"],
  ["THIRD_PARTY_AUTH_ERROR", "misconfigured"],
  ["QUOTA_EXCEEDED", "retryable"],
  ["UNAVAILABLE", "retryable"],
  ["INTERNAL", "retryable"],
]);

/** Without a code of its own it was not FCM that answered. */
const own: OwnStatuses = { 400: "content", 500: "retryable", 503: "retryable" };

/** What becomes of a message that FCM refused. */
export function outcomeOfRefusal(
  { status: given, code: named, afterMs }: Refusal,
  quotaMs = defaultQuotaMs,
): SendOutcome {
  const status = given ?? 400;
  const known = named === null ? undefined : meanings.get(named);
  const isQuota = named === "QUOTA_EXCEEDED" || (known === undefined && status === 429);
  return outcomeOfMeaning(
    known ?? meaningOfStatus(status, own),
    named ?? `http_${status}`,
    isQuota ? (afterMs ?? quotaMs) : afterMs,
  );
}
