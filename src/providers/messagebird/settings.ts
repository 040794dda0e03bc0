import type { Settings } from "../settings.ts";
import { readAnswerCodes, readReportCodes, type VendorCodes } from "../vendor-codes.ts";
import { type BirdFields, readBirdFields } from "./bird-fields.ts";
import { answerCodes, reportCodes } from "./codes.ts";
import type { MessageBirdWebhook } from "./verify.ts";

/**
 * Bird repeats a webhook for eight hours, and does not document whether a repetition is signed anew. Replays within the
 * window are harmless, because every event carries its own id and is deduplicated.
 */
const defaultToleranceMs = 9 * 3_600_000;

export interface MessageBirdSettings {
  readonly platform: "classic" | "bird";
  readonly accessKey: string;
  /** Of Bird; empty without it. */
  readonly workspaceId: string;
  readonly baseUrl: string | null;
  readonly timeoutMs: number;
  readonly webhook: (MessageBirdWebhook & Reading) | null;
  readonly codes: VendorCodes;
}

/** How reports are read. */
export interface Reading {
  /** Of classic reports. */
  readonly codes: VendorCodes;
  /** Of Bird's. */
  readonly fields: BirdFields;
}

export function readMessageBirdSettings(settings: Settings): MessageBirdSettings {
  const platform = settings.string("platform") ?? "classic";
  if (platform !== "classic" && platform !== "bird") settings.report("platform", "expected classic or bird");
  const webhook = settings.section("webhook");
  return {
    platform: platform === "bird" ? "bird" : "classic",
    accessKey: settings.required("access_key"),
    workspaceId: platform === "bird" ? settings.required("workspace_id") : (settings.string("workspace_id") ?? ""),
    baseUrl: settings.url("base_url"),
    timeoutMs: settings.duration("timeout"),
    webhook: webhook === null ? null : readWebhook(webhook),
    codes: readAnswerCodes(settings, answerCodes),
  };
}

function readWebhook(webhook: Settings): MessageBirdSettings["webhook"] {
  const publicUrl = webhook.publicUrl("public_url", "MessageBird");
  const keys = webhook.strings("signing_key");
  if (keys.length === 0) webhook.report("signing_key", "is required: the key that webhooks are signed with");
  return {
    publicUrl,
    keys,
    toleranceMs: webhook.duration("tolerance", defaultToleranceMs),
    codes: readReportCodes(webhook, reportCodes),
    fields: readBirdFields(webhook.section("fields")),
  };
}
