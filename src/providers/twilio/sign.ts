import { createHmac } from "node:crypto";
import { parseForm } from "./form.ts";
import type { Form } from "./form.ts";

export const signatureHeader = "x-twilio-signature";

/**
 * Twilio's signature: base64 of HMAC-SHA1, keyed with the auth token, over the full URL followed by name and value of
 * every parameter in order of name. A repeated parameter counts each distinct value once, in order of value.
 */
export function twilioSignature(authToken: string, url: string, parameters: string): string {
  return createHmac("sha1", authToken).update(url, "utf8").update(parameters, "utf8").digest("base64");
}

/** The part of the signed text that is the same for every spelling of the URL and every token. */
export function signedParameters(form: Form): string {
  let text = "";
  for (const [name, values] of sorted([...form], ([key]) => key)) {
    for (const value of sorted([...new Set(values)], (one) => one)) text += name + value;
  }
  return text;
}

/** By UTF-16 code units, as the SDK's `Array.prototype.sort` does. */
function sorted<T>(items: readonly T[], key: (item: T) => string): readonly T[] {
  return items.toSorted((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
}

/** The headers with which Twilio posts these parameters to `url`, as configured, with its query string. For fakes and tests. */
export function signTwilio(
  url: string,
  parameters: URLSearchParams,
  authToken: string,
): Readonly<Record<string, string>> {
  const form = parseForm(Buffer.from(parameters.toString()));
  return {
    "content-type": "application/x-www-form-urlencoded",
    [signatureHeader]: twilioSignature(authToken, url, signedParameters(form)),
  };
}
