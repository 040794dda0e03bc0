import type { Json } from "../../core/model/json.ts";
import { verifiedClaims } from "../jwt.ts";
import type { Verification, WebhookRequest } from "../provider.ts";
import { isSameText, readSeconds, verifyAge } from "../secret.ts";
import { birdSignature, sha256, signatureHeader, timestampHeader, tokenHeader } from "./sign.ts";

export interface MessageBirdWebhook {
  /** Scheme, host and, where a proxy strips one, path prefix under which we are reached. No trailing slash. */
  readonly publicUrl: string;
  /** More than one while a key is being rotated. */
  readonly keys: readonly string[];
  /** Of Bird. MessageBird's tokens say themselves when they end. */
  readonly toleranceMs: number;
}

/** Clocks are not one. */
const leewayMs = 5_000;

/**
 * Both sign the address that they called, so it is the configured one plus path and query as received; the Host header,
 * which anybody can write, has no say. Which of the two it is, the headers tell.
 */
export function verifyMessageBird(request: WebhookRequest, webhook: MessageBirdWebhook, now: number): Verification {
  const { headers } = request;
  const token = headers[tokenHeader] ?? "";
  if (token !== "") return verifyClassic(token, request, webhook, now);
  const signature = headers[signatureHeader] ?? "";
  if (signature === "") return { ok: false, reason: "signature_missing" };
  return verifyBird(signature, request, webhook, now);
}

/** Whether it came from MessageBird as it was, once it is known to be genuine. */
export function isClassic({ headers }: WebhookRequest): boolean {
  return (headers[tokenHeader] ?? "") !== "";
}

function verifyClassic(
  token: string,
  { url, body }: WebhookRequest,
  { publicUrl, keys }: MessageBirdWebhook,
  now: number,
): Verification {
  const claims = verifiedClaims(token, keys);
  if (claims === null || claims["iss"] !== "MessageBird") return invalid;
  const { url_hash: urlHash, payload_hash: payloadHash, nbf, exp } = claims;
  if (!isHashOf(urlHash, Buffer.from(publicUrl + url, "utf8"))) return invalid;
  // A token without a hash of the body is for a request without one.
  if (payloadHash === undefined ? body.length > 0 : !isHashOf(payloadHash, body)) return invalid;
  if (typeof nbf !== "number" || typeof exp !== "number") return { ok: false, reason: "timestamp_invalid" };
  const isCurrent = nbf * 1_000 - leewayMs <= now && now <= exp * 1_000 + leewayMs;
  return isCurrent ? { ok: true } : { ok: false, reason: "timestamp_stale" };
}

function isHashOf(hash: Json | undefined, bytes: Uint8Array): boolean {
  return typeof hash === "string" && isSameText(hash.toLowerCase(), sha256(bytes));
}

function verifyBird(
  signature: string,
  { url, headers, body }: WebhookRequest,
  { publicUrl, keys, toleranceMs }: MessageBirdWebhook,
  now: number,
): Verification {
  const timestamp = headers[timestampHeader] ?? "";
  const isGenuine = keys.some((key) => isSameText(signature, birdSignature(timestamp, publicUrl + url, body, key)));
  return isGenuine ? verifyAge(readSeconds(timestamp), toleranceMs, now) : invalid;
}

const invalid: Verification = { ok: false, reason: "signature_invalid" };
