import type { Clock } from "../../core/model/clock.ts";
import type { Json, JsonObject } from "../../core/model/json.ts";
import { isJsonObject, parseJson } from "../../core/model/parse-json.ts";
import { idOf } from "../../core/model/sha256.ts";
import { countSegments } from "../../core/segments.ts";
import { signedToken } from "../jwt.ts";
import type { SendOutcome } from "../provider.ts";
import { retryAfterMs } from "../retry-after.ts";
import type { TextApi } from "../text-sender.ts";
import type { HttpAnswer } from "../vendor-http.ts";
import type { VendorCodes } from "../vendor-codes.ts";
import { outcomeOfRefusal } from "./codes.ts";
import { errorCodeOf } from "./normalize-messages.ts";
import type { VonageSettings } from "./settings.ts";

const smsHost = "https://rest.nexmo.com";
const messagesHost = "https://api.nexmo.com";
/** What `client-ref` of the SMS API holds; what is longer would be refused, and our receipts must not be. */
const maxClientRef = 40;
/** Tokens are made for one call each. */
const tokenSeconds = 300;

/** Vonage writes numbers without their plus, and sender names as they are. */
function digits(number: string): string {
  return number.replace(/^\+/, "");
}

function basic({ apiKey, apiSecret }: VonageSettings): string {
  return `Basic ${Buffer.from(`${apiKey}:${apiSecret}`, "utf8").toString("base64")}`;
}

/** The SMS API answers 200 even when it refuses, and says so of each part of the text. */
export function smsApi(settings: VonageSettings): TextApi {
  const headers = { authorization: basic(settings), "content-type": "application/x-www-form-urlencoded" };
  return {
    create({ to, from, text, intentId }) {
      const parameters = new URLSearchParams({
        to: digits(to),
        from: digits(from),
        text,
        type: countSegments(text).encoding === "gsm-7" ? "text" : "unicode",
        "status-report-req": "1",
        ...(intentId.length <= maxClientRef && { "client-ref": intentId }),
      });
      return { method: "POST", url: `${settings.baseUrl ?? smsHost}/sms/json`, headers, body: parameters.toString() };
    },
    outcome(answer, now) {
      const parts = answer.status === 200 ? partsOf(readBody(answer)) : null;
      return parts === null ? refused(answer, null, settings.codes, now) : outcomeOfParts(parts, settings.codes);
    },
  };
}

/** The Messages API, with a token of an application or, without one, with the account's key and secret. */
export function messagesApi(settings: VonageSettings, clock: Clock): TextApi {
  const { application } = settings;
  const authorization = (intentId: string): string => {
    if (application === null) return basic(settings);
    const now = clock.now();
    const issuedAt = Math.floor(now / 1_000);
    const jti = idOf(intentId, String(now));
    const claims = { application_id: application.id, iat: issuedAt, exp: issuedAt + tokenSeconds, jti };
    return `Bearer ${signedToken(claims, application.key)}`;
  };
  return {
    create({ to, from, text, intentId }) {
      const message = { channel: "sms", message_type: "text", to: digits(to), from: digits(from), text };
      return {
        method: "POST",
        url: `${settings.baseUrl ?? messagesHost}/v1/messages`,
        headers: { authorization: authorization(intentId), "content-type": "application/json" },
        body: JSON.stringify({ ...message, client_ref: intentId }),
      };
    },
    outcome(answer, now) {
      const body = readBody(answer);
      const id = answer.status === 202 ? body?.["message_uuid"] : undefined;
      if (typeof id === "string" && id !== "") return { kind: "accepted", providerMessageId: id };
      return refused(answer, errorCodeOf(body ?? undefined), settings.codes, now);
    },
  };
}

function refused(answer: HttpAnswer, code: string | null, codes: VendorCodes, now: number): SendOutcome {
  // A success that is none of Vonage's: an intermediary answered, or the answer was cut.
  if (answer.status < 300) return { kind: "ambiguous", code: "unexpected_answer" };
  const afterMs = retryAfterMs(answer.headers["retry-after"], now);
  return outcomeOfRefusal({ status: answer.status, code, afterMs }, codes);
}

function readBody({ body }: HttpAnswer): JsonObject | null {
  const parsed = parseJson(body);
  return parsed.ok && isJsonObject(parsed.value) ? parsed.value : null;
}

interface Part {
  readonly status: string;
  readonly id: string | null;
}

function partsOf(body: JsonObject | null): readonly Part[] | null {
  const messages = body?.["messages"];
  if (!Array.isArray(messages) || messages.length === 0) return null;
  const parts = messages.map(partOf);
  return parts.every((part) => part !== null) ? parts : null;
}

function partOf(message: Json): Part | null {
  const status = isJsonObject(message) ? message["status"] : undefined;
  const id = isJsonObject(message) ? message["message-id"] : undefined;
  return typeof status === "string" ? { status, id: typeof id === "string" && id !== "" ? id : null } : null;
}

/** The first part's id stands for the text. A text of which only some parts were taken is for a person to look at. */
function outcomeOfParts(parts: readonly Part[], codes: VendorCodes): SendOutcome {
  const failed = parts.find(({ status }) => status !== "0");
  if (failed === undefined) return { kind: "accepted", providerMessageId: parts[0]?.id ?? null };
  if (parts.some(({ status }) => status === "0")) return { kind: "ambiguous", code: `partly_${failed.status}` };
  return outcomeOfRefusal({ status: null, code: failed.status, afterMs: null }, codes);
}
