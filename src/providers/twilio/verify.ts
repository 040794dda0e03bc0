import { timingSafeEqual } from "node:crypto";
import { parse, stringify } from "node:querystring";
import type { Verification, WebhookRequest } from "../provider.ts";
import { hasTooManyParameters, parseForm } from "./form.ts";
import { signatureHeader, signedParameters, twilioSignature } from "./sign.ts";

export interface TwilioWebhook {
  /** Scheme, host and, where a proxy strips one, path prefix under which Twilio reaches us. No trailing slash. */
  readonly publicUrl: string;
  /** More than one while a token is being promoted. */
  readonly authTokens: readonly string[];
}

/**
 * Twilio signs the URL it called, so the URL is the configured one plus path and query as received; the Host header,
 * which anybody can write, has no say. There is no timestamp to judge: a replay is harmless because every event has
 * an id of its own and is deduplicated.
 */
export function verifyTwilio(request: WebhookRequest, { publicUrl, authTokens }: TwilioWebhook): Verification {
  const signature = request.headers[signatureHeader];
  if (signature === undefined || signature === "") return { ok: false, reason: "signature_missing" };
  // A request in absolute form (`POST http://host/ HTTP/1.1`) is for proxies; Twilio never sends one.
  if (!request.url.startsWith("/")) return { ok: false, reason: "signature_invalid" };
  // Sorting a megabyte of tiny parameters takes long enough to be an attack, and anybody can send one.
  if (hasTooManyParameters(request.body)) return { ok: false, reason: "signature_invalid" };
  const parameters = signedParameters(parseForm(request.body));
  const given = Buffer.from(signature, "utf8");
  for (const url of signedUrls(publicUrl + request.url)) {
    for (const token of authTokens) {
      const expected = Buffer.from(twilioSignature(token, url, parameters), "utf8");
      if (given.length === expected.length && timingSafeEqual(given, expected)) return { ok: true };
    }
  }
  return { ok: false, reason: "signature_invalid" };
}

/**
 * The spellings of one URL that Twilio's back ends are known to sign, in the order in which the SDK's `validateRequest`
 * tries them: as received without and with a port, as `new URL()` spells it, and with the query string re-encoded.
 */
function signedUrls(url: string): readonly string[] {
  const plain = url.replace(/#.*$/, "");
  const received = [withoutPort(plain), withPort(plain)];
  const normal = URL.canParse(plain) ? new URL(plain).toString() : plain;
  const normalized = [withoutPort(normal), withPort(normal)];
  return [...new Set([...received, ...normalized, ...normalized.map(withLegacyQuery)])];
}

interface UrlParts {
  readonly scheme: string;
  readonly userInfo: string;
  readonly host: string;
  readonly port: string;
  readonly rest: string;
}

/** Splits without `new URL()`, which would re-encode characters that Twilio signed as they are. */
function splitUrl(url: string): UrlParts | null {
  const match = /^([a-z][a-z0-9+.-]*:\/\/)([^/?#@]*@)?(\[[^\]]*\]|[^/?#:]*)(:[^/?#]*)?(.*)$/is.exec(url);
  if (match === null) return null;
  const [, scheme = "", userInfo = "", host = "", port = "", rest = ""] = match;
  return { scheme, userInfo, host, port, rest };
}

function withoutPort(url: string): string {
  const parts = splitUrl(url);
  return parts === null ? url : parts.scheme + parts.userInfo + parts.host + parts.rest;
}

function withPort(url: string): string {
  const parts = splitUrl(url);
  if (parts?.port !== "") return url;
  const port = parts.scheme.toLowerCase() === "https://" ? ":443" : ":80";
  return parts.scheme + parts.userInfo + parts.host + port + parts.rest;
}

/** Some back ends sign `%27` where the URL has `'`, which is how Node's old `querystring` writes it. */
function withLegacyQuery(url: string): string {
  const start = url.indexOf("?");
  if (start === -1 || start === url.length - 1) return url;
  return `${url.slice(0, start)}?${stringify(parse(url.slice(start + 1)))}`;
}
