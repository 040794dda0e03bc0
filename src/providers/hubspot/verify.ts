import type { Verification, WebhookRequest } from "../provider.ts";
import { verifyAge, verifyHmac } from "../secret.ts";
import { signatureHeader, signatureKind, timestampHeader } from "./sign.ts";

/** HubSpot asks its receivers to refuse what is older, and signs every repetition anew. */
const toleranceMs = 300_000;

export interface HubSpotKeys {
  /** More than one while the app's secret is being rotated. */
  readonly secrets: readonly string[];
  /** Scheme, host and, where a proxy strips one, path prefix under which HubSpot reaches us. No trailing slash. */
  readonly publicUrl: string;
}

/**
 * HubSpot's signature v3: over method, URL, body and timestamp. The URL is the configured one with path and query as
 * received; HubSpot signs some of its escapes decoded.
 */
export function verifyHubSpot(request: WebhookRequest, { secrets, publicUrl }: HubSpotKeys, now: number): Verification {
  const given = request.headers[signatureHeader];
  if (given === undefined || given === "") return { ok: false, reason: "signature_missing" };
  const timestamp = request.headers[timestampHeader] ?? "";
  const signedAt = /^[1-9]\d{12}$/.test(timestamp) ? Number(timestamp) : null;
  if (signedAt === null) return { ok: false, reason: "timestamp_invalid" };
  const url = publicUrl + request.url;
  const isSigned = [url, withoutEscapes(url)].some(
    (signed) => verifyHmac(signatureKind, given, secrets, [request.method, signed, request.body, timestamp]).ok,
  );
  return isSigned ? verifyAge(signedAt, toleranceMs, now) : { ok: false, reason: "signature_invalid" };
}

/** The escapes that HubSpot's documentation lists as decoded before signing. */
function withoutEscapes(url: string): string {
  return url.replace(/%(?:3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)/gi, decodeURIComponent);
}
