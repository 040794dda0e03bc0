import { createHash } from "node:crypto";
import type { Json } from "../../core/model/json.ts";
import { isJsonObject } from "../../core/model/parse-json.ts";
import type { Verification, WebhookRequest } from "../provider.ts";
import { readSeconds, verifyHmac } from "../secret.ts";
import { readMailgunBody } from "./read-body.ts";
import type { MailgunBody } from "./read-body.ts";

/** A clock of ours that is behind by more than this is a fault to be seen, not to be worked around. */
const maxAheadMs = 5 * 60_000;
/** A token has 50 characters. */
const maxTokenLength = 200;
/** Tokens whose bodies are remembered: enough for the bursts in which a recorded one could be of use. */
const maxTokens = 20_000;

export interface MailgunKeys {
  /** More than one while a key is being rotated. */
  readonly keys: readonly string[];
  readonly toleranceMs: number;
}

export type VerifyMailgun = (request: WebhookRequest, now: number) => Verification;

interface Signature {
  readonly timestamp: string;
  readonly token: string;
  readonly signature: string;
}

/**
 * Mailgun signs a timestamp and a token, and not the body: whoever sees one request could send any other under the same
 * signature. So a token speaks for the first body it came with, as long as this process remembers it; the same body
 * again is a repetition, whose events are known by their ids.
 */
export function createMailgunVerifier({ keys, toleranceMs }: MailgunKeys): VerifyMailgun {
  const bodies = new Map<string, string>();

  const speaksFor = (token: string, body: Uint8Array): boolean => {
    const digest = createHash("sha256").update(body).digest("base64");
    const known = bodies.get(token);
    if (known !== undefined) return known === digest;
    bodies.set(token, digest);
    const [oldest] = bodies.keys();
    if (bodies.size > maxTokens && oldest !== undefined) bodies.delete(oldest);
    return true;
  };

  return (request, now) => {
    const body = readMailgunBody(request);
    if (body === null) return { ok: false, reason: "signature_invalid" };
    const { timestamp, token, signature } = signatureOf(body);
    if (signature === "" || token === "") return { ok: false, reason: "signature_missing" };
    const signedAt = readSeconds(timestamp);
    if (signedAt === null) return { ok: false, reason: "timestamp_invalid" };
    if (token.length > maxTokenLength) return { ok: false, reason: "signature_invalid" };
    const verified = verifyHmac({ algorithm: "sha256", encoding: "hex" }, signature, keys, [timestamp, token]);
    if (!verified.ok) return verified;
    if (now - signedAt > toleranceMs || signedAt - now > maxAheadMs) return { ok: false, reason: "timestamp_stale" };
    return speaksFor(token, request.body) ? { ok: true } : { ok: false, reason: "signature_invalid" };
  };
}

/** Webhooks have it under `signature`, routes among the fields of the mail. */
function signatureOf(body: MailgunBody): Signature {
  const given = body.kind === "event" && isJsonObject(body.body["signature"]) ? body.body["signature"] : null;
  const read = (name: string) => (body.kind === "mail" ? (body.fields.get(name) ?? "") : text(given?.[name]));
  return { timestamp: read("timestamp"), token: read("token"), signature: read("signature") };
}

function text(value: Json | undefined): string {
  if (typeof value === "number") return String(value);
  return typeof value === "string" ? value : "";
}
