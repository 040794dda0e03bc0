import type { KeyObject } from "node:crypto";
import { readAnswersTo } from "../answers-to.ts";
import type { Settings } from "../settings.ts";
import { readPublicKey } from "./verify.ts";
import type { SendGridKeys } from "./verify.ts";

/**
 * SendGrid retries an event for 24 hours, and does not document whether a retry is signed anew. A window that is
 * narrower than that could refuse genuine events for good; replays within it are harmless, because every event carries
 * its own id and is deduplicated.
 */
const defaultToleranceMs = 25 * 3_600_000;
/** Inbound Parse tries for three days. A mail that comes twice is known by its id. */
const defaultInboundToleranceMs = 73 * 3_600_000;
/** A mail comes with its attachments, of up to 30 MB. */
const defaultMaxMailBytes = 32 * 1_048_576;
const minSecretLength = 16;

export interface SendGridSettings {
  readonly apiKey: string;
  readonly baseUrl: string | null;
  readonly timeoutMs: number;
  readonly webhook: SendGridWebhook | null;
  readonly inbound: SendGridInbound | null;
  /** Where answers are received by Inbound Parse; null when they go to the sender. */
  readonly answersTo: string | null;
}

/** How a mail of Inbound Parse proves that it is genuine: signed by a security policy, or by a secret in its URL. */
export interface SendGridInbound extends SendGridKeys {
  readonly secrets: readonly string[];
  /** Bytes of a mail with its attachments. */
  readonly maxMailBytes: number;
}

export interface SendGridWebhook extends SendGridKeys {
  /** The custom argument that carries the customer's own contact id. */
  readonly contactArgument: string;
}

export function readSendGridSettings(settings: Settings): SendGridSettings {
  const webhook = settings.section("webhook");
  const inbound = settings.section("inbound");
  return {
    apiKey: settings.required("api_key"),
    baseUrl: settings.url("base_url"),
    timeoutMs: settings.duration("timeout"),
    webhook: webhook === null ? null : readWebhook(webhook),
    inbound: inbound === null ? null : readInbound(inbound),
    answersTo: readAnswersTo(settings, "answers@parse.example.com"),
  };
}

function readInbound(inbound: Settings): SendGridInbound {
  const keys = readKeys(inbound);
  const secrets = inbound.strings("secret");
  if (secrets.some((secret) => secret.length < minSecretLength)) {
    inbound.report(
      "secret",
      `expected at least ${minSecretLength} characters, since it is all that proves a mail genuine`,
    );
  }
  if (keys.length === 0 && secrets.length === 0) {
    inbound.report("secret", "is required unless `public_key` is given: the `key` of the URL that SendGrid posts to");
  }
  return {
    keys,
    secrets,
    toleranceMs: inbound.duration("tolerance", defaultInboundToleranceMs),
    maxMailBytes: inbound.bytes("max_mail", defaultMaxMailBytes),
  };
}

function readKeys(settings: Settings): readonly KeyObject[] {
  const texts = settings.strings("public_key");
  const keys = texts.map(readPublicKey).filter((key) => key !== null);
  if (keys.length < texts.length) {
    settings.report("public_key", "expected the base64 text that SendGrid shows: an ECDSA P-256 public key");
  }
  return keys;
}

function readWebhook(webhook: Settings): SendGridWebhook {
  if (webhook.strings("public_key").length === 0) {
    webhook.report("public_key", "is required: the verification key of the signed event webhook");
  }
  return {
    keys: readKeys(webhook),
    toleranceMs: webhook.duration("tolerance", defaultToleranceMs),
    contactArgument: webhook.string("contact_arg") ?? "contact_id",
  };
}
