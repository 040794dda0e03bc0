import { createPrivateKey, type KeyObject } from "node:crypto";
import type { JsonObject } from "../../core/model/json.ts";
import { isJsonObject, parseJson } from "../../core/model/parse-json.ts";
import type { Settings } from "../settings.ts";
import { defaultQuotaMs } from "./refusal.ts";

export interface FcmSettings {
  readonly account: ServiceAccount;
  readonly baseUrl: string;
  /** How long a push service keeps a message for a device that is switched off; null leaves it to the service. */
  readonly ttlMs: number | null;
  /** How long a quota that is used up is waited for, where FCM does not say. */
  readonly quotaMs: number;
  readonly timeoutMs: number;
}

/** Who we are to Google. */
export interface ServiceAccount {
  readonly projectId: string;
  readonly clientEmail: string;
  /** Null only beside a problem. */
  readonly privateKey: KeyObject | null;
  readonly tokenUrl: string;
}

const defaultBaseUrl = "https://fcm.googleapis.com";
const defaultTokenUrl = "https://oauth2.googleapis.com/token";

export function readFcmSettings(settings: Settings): FcmSettings {
  return {
    account: readAccount(settings),
    baseUrl: settings.url("base_url") ?? defaultBaseUrl,
    ttlMs: settings.string("ttl") === null ? null : settings.duration("ttl"),
    quotaMs: settings.duration("quota_wait", defaultQuotaMs),
    timeoutMs: settings.duration("timeout"),
  };
}

/** From the file that Google gives, as a text, or from its fields; what is said beside the file wins. */
function readAccount(settings: Settings): ServiceAccount {
  const text = settings.string("service_account");
  const file = text === null ? {} : readFile(text);
  if (file === null) {
    settings.report("service_account", "expected the text of the JSON file that Google gives for a service account");
  }
  const field = (key: string): string => {
    const given = settings.string(key);
    const inFile = file?.[key];
    if (given !== null) return given;
    if (typeof inFile === "string" && inFile !== "") return inFile;
    if (file !== null) settings.report(key, "is required, here or in service_account");
    return "";
  };
  const pem = field("private_key");
  const privateKey = pem === "" ? null : readKey(pem);
  if (pem !== "" && privateKey === null) {
    settings.report("private_key", "expected an RSA private key in PEM, with its first and last line");
  }
  const inFile = file?.["token_uri"];
  return {
    projectId: field("project_id"),
    clientEmail: field("client_email"),
    privateKey,
    tokenUrl: settings.url("token_url") ?? (typeof inFile === "string" ? inFile : defaultTokenUrl),
  };
}

function readFile(text: string): JsonObject | null {
  const parsed = parseJson(text);
  return parsed.ok && isJsonObject(parsed.value) ? parsed.value : null;
}

/** Environment variables often have `\n` in two characters. */
function readKey(pem: string): KeyObject | null {
  try {
    const key = createPrivateKey(pem.replaceAll("\\n", "\n"));
    return key.asymmetricKeyType === "rsa" ? key : null;
  } catch {
    return null;
  }
}
