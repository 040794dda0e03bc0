import { generateKeyPairSync, sign } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { signatureHeader, timestampHeader } from "./verify.ts";

/** A key pair as SendGrid makes one when the signed event webhook is turned on; `publicKey` is the text it shows. */
export function createSendGridKeys(): { readonly publicKey: string; readonly privateKey: KeyObject } {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  return { publicKey: publicKey.export({ format: "der", type: "spki" }).toString("base64"), privateKey };
}

/** The headers with which SendGrid sends these bytes; `timestamp` is epoch seconds. For fakes and tests. */
export function signSendGrid(
  body: Uint8Array | string,
  timestamp: number | string,
  privateKey: KeyObject,
): Readonly<Record<string, string>> {
  const signed = Buffer.concat([Buffer.from(String(timestamp)), Buffer.from(body)]);
  return {
    "content-type": "application/json",
    [signatureHeader]: sign("sha256", signed, privateKey).toString("base64"),
    [timestampHeader]: String(timestamp),
  };
}
