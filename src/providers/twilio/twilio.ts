import type { Json } from "../../core/model/json.ts";
import type { Configuration, ProviderContext, ProviderDefinition } from "../definition.ts";
import type { Capabilities, Provider } from "../provider.ts";
import { readSettings } from "../settings.ts";
import type { Settings } from "../settings.ts";
import { normalizeTwilio } from "./normalize.ts";
import { verifyTwilio } from "./verify.ts";
import type { TwilioWebhook } from "./verify.ts";

/** Twilio's create takes no idempotency key, but its messages can be listed by recipient. */
const capabilities: Capabilities = { kinds: ["sms"], idempotencyKey: false, lookup: true };

export interface TwilioSettings {
  readonly accountSid: string;
  readonly authToken: string;
  readonly baseUrl: string | null;
  readonly timeoutMs: number;
  readonly webhook: TwilioWebhook | null;
}

export const twilio: ProviderDefinition = {
  name: "twilio",
  capabilities,
  configure(raw: Json): Configuration {
    const { value: settings, problems } = readSettings(raw, readTwilioSettings);
    if (problems.length > 0) return { ok: false, problems };
    return { ok: true, create: (context) => createTwilio(settings, context) };
  },
};

function readTwilioSettings(settings: Settings): TwilioSettings {
  const accountSid = settings.required("account_sid");
  // The SDK throws on anything else, with the value in the message.
  if (accountSid !== "" && !/^AC\w+$/.test(accountSid)) {
    settings.report("account_sid", "expected an account SID, which starts with AC (an API key's starts with SK)");
  }
  const authToken = settings.required("auth_token");
  const webhook = settings.section("webhook");
  return {
    accountSid,
    authToken,
    baseUrl: settings.url("base_url"),
    timeoutMs: settings.duration("timeout"),
    webhook: webhook === null ? null : readWebhook(webhook, authToken),
  };
}

/** Without tokens of its own the webhook is judged by the account's, which is what Twilio signs with. */
function readWebhook(webhook: Settings, authToken: string): TwilioWebhook {
  const publicUrl = webhook.url("public_url");
  const tokens = webhook.strings("auth_tokens");
  if (publicUrl === null) {
    webhook.report("public_url", "is required: the address under which Twilio reaches this server, which it signs");
  } else if (/^https?:\/\/[^/]*_/.test(publicUrl)) {
    webhook.report("public_url", "expected a host without underscores: Twilio refuses such a callback (error 21609)");
  }
  return { publicUrl: publicUrl ?? "", authTokens: tokens.length > 0 ? tokens : [authToken] };
}

async function createTwilio(settings: TwilioSettings, context: ProviderContext): Promise<Provider> {
  const { webhook } = settings;
  const { openTwilio } = await import("./send.ts");
  return {
    name: "twilio",
    inbound:
      webhook === null
        ? null
        : {
            contentTypes: ["application/x-www-form-urlencoded"],
            verify: (request) => verifyTwilio(request, webhook),
            normalize: (request, now) => normalizeTwilio(request, now),
            // An empty TwiML document: Twilio sends no message in reply. It takes the same answer to a status callback.
            reply: { contentType: "text/xml", body: "<Response/>" },
          },
    outbound: openTwilio(settings, capabilities, context.clock),
  };
}
