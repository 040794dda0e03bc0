import type { Refusal } from "../definition.ts";
import type { SendOutcome } from "../provider.ts";

/** FCM names no time on a quota; its documentation asks for a minute. */
const quotaMs = 60_000;

/** What FCM means by its error codes (https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode). */
export function outcomeOfRefusal({ status: given, code: named, afterMs }: Refusal): SendOutcome {
  const status = given ?? 400;
  const code = named ?? `http_${status}`;
  switch (named) {
    case "UNREGISTERED":
      return { kind: "rejected", code, class: "invalid_address" };
    case "INVALID_ARGUMENT":
      return { kind: "rejected", code, class: "content" };
    // The token is of another sender's app: that may be this device alone, or all of them.
    case "SENDER_ID_MISMATCH":
      return { kind: "rejected", code, class: "other" };
    case "THIRD_PARTY_AUTH_ERROR":
      return { kind: "misconfigured", code };
    case "QUOTA_EXCEEDED":
      return { kind: "retryable", code, afterMs: afterMs ?? quotaMs };
    case "UNAVAILABLE":
    case "INTERNAL":
      return { kind: "retryable", code, afterMs };
    default:
      return outcomeOfStatus(status, code, afterMs);
  }
}

/** Without a code of its own it was not FCM that answered. */
function outcomeOfStatus(status: number, code: string, afterMs: number | null): SendOutcome {
  if (status === 429) return { kind: "retryable", code, afterMs: afterMs ?? quotaMs };
  if (status === 500 || status === 503) return { kind: "retryable", code, afterMs };
  if (status >= 500 || status === 408) return { kind: "ambiguous", code };
  const isOurs = status < 400 || status === 401 || status === 403 || status === 404 || status === 407;
  if (isOurs) return { kind: "misconfigured", code };
  return { kind: "rejected", code, class: status === 400 || status === 413 ? "content" : "other" };
}
