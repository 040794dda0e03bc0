import type { Refusal } from "../definition.ts";
import type { SendOutcome } from "../provider.ts";
import { meaningOfStatus, outcomeOfMeaning, type OwnStatuses } from "../refusal-meaning.ts";

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

const own: OwnStatuses = { 400: "content" };

/** What Slack means: an incoming webhook says no with a status and a word in plain text. */
export function outcomeOfRefusal({ status: given, code: named, afterMs }: Refusal): SendOutcome {
  const status = given ?? 400;
  const code = named ?? `http_${status}`;
  if (named === "rate_limited") return outcomeOfMeaning("retryable", code, afterMs);
  if (misconfigured.has(code)) return outcomeOfMeaning("misconfigured", code, afterMs);
  const bare = meaningOfStatus(status, own);
  // Of a message Slack says nothing but 400 and 413: whatever else there is, is about the webhook.
  return outcomeOfMeaning(bare === "other" ? "misconfigured" : bare, code, afterMs);
}
