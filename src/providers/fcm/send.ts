import type { Clock } from "../../core/model/clock.ts";
import type { JsonObject } from "../../core/model/json.ts";
import type { OutgoingMessage, SendOutcome } from "../../core/model/outgoing.ts";
import { isJsonArray, isJsonObject, parseJson } from "../../core/model/parse-json.ts";
import { contactArgumentName, intentArgumentName, ruleArgumentName } from "../correlation.ts";
import { abortGraceMs, withDeadline } from "../deadline.ts";
import type { Capabilities, Outbound } from "../provider.ts";
import { retryAfterMs } from "../retry-after.ts";
import { transportFailure } from "../transport-failure.ts";
import { type HttpAnswer, openVendorHttp } from "../vendor-http.ts";
import { openAccessTokens } from "./access-token.ts";
import { outcomeOfRefusal } from "./refusal.ts";
import type { FcmSettings } from "./settings.ts";

/** Of notification and data together. */
const maxPayloadBytes = 4_096;

/** FCM's HTTP v1 API. */
export function openFcm(settings: FcmSettings, capabilities: Capabilities, clock: Clock): Outbound {
  const { account, baseUrl, timeoutMs } = settings;
  const http = openVendorHttp();
  const tokens = openAccessTokens(account, { http, clock, timeoutMs });
  const url = `${baseUrl}/v1/projects/${encodeURIComponent(account.projectId)}/messages:send`;

  const call = async (body: string, token: string, signal: AbortSignal): Promise<HttpAnswer | SendOutcome> => {
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    try {
      return await http.call({ method: "POST", url, headers, body }, signal);
    } catch (error) {
      return transportFailure(error);
    }
  };

  /** A token that is refused although its time has not come is replaced once. */
  const create = async (body: string, signal: AbortSignal, again = true): Promise<SendOutcome> => {
    const access = await beforeAbort(tokens.get(), signal);
    if ("outcome" in access) return access.outcome;
    const answer = await call(body, access.token, signal);
    if ("kind" in answer) return answer;
    const outcome = outcomeOf(answer, settings.quotaMs, clock.now());
    if (answer.status !== 401 || outcome.kind !== "misconfigured" || outcome.code === "THIRD_PARTY_AUTH_ERROR") {
      return outcome;
    }
    tokens.forget(access.token);
    return again ? create(body, signal, false) : outcome;
  };

  return {
    capabilities,
    timeoutMs: timeoutMs + abortGraceMs,
    async send(message) {
      if (message.kind !== "push") return { kind: "rejected", code: "kind_unsupported", class: "other" };
      if (message.to === null) return { kind: "rejected", code: "to_missing", class: "invalid_address" };
      const { notification, data } = payloadOf(message);
      if (notification["body"] === "") return { kind: "rejected", code: "content_missing", class: "content" };
      if (Buffer.byteLength(JSON.stringify({ notification, data })) > maxPayloadBytes) {
        return { kind: "rejected", code: "payload_too_large", class: "content" };
      }
      const body = { message: { token: message.to, notification, data, ...expiry(settings.ttlMs, clock.now()) } };
      const gaveUp: SendOutcome = { kind: "ambiguous", code: "timeout" };
      return withDeadline(clock, timeoutMs, gaveUp, (signal) => create(JSON.stringify(body), signal));
    },
    close: () => http.close(),
  };
}

/** The token is fetched for all who wait, so that nobody's impatience ends it: who gives up has sent nothing yet. */
function beforeAbort<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | { readonly outcome: SendOutcome }> {
  const aborted = new Promise<{ readonly outcome: SendOutcome }>((resolve) => {
    signal.addEventListener(
      "abort",
      () => resolve({ outcome: { kind: "retryable", code: "timeout", afterMs: null } }),
      {
        once: true,
      },
    );
  });
  return Promise.race([promise, aborted]);
}

/** `subject` is the title. The data goes to the app, which can report on the message with it. */
function payloadOf({ content, intentId, ruleId, contactId }: OutgoingMessage): {
  readonly notification: JsonObject;
  readonly data: JsonObject;
} {
  const { subject, text = "" } = content;
  return {
    notification: { ...(subject !== undefined && { title: subject }), body: text },
    data: {
      [intentArgumentName]: intentId,
      [ruleArgumentName]: ruleId,
      ...(contactId !== null && { [contactArgumentName]: contactId }),
    },
  };
}

/** Android counts from the moment of arrival, Apple names the moment. */
function expiry(ttlMs: number | null, now: number): JsonObject {
  if (ttlMs === null) return {};
  const seconds = Math.floor(ttlMs / 1_000);
  const until = String(Math.floor(now / 1_000) + seconds);
  return { android: { ttl: `${seconds}s` }, apns: { headers: { "apns-expiration": until } } };
}

function outcomeOf({ status, headers, body }: HttpAnswer, quotaMs: number, now: number): SendOutcome {
  const said = readObject(body);
  if (status >= 200 && status < 300) {
    const name = said?.["name"];
    return typeof name === "string" && name !== ""
      ? { kind: "accepted", providerMessageId: name }
      : { kind: "ambiguous", code: "unexpected_answer" };
  }
  const error = isJsonObject(said?.["error"]) ? said["error"] : {};
  const code = codeOf(error);
  const refusal = { status, code, afterMs: retryAfterMs(headers["retry-after"], now) };
  const outcome = outcomeOfRefusal(refusal, quotaMs);
  const aboutToken = code === "INVALID_ARGUMENT" && speaksOf(error["message"], /registration token/i);
  return aboutToken && outcome.kind === "rejected" ? { ...outcome, class: "invalid_address" } : outcome;
}

/** FCM's own code is among the details; that of Google's APIs in general says less, but that a request is wrong. */
function codeOf(error: JsonObject): string | null {
  const details = isJsonArray(error["details"]) ? error["details"].filter(isJsonObject) : [];
  const own = details.find((detail) => speaksOf(detail["@type"], /FcmError$/))?.["errorCode"];
  if (typeof own === "string" && /^[A-Z_]{1,60}$/.test(own)) return own;
  return error["status"] === "INVALID_ARGUMENT" ? null : plainCode(error["status"]);
}

function speaksOf(text: unknown, pattern: RegExp): boolean {
  return typeof text === "string" && pattern.test(text);
}

function plainCode(status: unknown): string | null {
  return status === "UNAVAILABLE" || status === "INTERNAL" ? status : null;
}

function readObject(body: string): JsonObject | null {
  const parsed = parseJson(body);
  return parsed.ok && isJsonObject(parsed.value) ? parsed.value : null;
}
