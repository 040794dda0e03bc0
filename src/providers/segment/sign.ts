import { type Hmac, hmacOf } from "../secret.ts";

export const signatureHeader = "x-signature";
export const signatureKind: Hmac = { algorithm: "sha1", encoding: "hex" };

/** The headers with which Segment's webhook destination sends these bytes. For fakes and tests. */
export function signSegment(body: Uint8Array | string, secret: string): Readonly<Record<string, string>> {
  return {
    "content-type": "application/json",
    "user-agent": "Segment.io/1.0",
    [signatureHeader]: hmacOf(signatureKind, secret, [body]),
  };
}

/** The headers with which Segment's server libraries call the HTTP API. For fakes and tests. */
export function segmentApiHeaders(writeKey: string): Readonly<Record<string, string>> {
  const authorization = `Basic ${Buffer.from(`${writeKey}:`).toString("base64")}`;
  return { "content-type": "application/json", authorization };
}
