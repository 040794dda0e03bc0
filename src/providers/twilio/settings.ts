import type { Settings } from "../settings.ts";
import { readAnswerCodes, type VendorCodes } from "../vendor-codes.ts";
import { twilioCodes } from "./codes.ts";
import type { Voice } from "./speech.ts";
import type { TwilioWebhook } from "./verify.ts";

export interface TwilioSettings {
  readonly accountSid: string;
  readonly authToken: string;
  readonly baseUrl: string | null;
  readonly timeoutMs: number;
  readonly webhook: TwilioWebhook | null;
  readonly voice: Voice;
  /** Of answers and of reports, which are the same with Twilio. */
  readonly codes: VendorCodes;
}

/** Twilio's own words for how it listens who answers. */
const machineDetections: readonly string[] = ["Enable", "DetectMessageEnd"];

export function readTwilioSettings(settings: Settings): TwilioSettings {
  const accountSid = settings.required("account_sid");
  // The SDK throws on anything else, with the value in the message.
  if (accountSid !== "" && !/^AC\w+$/.test(accountSid)) {
    settings.report("account_sid", "expected an account SID, which starts with AC (an API key's starts with SK)");
  }
  const authToken = settings.required("auth_token");
  const webhook = settings.section("webhook");
  const voice = settings.section("voice");
  return {
    accountSid,
    authToken,
    baseUrl: settings.url("base_url"),
    timeoutMs: settings.duration("timeout"),
    webhook: webhook === null ? null : readWebhook(webhook, authToken),
    voice: voice === null ? { name: null, language: null, machineDetection: null } : readVoice(voice),
    codes: readAnswerCodes(settings, twilioCodes),
  };
}

function readVoice(voice: Settings): Voice {
  const machineDetection = voice.string("machine_detection");
  if (machineDetection !== null && !machineDetections.includes(machineDetection)) {
    voice.report("machine_detection", `expected ${machineDetections.join(" or ")}`);
  }
  return { name: voice.string("name"), language: voice.string("language"), machineDetection };
}

/** Without tokens of its own the webhook is judged by the account's, which is what Twilio signs with. */
function readWebhook(webhook: Settings, authToken: string): TwilioWebhook {
  const publicUrl = webhook.publicUrl("public_url", "Twilio");
  const tokens = webhook.strings("auth_tokens");
  if (/^https?:\/\/[^/]*_/.test(publicUrl)) {
    webhook.report("public_url", "expected a host without underscores: Twilio refuses such a callback (error 21609)");
  }
  return { publicUrl, authTokens: tokens.length > 0 ? tokens : [authToken] };
}
