import { createPublicKey, verify } from "node:crypto";
import type { KeyObject } from "node:crypto";
import type { Verification, WebhookRequest } from "../provider.ts";

export const signatureHeader = "x-twilio-email-event-webhook-signature";
export const timestampHeader = "x-twilio-email-event-webhook-timestamp";

/** A clock of ours that is behind by more than this is a fault to be seen, not to be worked around. */
const maxAheadMs = 5 * 60_000;
/** A DER signature over P-256 has at most 72 bytes; more base64 than this is not worth decoding. */
const maxSignatureLength = 128;

export interface SendGridKeys {
  /** More than one while a key is being rotated. */
  readonly keys: readonly KeyObject[];
  readonly toleranceMs: number;
}

/**
 * SendGrid's signed event webhook: ECDSA P-256 with SHA-256 over the timestamp header's text and the raw body. The
 * signature is judged before the age, so that `timestamp_stale` counts only what SendGrid really signed.
 */
export function verifySendGrid(
  request: WebhookRequest,
  { keys, toleranceMs }: SendGridKeys,
  now: number,
): Verification {
  const proof = proofOf(request);
  if ("ok" in proof) return proof;
  const { timestamp, sentAt, signature } = proof;
  const signed = Buffer.concat([Buffer.from(timestamp, "utf8"), request.body]);
  if (!keys.some((key) => isSignedBy(key, signed, signature))) return { ok: false, reason: "signature_invalid" };
  if (now - sentAt > toleranceMs || sentAt - now > maxAheadMs) return { ok: false, reason: "timestamp_stale" };
  return { ok: true };
}

/** Whether headers say what could be a signature: what else is wrong shows only with the body. */
export function verifySendGridHead(request: WebhookRequest): Verification {
  const proof = proofOf(request);
  return "ok" in proof ? proof : { ok: true };
}

interface Proof {
  readonly timestamp: string;
  readonly sentAt: number;
  readonly signature: Buffer;
}

function proofOf({ headers }: WebhookRequest): Proof | Extract<Verification, { ok: false }> {
  const text = headers[signatureHeader];
  if (text === undefined || text === "") return { ok: false, reason: "signature_missing" };
  const timestamp = headers[timestampHeader] ?? "";
  const sentAt = readTimestamp(timestamp);
  if (sentAt === null) return { ok: false, reason: "timestamp_invalid" };
  const signature = readSignature(text);
  return signature === null ? { ok: false, reason: "signature_invalid" } : { timestamp, sentAt, signature };
}

/** The key as SendGrid shows it, base64 of an SPKI structure, with or without PEM lines. Null unless it is on P-256. */
export function readPublicKey(text: string): KeyObject | null {
  const base64 = text.replace(/-----(BEGIN|END) PUBLIC KEY-----/g, "").replace(/\s+/g, "");
  try {
    const key = createPublicKey({ key: Buffer.from(base64, "base64"), format: "der", type: "spki" });
    return key.asymmetricKeyDetails?.namedCurve === "prime256v1" ? key : null;
  } catch {
    return null;
  }
}

/** Epoch milliseconds. Seconds only: eleven digits reach the year 5138, and milliseconds have thirteen. */
function readTimestamp(text: string): number | null {
  return /^[1-9]\d{0,10}$/.test(text) ? Number(text) * 1_000 : null;
}

function readSignature(text: string): Buffer | null {
  if (text.length > maxSignatureLength || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return null;
  return Buffer.from(text, "base64");
}

function isSignedBy(key: KeyObject, signed: Buffer, signature: Buffer): boolean {
  try {
    return verify("sha256", signed, key, signature);
  } catch {
    return false;
  }
}
