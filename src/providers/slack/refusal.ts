import type { Refusal } from "../definition.ts";
import type { SendOutcome } from "../provider.ts";

/** Slack's words for a webhook that is gone or may not post: every message would end the same way. */
const misconfigured: ReadonlySet<string> = new Set([
  "action_prohibited",
  "channel_is_archived",
  "channel_not_found",
  "invalid_token",
  "no_active_hooks",
  "no_service",
  "no_service_id",
  "no_team",
  "posting_to_general_channel_denied",
  "team_disabled",
  "user_not_found",
]);

/** What Slack means: an incoming webhook says no with a status and a word in plain text. */
export function outcomeOfRefusal({ status: given, code: named, afterMs }: Refusal): SendOutcome {
  const status = given ?? 400;
  const code = named ?? `http_${status}`;
  if (status === 429 || named === "rate_limited") return { kind: "retryable", code, afterMs };
  if (misconfigured.has(code)) return { kind: "misconfigured", code };
  if (status >= 500 || status === 408) return { kind: "ambiguous", code };
  if (status === 400 || status === 413) return { kind: "rejected", code, class: "content" };
  return { kind: "misconfigured", code };
}
