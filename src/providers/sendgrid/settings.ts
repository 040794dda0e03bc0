import type { Settings } from "../settings.ts";
import { readPublicKey } from "./verify.ts";
import type { SendGridKeys } from "./verify.ts";

/**
 * SendGrid retries an event for 24 hours, and does not document whether a retry is signed anew. A window that is
 * narrower than that could refuse genuine events for good; replays within it are harmless, because every event carries
 * its own id and is deduplicated.
 */
const defaultToleranceMs = 25 * 3_600_000;

export interface SendGridSettings {
  readonly apiKey: string;
  readonly baseUrl: string | null;
  readonly timeoutMs: number;
  readonly webhook: SendGridWebhook | null;
}

export interface SendGridWebhook extends SendGridKeys {
  /** The custom argument that carries the customer's own contact id. */
  readonly contactArgument: string;
}

export function readSendGridSettings(settings: Settings): SendGridSettings {
  const webhook = settings.section("webhook");
  return {
    apiKey: settings.required("api_key"),
    baseUrl: settings.url("base_url"),
    timeoutMs: settings.duration("timeout"),
    webhook: webhook === null ? null : readWebhook(webhook),
  };
}

function readWebhook(webhook: Settings): SendGridWebhook {
  const texts = webhook.strings("public_key");
  const keys = texts.map(readPublicKey).filter((key) => key !== null);
  if (texts.length === 0) webhook.report("public_key", "is required: the verification key of the signed event webhook");
  if (keys.length < texts.length) {
    webhook.report("public_key", "expected the base64 text that SendGrid shows: an ECDSA P-256 public key");
  }
  return {
    keys,
    toleranceMs: webhook.duration("tolerance", defaultToleranceMs),
    contactArgument: webhook.string("contact_arg") ?? "contact_id",
  };
}
