import { createHash, createHmac } from "node:crypto";
import type { JsonObject } from "../../core/model/json.ts";
import { signedToken } from "../jwt.ts";

/** MessageBird, as it was: a token. */
export const tokenHeader = "messagebird-signature-jwt";
/** And Bird, as it is: an HMAC and its time. */
export const signatureHeader = "messagebird-signature";
export const timestampHeader = "messagebird-request-timestamp";

/** What Bird signs: time, address and hash of the body, joined by line feeds; the hash as raw bytes. */
export function birdSignature(timestamp: string, url: string, body: Uint8Array, key: string): string {
  return createHmac("sha256", key)
    .update(`${timestamp}\n${url}\n`, "utf8")
    .update(createHash("sha256").update(body).digest())
    .digest("base64");
}

/** The headers with which Bird posts this body to `url`, as configured. For fakes and tests. */
export function signBird(url: string, body: Uint8Array, key: string, at: number): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(at / 1_000));
  return {
    "content-type": "application/json",
    [timestampHeader]: timestamp,
    [signatureHeader]: birdSignature(timestamp, url, body, key),
  };
}

/** The header with which MessageBird calls `url`, as configured, with its query string. For fakes and tests. */
export function signClassic(url: string, body: Uint8Array, key: string, at: number): Readonly<Record<string, string>> {
  const seconds = Math.floor(at / 1_000);
  const claims: JsonObject = {
    iss: "MessageBird",
    nbf: seconds,
    exp: seconds + 60,
    jti: "4c9b5d3c-1f5e-4d62-a7c6-1f7f4ab2f3a1",
    url_hash: sha256(Buffer.from(url, "utf8")),
    ...(body.length > 0 && { payload_hash: sha256(body) }),
  };
  return { [tokenHeader]: signedToken(claims, key) };
}

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
