import { isJsonArray, parseJson } from "../../core/model/parse-json.ts";
import { decodeText } from "../decode.ts";
import type { Verification, WebhookRequest } from "../provider.ts";
import { basicOf, verifyHmac, verifyShared } from "../secret.ts";
import { apiCallOf } from "./api.ts";
import { signatureHeader, signatureKind } from "./sign.ts";

/** Each may be a list while it is being rotated. */
export interface SegmentSecrets {
  /** With which the webhook destination signs. */
  readonly shared: readonly string[];
  /** The header that carries a header secret, in lower case. */
  readonly header: string;
  readonly headerSecrets: readonly string[];
  /** Of the HTTP API. */
  readonly writeKeys: readonly string[];
}

/** The HTTP API takes the write key as the user of Basic authentication. A webhook is signed, or carries a header secret. */
export function verifySegment(request: WebhookRequest, secrets: SegmentSecrets): Verification {
  if (apiCallOf(request) !== null) return verifyShared(basicOf(request)?.replace(/:.*$/s, ""), secrets.writeKeys);
  const secret = request.headers[secrets.header];
  if (secrets.headerSecrets.length > 0 && secret !== undefined) return verifyShared(secret, secrets.headerSecrets);
  const raw = verifyHmac(signatureKind, request.headers[signatureHeader], secrets.shared, [request.body]);
  if (raw.ok || raw.reason === "signature_missing") return raw;
  const signed = signedText(request.body);
  if (signed === null) return raw;
  return verifyHmac(signatureKind, request.headers[signatureHeader], secrets.shared, [signed]);
}

/**
 * What Segment signs when it is not the bytes sent: the event as its own serializer writes it. Of a batch it signs the first
 * event alone, so that the others are anybody's: a batch of several is refused, and needs a header secret.
 */
function signedText(body: Uint8Array): string | null {
  const parsed = parseJson(decodeText(body));
  if (!parsed.ok) return null;
  if (!isJsonArray(parsed.value)) return JSON.stringify(parsed.value);
  return parsed.value.length === 1 ? JSON.stringify(parsed.value[0]) : null;
}
