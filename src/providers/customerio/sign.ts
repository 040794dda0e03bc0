import { type Hmac, hmacOf } from "../secret.ts";

export const signatureHeader = "x-cio-signature";
export const timestampHeader = "x-cio-timestamp";
export const signatureKind: Hmac = { algorithm: "sha256", encoding: "hex" };

/** What stands before the body in the signed text. */
export function signedText(timestamp: number | string): string {
  return `v0:${timestamp}:`;
}

/** The headers with which Customer.io sends these bytes; `timestamp` is epoch seconds. For fakes and tests. */
export function signCustomerIo(
  body: Uint8Array | string,
  timestamp: number | string,
  signingKey: string,
): Readonly<Record<string, string>> {
  return {
    "content-type": "application/json",
    [signatureHeader]: hmacOf(signatureKind, signingKey, [signedText(timestamp), body]),
    [timestampHeader]: String(timestamp),
  };
}
