import { type Hmac, hmacOf } from "../secret.ts";

export const signatureHeader = "x-hubspot-signature-v3";
export const timestampHeader = "x-hubspot-request-timestamp";
export const signatureKind: Hmac = { algorithm: "sha256", encoding: "base64" };

/** The headers with which HubSpot posts these bytes to `url`, as configured; `timestamp` is epoch milliseconds. For fakes and tests. */
export function signHubSpot(
  url: string,
  body: Uint8Array | string,
  timestamp: number | string,
  clientSecret: string,
): Readonly<Record<string, string>> {
  return {
    "content-type": "application/json",
    [signatureHeader]: hmacOf(signatureKind, clientSecret, ["POST", url, body, String(timestamp)]),
    [timestampHeader]: String(timestamp),
  };
}
