import { readAnswersTo } from "../answers-to.ts";
import type { Settings } from "../settings.ts";
import type { PostmarkSecret } from "./verify.ts";

/** Short enough for people, too long to be guessed over a network. */
const minSecretLength = 16;
/** A mail comes with its attachments as text: 35 MB become 47. */
const defaultMaxMailBytes = 48 * 1_048_576;

export interface PostmarkSettings {
  readonly serverToken: string;
  readonly baseUrl: string;
  readonly timeoutMs: number;
  readonly messageStream: string;
  /** Of messages that have a link to unsubscribe. */
  readonly marketingStream: string;
  /** Where answers are received by Postmark; null when they go to the sender. */
  readonly answersTo: string | null;
  readonly webhook: (PostmarkSecret & { readonly maxMailBytes: number }) | null;
  /** The metadata that carries the customer's own contact id. */
  readonly contactMetadata: string;
}

export function readPostmarkSettings(settings: Settings): PostmarkSettings {
  const webhook = settings.section("webhook");
  const messageStream = settings.string("message_stream") ?? "outbound";
  return {
    serverToken: settings.required("server_token"),
    baseUrl: settings.url("base_url") ?? "https://api.postmarkapp.com",
    timeoutMs: settings.duration("timeout"),
    messageStream,
    marketingStream: settings.string("marketing_stream") ?? messageStream,
    answersTo: readAnswersTo(settings, "answers@inbound.example.com"),
    webhook: webhook === null ? null : readWebhook(webhook),
    contactMetadata: webhook?.string("contact_metadata") ?? "contact_id",
  };
}

/** Postmark signs nothing, so that one of its two ways to send a secret must be there. */
function readWebhook(webhook: Settings): PostmarkSettings["webhook"] {
  const username = webhook.string("username");
  const header = webhook.string("header")?.toLowerCase() ?? null;
  const passwords = secretsIn(webhook, "password");
  const secrets = secretsIn(webhook, "secret");
  if (username?.includes(":") === true) webhook.report("username", "expected a name without a colon");
  if (header !== null && !/^[a-z0-9-]+$/.test(header)) {
    webhook.report("header", "expected the name of a header, such as x-webhook-secret");
  }
  if ((username === null) !== (passwords.length === 0)) webhook.report("password", "is required beside username");
  if ((header === null) !== (secrets.length === 0)) webhook.report("secret", "is required beside header");
  if (username === null && header === null && passwords.length === 0 && secrets.length === 0) {
    webhook.report("username", "is required with password, unless header and secret are given");
  }
  return {
    basic: username === null ? [] : passwords.map((password) => `${username}:${password}`),
    header: header === null ? null : { name: header, secrets },
    maxMailBytes: webhook.bytes("max_mail", defaultMaxMailBytes),
  };
}

function secretsIn(webhook: Settings, key: string): readonly string[] {
  const secrets = webhook.strings(key);
  if (secrets.some((secret) => secret.length < minSecretLength)) {
    webhook.report(
      key,
      `expected at least ${minSecretLength} characters, since it is all that proves a request genuine`,
    );
  }
  return secrets;
}
