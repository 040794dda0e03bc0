import twilioSdk from "twilio";
import type RequestClient from "twilio/lib/base/RequestClient.js";
import type TwilioResponse from "twilio/lib/http/response.js";
import type { VendorConnection } from "../vendor-connection.ts";

/** An answer of the Messages API is a few kilobytes; a full page of the list is some hundred. */
const maxAnswerBytes = 5 * 1_048_576;

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

interface Answer {
  readonly statusCode: number;
  readonly body: unknown;
  readonly headers: unknown;
}

/**
 * The SDK's own HTTP client, with three things added that the SDK has no options for: kept-alive connections for plain
 * http as well, an abort that ends a call as a whole, and errors that keep `Retry-After` (the SDK's `RestException`
 * drops all headers).
 */
export class TwilioHttpClient extends twilioSdk.RequestClient {
  /** Ends the next call that is begun. Set right before it: the SDK hands a call to this client without a pause. */
  signal: AbortSignal | null = null;
  readonly #baseUrl: string | null;

  constructor(connection: VendorConnection, baseUrl: string | null, timeoutMs: number) {
    super({ timeout: timeoutMs });
    this.#baseUrl = baseUrl;
    const { httpAgent, httpsAgent } = connection;
    Object.assign(this.axios.defaults, { httpAgent, httpsAgent, maxContentLength: maxAnswerBytes });
    this.axios.interceptors.request.use(
      (config) => {
        if (this.signal !== null) config.signal = this.signal;
        return config;
      },
      null,
      { synchronous: true },
    );
  }

  override async request<T>(options: RequestClient.RequestOptions<T>): Promise<TwilioResponse.default<T>> {
    options.uri = this.#rehosted(options.uri);
    const answer = await super.request(options);
    refuseUnlessJson(answer);
    return answer;
  }

  /** The SDK rewrites host names of three labels and more by `TWILIO_EDGE` and `TWILIO_REGION`; a base URL is meant as written. */
  #rehosted(uri: string): string {
    if (this.#baseUrl === null) return uri;
    const url = new URL(uri);
    url.hostname = new URL(this.#baseUrl).hostname;
    return url.href;
  }
}

function refuseUnlessJson(answer: Answer): void {
  const body = readObject(answer.body);
  if (answer.statusCode >= 200 && answer.statusCode < 300) {
    if (body === null) throw new UnreadableAnswer("expected a JSON object in a successful answer");
    return;
  }
  const code: unknown = body === null ? undefined : Reflect.get(body, "code");
  const retryAfter = readObject(answer.headers);
  throw new TwilioRefusal(
    answer.statusCode,
    typeof code === "number" ? code : null,
    retryAfter === null ? undefined : Reflect.get(retryAfter, "retry-after"),
  );
}

function readObject(value: unknown): object | null {
  return typeof value === "object" && value !== null ? value : null;
}
