import { verifiedClaims } from "../jwt.ts";
import type { Verification, WebhookRequest } from "../provider.ts";
import { bearerOf, isSameText, readSeconds, verifyAge } from "../secret.ts";
import { readParameters } from "./parameters.ts";
import { payloadHash, smsSignature } from "./sign.ts";
import type { SignatureMethod } from "./sign.ts";

export interface VonageWebhook {
  /** More than one while a secret is being rotated. */
  readonly secrets: readonly string[];
  /** Of the SMS API. The Messages API knows one only. */
  readonly method: SignatureMethod;
  readonly toleranceMs: number;
}

/** Both of Vonage's doors: the Messages API signs with a token in a header, the SMS API with a parameter. */
export function verifyVonage(request: WebhookRequest, webhook: VonageWebhook, now: number): Verification {
  const token = bearerOf(request);
  return token === undefined ? verifySms(request, webhook, now) : verifyMessages(token, request.body, webhook, now);
}

/** Whether it came from the Messages API, once it is known to be genuine. */
export function isOfMessages(request: WebhookRequest): boolean {
  return bearerOf(request) !== undefined;
}

function verifySms(
  request: WebhookRequest,
  { secrets, method, toleranceMs }: VonageWebhook,
  now: number,
): Verification {
  const parameters = readParameters(request);
  if (parameters === null) return invalid;
  const given = parameters.get("sig") ?? "";
  if (given === "") return { ok: false, reason: "signature_missing" };
  const isGenuine = secrets.some((secret) => isSameText(given.toLowerCase(), smsSignature(parameters, method, secret)));
  return isGenuine ? verifyAge(readSeconds(parameters.get("timestamp")), toleranceMs, now) : invalid;
}

/** Without a hash of the body among its claims, a token would vouch for nothing but itself. */
function verifyMessages(
  token: string,
  body: Uint8Array,
  { secrets, toleranceMs }: VonageWebhook,
  now: number,
): Verification {
  const claims = verifiedClaims(token, secrets);
  const hash = claims?.["payload_hash"];
  if (claims === null || typeof hash !== "string" || !isSameText(hash.toLowerCase(), payloadHash(body))) return invalid;
  const issuedAt = claims["iat"];
  return verifyAge(typeof issuedAt === "number" ? issuedAt * 1_000 : null, toleranceMs, now);
}

const invalid: Verification = { ok: false, reason: "signature_invalid" };
