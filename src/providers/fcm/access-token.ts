import { sign } from "node:crypto";
import type { Clock } from "../../core/model/clock.ts";
import { isJsonObject, parseJson } from "../../core/model/parse-json.ts";
import { withDeadline } from "../deadline.ts";
import type { SendOutcome } from "../provider.ts";
import { retryAfterMs } from "../retry-after.ts";
import { failureCode } from "../transport-failure.ts";
import type { HttpAnswer, VendorHttp } from "../vendor-http.ts";
import type { ServiceAccount } from "./settings.ts";

const scope = "https://www.googleapis.com/auth/firebase.messaging";
const grantType = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/** Google takes no longer assertions. */
const assertionSeconds = 3_600;
/** A token is let go this long before it ends, so that no message is on its way with one that has. */
const slackMs = 60_000;

/** A token, or why there is none. Nothing has been sent then. */
export type TokenAnswer = { readonly token: string } | { readonly outcome: SendOutcome };

export interface AccessTokens {
  /** The token of now. Who asks while one is being fetched waits for the same. Never rejects. */
  get(): Promise<TokenAnswer>;
  /** This one was refused: the next to ask gets another. */
  forget(token: string): void;
}

/** OAuth 2.0 with a JWT of a service account (RFC 7523). */
export function openAccessTokens(
  account: ServiceAccount,
  { http, clock, timeoutMs }: { readonly http: VendorHttp; readonly clock: Clock; readonly timeoutMs: number },
): AccessTokens {
  let held: { readonly token: string; readonly until: number } | null = null;
  let fetching: Promise<TokenAnswer> | null = null;

  const fetchToken = async (signal: AbortSignal): Promise<TokenAnswer> => {
    const form = new URLSearchParams({ grant_type: grantType, assertion: assertionOf(account, clock.now()) });
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    try {
      const url = account.tokenUrl;
      const answer = await http.call({ method: "POST", url, headers, body: form.toString() }, signal);
      const read = readToken(answer, clock.now());
      if ("outcome" in read) return read;
      held = { token: read.token, until: clock.monotonic() + read.lifeMs - slackMs };
      return { token: read.token };
    } catch (error) {
      return { outcome: { kind: "retryable", code: failureCode(error), afterMs: null } };
    }
  };

  return {
    get() {
      if (held !== null && clock.monotonic() < held.until) return Promise.resolve({ token: held.token });
      const gaveUp: TokenAnswer = { outcome: { kind: "retryable", code: "timeout", afterMs: null } };
      fetching ??= withDeadline(clock, timeoutMs, gaveUp, fetchToken).finally(() => {
        fetching = null;
      });
      return fetching;
    },
    forget(token) {
      if (held?.token === token) held = null;
    },
  };
}

/** Says who we are, signed with RS256. */
function assertionOf({ clientEmail, privateKey, tokenUrl }: ServiceAccount, now: number): string {
  if (privateKey === null) throw new Error("expected a private key: settings without one are refused");
  const issued = Math.floor(now / 1_000);
  const claims = { iss: clientEmail, scope, aud: tokenUrl, iat: issued, exp: issued + assertionSeconds };
  const signed = [{ alg: "RS256", typ: "JWT" }, claims]
    .map((part) => Buffer.from(JSON.stringify(part), "utf8").toString("base64url"))
    .join(".");
  return `${signed}.${sign("RSA-SHA256", Buffer.from(signed), privateKey).toString("base64url")}`;
}

function readToken(
  { status, headers, body }: HttpAnswer,
  now: number,
): { readonly token: string; readonly lifeMs: number } | { readonly outcome: SendOutcome } {
  const parsed = parseJson(body);
  const said = parsed.ok && isJsonObject(parsed.value) ? parsed.value : {};
  const { access_token: token, expires_in: seconds, error } = said;
  if (status === 200 && typeof token === "string" && typeof seconds === "number") {
    return { token, lifeMs: seconds * 1_000 };
  }
  if (status === 429 || status >= 500) {
    return {
      outcome: { kind: "retryable", code: `token_http_${status}`, afterMs: retryAfterMs(headers["retry-after"], now) },
    };
  }
  const code = typeof error === "string" && /^[a-z_]{1,60}$/.test(error) ? error : `http_${status}`;
  return { outcome: { kind: "misconfigured", code: `token_${code}` } };
}
