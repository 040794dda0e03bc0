import { readAnswersTo } from "../answers-to.ts";
import type { Settings } from "../settings.ts";
import type { MailgunKeys } from "./verify.ts";

/**
 * Mailgun repeats a webhook for eight hours, and does not document whether a repetition is signed anew. A narrower window
 * could refuse genuine events for good; within it a token speaks for one body only, and events are known by their ids.
 */
const defaultToleranceMs = 9 * 3_600_000;
/** A mail comes with its attachments, of up to 25 MB. */
const defaultMaxMailBytes = 32 * 1_048_576;
/** Mailgun's documentation trusts a list of events that is half an hour old. */
const defaultSettleMs = 30 * 60_000;

export interface MailgunSettings {
  readonly apiKey: string;
  readonly domain: string;
  /** `https://api.eu.mailgun.net` for domains in the EU. */
  readonly baseUrl: string;
  readonly timeoutMs: number;
  readonly settleMs: number;
  /** Where answers are received by a route; null when they go to the sender. */
  readonly answersTo: string | null;
  readonly webhook: (MailgunKeys & { readonly maxMailBytes: number }) | null;
  /** The user variable that carries the customer's own contact id. */
  readonly contactVariable: string;
}

export function readMailgunSettings(settings: Settings): MailgunSettings {
  const webhook = settings.section("webhook");
  const domain = settings.required("domain");
  if (domain !== "" && !/^[a-z0-9.-]{1,253}$/i.test(domain)) {
    settings.report("domain", "expected the name of a domain, such as mg.example.com");
  }
  return {
    apiKey: settings.required("api_key"),
    domain,
    baseUrl: settings.url("base_url") ?? "https://api.mailgun.net",
    timeoutMs: settings.duration("timeout"),
    settleMs: settings.duration("events_settle", defaultSettleMs),
    answersTo: readAnswersTo(settings, "answers@mg.example.com"),
    webhook: webhook === null ? null : readWebhook(webhook),
    contactVariable: webhook?.string("contact_variable") ?? "contact_id",
  };
}

function readWebhook(webhook: Settings): MailgunSettings["webhook"] {
  const keys = webhook.strings("signing_key");
  if (keys.length === 0) webhook.report("signing_key", "is required: the HTTP webhook signing key of the domain");
  return {
    keys,
    toleranceMs: webhook.duration("tolerance", defaultToleranceMs),
    maxMailBytes: webhook.bytes("max_mail", defaultMaxMailBytes),
  };
}
