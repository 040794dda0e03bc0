import { generateKeyPairSync, sign } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { textToSign } from "./sns.ts";

/** Amazon's are longer; a thousand messages at once must not keep a fake from hearing the answers. */
const modulusLength = 1_024;

/** A key pair in the place of Amazon's: `certificate` is what is fetched, which may be a certificate or a bare key. */
export function createSnsKeys(): { readonly certificate: string; readonly privateKey: KeyObject } {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength });
  return { certificate: publicKey.export({ format: "pem", type: "spki" }).toString(), privateKey };
}

/** A message of SNS with its signature, as the text of a body. For fakes and tests. */
export function signSns(fields: Readonly<Record<string, string>>, privateKey: KeyObject): string {
  const algorithm = fields["SignatureVersion"] === "1" ? "sha1" : "sha256";
  const text = textToSign(new Map(Object.entries(fields)));
  const signature = sign(algorithm, Buffer.from(text, "utf8"), privateKey).toString("base64");
  return JSON.stringify({ Signature: signature, ...fields });
}
