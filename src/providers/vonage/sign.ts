import { createHash, createHmac } from "node:crypto";
import { signedToken } from "../jwt.ts";

/** How an account signs the webhooks of the SMS API: chosen in the dashboard, where `md5hash` is what it begins with. */
export const signatureMethods = ["md5hash", "md5", "sha1", "sha256", "sha512"] as const;
export type SignatureMethod = (typeof signatureMethods)[number];

export type Parameters = ReadonlyMap<string, string>;

/**
 * The `sig` of a webhook of the SMS API, in lower-case hexadecimal: over every other parameter in order of name, with `&`
 * and `=` inside values written as `_`. `md5hash` is the plain hash of that with the secret behind it, the rest are HMACs.
 */
export function smsSignature(parameters: Parameters, method: SignatureMethod, secret: string): string {
  const text = [...parameters]
    .filter(([name]) => name !== "sig")
    .toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([name, value]) => `&${name}=${value.replaceAll(/[&=]/g, "_")}`)
    .join("");
  if (method === "md5hash")
    return createHash("md5")
      .update(text + secret)
      .digest("hex");
  return createHmac(method, secret).update(text).digest("hex");
}

/** Parameters with the time, a nonce and the signature that Vonage adds. For fakes and tests. */
export function signSms(
  parameters: Parameters,
  secret: string,
  { method = "md5hash", at, nonce = "0b1c2d3e" }: { method?: SignatureMethod; at: number; nonce?: string },
): Parameters {
  const stamped = new Map([...parameters, ["timestamp", String(Math.floor(at / 1_000))], ["nonce", nonce]]);
  return stamped.set("sig", smsSignature(stamped, method, secret));
}

/** The headers with which the Messages API posts this body. For fakes and tests. */
export function signMessages(body: Uint8Array, secret: string, at: number): Readonly<Record<string, string>> {
  const claims = {
    iss: "Vonage",
    iat: Math.floor(at / 1_000),
    jti: "c5ba8f24-1a14-4c10-bfdf-3fbe8ce511b5",
    payload_hash: payloadHash(body),
  };
  return { "content-type": "application/json", authorization: `Bearer ${signedToken(claims, secret)}` };
}

export function payloadHash(body: Uint8Array): string {
  return createHash("sha256").update(body).digest("hex");
}
