import { createPrivateKey } from "node:crypto";
import type { KeyObject } from "node:crypto";
import type { Settings } from "../settings.ts";
import { readAnswerCodes, readReportCodes, type VendorCodes } from "../vendor-codes.ts";
import { answerCodes, reportCodes } from "./codes.ts";
import { signatureMethods } from "./sign.ts";
import type { VonageWebhook } from "./verify.ts";

/**
 * Vonage repeats a webhook for 24 hours, and does not document whether a repetition is signed anew. Replays within the
 * window are harmless, because every event carries its own id and is deduplicated.
 */
const defaultToleranceMs = 25 * 3_600_000;

export interface VonageSettings {
  readonly api: "sms" | "messages";
  readonly apiKey: string;
  readonly apiSecret: string;
  /** For the Messages API. */
  readonly application: { readonly id: string; readonly key: KeyObject } | null;
  readonly baseUrl: string | null;
  readonly timeoutMs: number;
  readonly webhook: (VonageWebhook & { readonly codes: VendorCodes }) | null;
  readonly codes: VendorCodes;
}

export function readVonageSettings(settings: Settings): VonageSettings {
  const api = settings.string("api") ?? "sms";
  if (api !== "sms" && api !== "messages") settings.report("api", "expected sms or messages");
  const application = settings.section("application");
  const webhook = settings.section("webhook");
  return {
    api: api === "messages" ? "messages" : "sms",
    apiKey: settings.required("api_key"),
    apiSecret: settings.required("api_secret"),
    application: application === null ? null : readApplication(application),
    baseUrl: settings.url("base_url"),
    timeoutMs: settings.duration("timeout"),
    webhook: webhook === null ? null : readWebhook(webhook),
    codes: readAnswerCodes(settings, answerCodes),
  };
}

function readApplication(application: Settings): VonageSettings["application"] {
  const id = application.required("id");
  const text = application.required("private_key");
  const key = readPrivateKey(text);
  if (key === null && text !== "") application.report("private_key", "expected the RSA key of the application, in PEM");
  return key === null ? null : { id, key };
}

/** In an environment variable the lines of a key are often joined by `\n` as it is written. */
function readPrivateKey(text: string): KeyObject | null {
  try {
    const key = createPrivateKey(text.replaceAll("\\n", "\n"));
    return key.asymmetricKeyType === "rsa" ? key : null;
  } catch {
    return null;
  }
}

function readWebhook(webhook: Settings): VonageSettings["webhook"] {
  const secrets = webhook.strings("signature_secret");
  if (secrets.length === 0) webhook.report("signature_secret", "is required: the signature secret of the account");
  const given = webhook.string("signature_method") ?? "md5hash";
  const method = signatureMethods.find((name) => name === given);
  if (method === undefined) webhook.report("signature_method", `expected one of ${signatureMethods.join(", ")}`);
  return {
    secrets,
    method: method ?? "md5hash",
    toleranceMs: webhook.duration("tolerance", defaultToleranceMs),
    codes: readReportCodes(webhook, reportCodes),
  };
}
