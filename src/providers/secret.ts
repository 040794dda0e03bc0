import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { Verification, WebhookRequest } from "./provider.ts";

/** Whether two texts are the same, in a time that tells nothing about either: their hashes are compared. */
export function isSameText(given: string, expected: string): boolean {
  return timingSafeEqual(digest(given), digest(expected));
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text, "utf8").digest();
}

/** Judges a secret that came as it is, in a header. Several are valid while one is being rotated. */
export function verifyShared(given: string | undefined, secrets: readonly string[]): Verification {
  if (given === undefined || given === "") return { ok: false, reason: "signature_missing" };
  return secrets.some((secret) => isSameText(given, secret)) ? { ok: true } : invalid;
}

/** The secret in `Authorization: Bearer <secret>`. */
export function bearerOf({ headers }: WebhookRequest): string | undefined {
  return /^Bearer +(\S+)$/i.exec(headers["authorization"] ?? "")?.[1];
}

/** What stands in `Authorization: Basic <base64 of user:password>`, decoded: `user:password`. */
export function basicOf({ headers }: WebhookRequest): string | undefined {
  const encoded = /^Basic +([A-Za-z0-9+/]+={0,2})$/i.exec(headers["authorization"] ?? "")?.[1];
  return encoded === undefined ? undefined : Buffer.from(encoded, "base64").toString("utf8");
}

export interface Hmac {
  readonly algorithm: "sha1" | "sha256";
  readonly encoding: "hex" | "base64";
}

/** An HMAC over the parts one after the other, as text. */
export function hmacOf({ algorithm, encoding }: Hmac, secret: string, parts: readonly (string | Uint8Array)[]): string {
  const mac = createHmac(algorithm, secret);
  for (const part of parts) mac.update(part);
  return mac.digest(encoding);
}

/** Judges an HMAC that came in a header. The letters of hexadecimal digits may be of either case. */
export function verifyHmac(
  kind: Hmac,
  given: string | undefined,
  secrets: readonly string[],
  parts: readonly (string | Uint8Array)[],
): Verification {
  if (given === undefined || given === "") return { ok: false, reason: "signature_missing" };
  const signature = kind.encoding === "hex" ? given.toLowerCase() : given;
  return secrets.some((secret) => isSameText(signature, hmacOf(kind, secret, parts))) ? { ok: true } : invalid;
}

const invalid: Verification = { ok: false, reason: "signature_invalid" };

/**
 * Judges the time that a signature covers, in epoch milliseconds, after the signature itself, so that `timestamp_stale`
 * counts only what was really signed. Null when it was no time.
 */
export function verifyAge(signedAt: number | null, toleranceMs: number, now: number): Verification {
  if (signedAt === null) return { ok: false, reason: "timestamp_invalid" };
  return Math.abs(now - signedAt) > toleranceMs ? { ok: false, reason: "timestamp_stale" } : { ok: true };
}

/** Epoch milliseconds of a header in seconds. Eleven digits reach the year 5138, and milliseconds have thirteen. */
export function readSeconds(text: string | undefined): number | null {
  return /^[1-9]\d{0,10}$/.test(text ?? "") ? Number(text) * 1_000 : null;
}
