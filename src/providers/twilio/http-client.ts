import twilioSdk from "twilio";
import type RequestClient from "twilio/lib/base/RequestClient.js";
import type TwilioResponse from "twilio/lib/http/response.js";
import { isJsonObject, parseJson } from "../../core/model/parse-json.ts";
import { basicAuthorization } from "../probe.ts";
import type { HttpAnswer, VendorHttp } from "../vendor-http.ts";

/** Twilio answered, and not with success. Carries only what is needed to judge it: no body, no request. */
export class TwilioRefusal extends Error {
  override readonly name = "TwilioRefusal";
  readonly status: number;
  /** Twilio's own error code; null when the answer is not Twilio's (a proxy's page). */
  readonly code: number | null;
  readonly retryAfter: unknown;
  constructor(status: number, code: number | null, retryAfter: unknown) {
    super(`twilio answered ${status}`);
    this.status = status;
    this.code = code;
    this.retryAfter = retryAfter;
  }
}

/** A success without the JSON that Twilio promises: an intermediary answered, or the answer was cut. */
export class UnreadableAnswer extends Error {
  override readonly name = "UnreadableAnswer";
}

/**
 * The SDK's requests over our own HTTP, in the place of its axios: a client of the SDK's class, because it takes no other.
 * Errors keep `Retry-After` (the SDK's `RestException` drops all headers) and say whether a byte may have left.
 */
export class TwilioHttpClient extends twilioSdk.RequestClient {
  /** Ends the next call that is begun. Set right before it: the SDK hands a call to this client without a pause. */
  signal = neverAborted;
  readonly #http: VendorHttp;
  readonly #hostname: string | null;

  constructor(http: VendorHttp, baseUrl: string | null) {
    super();
    this.#http = http;
    this.#hostname = baseUrl === null ? null : new URL(baseUrl).hostname;
  }

  override async request<T>(options: RequestClient.RequestOptions<T>): Promise<TwilioResponse.default<T>> {
    const { method, username = "", password = "", headers, data } = options;
    if (method !== "get" && method !== "post") throw new TypeError("expected to create or to list, and nothing else");
    const answer = await this.#http.call(
      {
        method: method === "get" ? "GET" : "POST",
        url: this.#urlOf(options),
        headers: { ...headers, authorization: basicAuthorization(username, password) },
        ...(method === "post" && { body: formOf(data) }),
      },
      this.signal,
    );
    // Of which type the answer is, Twilio promises the SDK.
    return { statusCode: answer.status, headers: answer.headers, body: readSuccess(answer) as T };
  }

  /** The SDK rewrites host names of three labels and more by `TWILIO_EDGE` and `TWILIO_REGION`; a base URL is meant as written. */
  #urlOf({ uri, params }: RequestClient.RequestOptions): string {
    if (this.#hostname === null && params === undefined) return uri;
    const url = new URL(uri);
    if (this.#hostname !== null) url.hostname = this.#hostname;
    const asked = formOf(params);
    if (asked !== "") url.search = url.search === "" ? asked : `${url.search}&${asked}`;
    return url.href;
  }
}

const neverAborted = new AbortController().signal;

/** Fields as forms and query strings have them; a list is a field for each of its values. */
function formOf(fields: unknown): string {
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(fields ?? {})) {
    for (const one of [value].flat()) if (one !== undefined) form.append(name, textOf(one));
  }
  return form.toString();
}

function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (value instanceof Date) return value.toISOString();
  return value === null ? "" : JSON.stringify(value);
}

function readSuccess({ status, headers, body }: HttpAnswer): object {
  const parsed = parseJson(body);
  const answer = parsed.ok && isJsonObject(parsed.value) ? parsed.value : null;
  if (status >= 200 && status < 300) {
    if (answer === null) throw new UnreadableAnswer("expected a JSON object in a successful answer");
    return answer;
  }
  const code = answer?.["code"];
  throw new TwilioRefusal(status, typeof code === "number" ? code : null, headers["retry-after"]);
}
