import { ServerClient } from "postmark";
import { openVendorHttp } from "../vendor-http.ts";
import type { HttpAnswer, HttpRequest } from "../vendor-http.ts";
import type { PostmarkSettings } from "./settings.ts";

/** Postmark's SDK over connections of ours. */
export interface PostmarkApi {
  /**
   * One call, for which the SDK gets a client of its own: it has no options per call, and it drops what we must know of
   * one, which is whether it was written and what the answer's headers say. Rejects with `PostmarkRefusal`, or as
   * `VendorHttp.call` does.
   */
  ask<T>(signal: AbortSignal, call: (client: ServerClient) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** Postmark answered, and not with success. Carries only what is needed to judge it. */
export class PostmarkRefusal extends Error {
  override readonly name = "PostmarkRefusal";
  readonly status: number;
  /** Postmark's own code; null when the answer is not Postmark's (a proxy's page). */
  readonly code: string | null;
  /** Postmark's own words, which may name an address. */
  readonly words: string;
  readonly retryAfter: string | undefined;

  constructor(answer: HttpAnswer, code: string | null, words: string) {
    super(`postmark answered ${answer.status}`);
    this.status = answer.status;
    this.code = code;
    this.words = words;
    this.retryAfter = answer.headers["retry-after"];
  }
}

/** Of a timer that nobody listens to, because our own deadline ends a call: so it had better be a short one. */
const sdkTimeoutSeconds = 1;
/** Statuses whose answers have no body. */
const bodiless: ReadonlySet<number> = new Set([204, 205, 304]);

export function openPostmarkApi({ serverToken, baseUrl }: PostmarkSettings): PostmarkApi {
  const http = openVendorHttp();
  const { protocol, host, pathname } = new URL(baseUrl);
  const options = {
    useHttps: protocol === "https:",
    requestHost: host + pathname.replace(/\/+$/, ""),
    timeout: sdkTimeoutSeconds,
  };
  return {
    async ask(signal, call) {
      const seen: { answer?: HttpAnswer; failure?: unknown } = {};
      const fetch = async (url: unknown, init: RequestInit = {}): Promise<Response> => {
        try {
          const answer = await http.call(requestOf(url, init), signal);
          seen.answer = answer;
          const body = bodiless.has(answer.status) ? null : answer.body;
          return new Response(body, { status: answer.status });
        } catch (error) {
          seen.failure = error;
          throw error;
        }
      };
      try {
        return await call(new ServerClient(serverToken, { ...options, fetch }));
      } catch (error) {
        if (seen.answer === undefined) throw seen.failure ?? error;
        throw refusalOf(seen.answer, error);
      }
    },
    close: () => http.close(),
  };
}

function requestOf(url: unknown, { method, headers, body }: RequestInit): HttpRequest {
  const named = Object.entries(Object.fromEntries(new Headers(headers)));
  return {
    method: method === "POST" ? "POST" : "GET",
    url: String(url),
    headers: Object.fromEntries(named),
    ...(typeof body === "string" && { body }),
  };
}

/** The SDK reads `ErrorCode` and `Message`; zero stands for none. */
function refusalOf(answer: HttpAnswer, error: unknown): PostmarkRefusal {
  const code = field(error, "code");
  const words = field(error, "message");
  return new PostmarkRefusal(
    answer,
    typeof code === "number" && code !== 0 ? String(code) : null,
    typeof words === "string" ? words : "",
  );
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}
