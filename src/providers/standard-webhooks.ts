import { createHmac, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { shortMark } from "../core/model/sha256.ts";
import type { Verification, WebhookRequest } from "./provider.ts";
import { isSameText, readSeconds, verifyAge } from "./secret.ts";
import type { Settings } from "./settings.ts";

/**
 * Signatures of the Standard Webhooks specification (https://www.standardwebhooks.com): over `id.timestamp.body`, in a
 * list of `v1,<base64 of HMAC-SHA256>` and `v1a,<base64 of ed25519>`, of which one must be right.
 */
export const idHeader = "webhook-id";
export const timestampHeader = "webhook-timestamp";
export const signatureHeader = "webhook-signature";

/** Five minutes both ways, as in the reference libraries. */
export const defaultToleranceMs = 5 * 60_000;
/** Senders that rotate keys sign twice; nobody signs more often than this. */
const maxSignatures = 10;
const maxHeaderLength = 2_000;
const maxIdLength = 200;

export type WebhookKey =
  | { readonly kind: "v1"; readonly secret: Uint8Array }
  | { readonly kind: "v1a"; readonly publicKey: KeyObject };

/** A `whsec_` secret or a `whpk_` public key; a text without a prefix is base64 of a secret. Null when it is neither. */
export function readWebhookKey(text: string): WebhookKey | null {
  const [, prefix, encoded = ""] = /^(whsec_|whpk_)?([A-Za-z0-9+/]+={0,2})$/.exec(text.trim()) ?? [];
  const bytes = Buffer.from(encoded, "base64");
  if (prefix !== "whpk_") return bytes.length >= 16 ? { kind: "v1", secret: bytes } : null;
  return bytes.length === 32 ? { kind: "v1a", publicKey: ed25519PublicKey(bytes) } : null;
}

/** The keys of a setting: one, or several while they are being rotated. */
export function readWebhookKeys(settings: Settings, name: string): readonly WebhookKey[] {
  const texts = settings.strings(name);
  const keys = texts.map(readWebhookKey).filter((key) => key !== null);
  if (keys.length < texts.length) {
    settings.report(name, "expected `whsec_` and base64 of a secret, or `whpk_` and base64 of an ed25519 public key");
  }
  return keys;
}

function ed25519PublicKey(raw: Buffer): KeyObject {
  return createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: raw.toString("base64url") }, format: "jwk" });
}

/** The id of a message, the same on every repetition. Null when there is none that could be one. */
export function webhookIdOf({ headers }: WebhookRequest): string | null {
  const id = headers[idHeader];
  return id !== undefined && id !== "" && id.length <= maxIdLength && !/[^\x21-\x7e]/.test(id) ? id : null;
}

/** The signature is judged before the age. Any of the keys will do: they are being rotated. */
export function verifyStandardWebhook(
  request: WebhookRequest,
  { keys, toleranceMs }: { readonly keys: readonly WebhookKey[]; readonly toleranceMs: number },
  now: number,
): Verification {
  const given = request.headers[signatureHeader];
  const id = webhookIdOf(request);
  if (given === undefined || given === "" || id === null) return { ok: false, reason: "signature_missing" };
  const timestamp = request.headers[timestampHeader] ?? "";
  const signedAt = readSeconds(timestamp);
  if (signedAt === null) return { ok: false, reason: "timestamp_invalid" };
  const signatures = given.length > maxHeaderLength ? [] : given.split(" ").slice(0, maxSignatures);
  const signed = signedBytes(id, timestamp, request.body);
  if (!signatures.some((signature) => keys.some((key) => isSignedBy(key, signature, signed)))) {
    return { ok: false, reason: "signature_invalid" };
  }
  return verifyAge(signedAt, toleranceMs, now);
}

function signedBytes(id: string, timestamp: string, body: Uint8Array | string): Buffer {
  return Buffer.concat([Buffer.from(`${id}.${timestamp}.`, "utf8"), Buffer.from(body)]);
}

function isSignedBy(key: WebhookKey, signature: string, signed: Buffer): boolean {
  const [version, encoded = ""] = signature.split(",", 2);
  if (version !== key.kind) return false;
  if (key.kind === "v1") return isSameText(encoded, hmac(key.secret, signed));
  try {
    return verify(null, signed, key.publicKey, Buffer.from(encoded, "base64"));
  } catch {
    return false;
  }
}

function hmac(secret: Uint8Array, signed: Buffer): string {
  return createHmac("sha256", secret).update(signed).digest("base64");
}

/**
 * The headers of a signed message; `timestamp` is epoch seconds. With several secrets, signed with each, as while they
 * are rotated: `whsec_` for HMAC, `whsk_` (base64 of a seed and its public key, or of the seed) for ed25519.
 */
export function signStandardWebhook(
  body: Uint8Array | string,
  id: string,
  timestamp: number | string,
  secrets: readonly string[],
): Readonly<Record<string, string>> {
  const signed = signedBytes(id, String(timestamp), body);
  return {
    "content-type": "application/json",
    [idHeader]: id,
    [timestampHeader]: String(timestamp),
    [signatureHeader]: secrets.map((secret) => signatureBy(secret, signed)).join(" "),
  };
}

/**
 * As `signStandardWebhook`, for rehearsals: the same text is the same message. Null without a secret, or with the half of
 * a key that only verifies.
 */
export function rehearsedHeaders(
  body: string,
  now: number,
  secret: string | null,
): Readonly<Record<string, string>> | null {
  if (secret === null || secret.startsWith("whpk_")) return null;
  return signStandardWebhook(body, `msg_${shortMark(body)}`, Math.floor(now / 1_000), [secret]);
}

function signatureBy(secret: string, signed: Buffer): string {
  if (!secret.startsWith("whsk_")) {
    return `v1,${hmac(Buffer.from(secret.replace(/^whsec_/, ""), "base64"), signed)}`;
  }
  const seed = Buffer.from(secret.slice("whsk_".length), "base64").subarray(0, 32);
  // PKCS#8 of an ed25519 key is a constant head and the seed (RFC 8410 section 10.3).
  const key = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), seed]);
  return `v1a,${sign(null, signed, createPrivateKey({ key, format: "der", type: "pkcs8" })).toString("base64")}`;
}
