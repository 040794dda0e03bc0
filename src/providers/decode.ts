import type { Json } from "../core/model/json.ts";

const decoder = new TextDecoder();

/**
 * The text of a body. Bytes that are not UTF-8 become U+FFFD instead of failing the request: one broken user agent in
 * a batch must not make a vendor resend all of it for a day. Identities with that character are refused (`readId`).
 */
export function decodeText(body: Uint8Array): string {
  return decoder.decode(body);
}

/**
 * An id as text: 1 to `max` characters without control characters and without what invalid UTF-8 decodes to. Whole
 * numbers are taken as their digits, because some vendors number their users. Null for everything else.
 */
export function readId(value: Json | undefined, max: number): string | null {
  const text = typeof value === "number" && Number.isSafeInteger(value) ? String(value) : value;
  if (typeof text !== "string" || text === "" || text.length > max) return null;
  return /[\p{Cc}\uFFFD]/u.test(text) ? null : text;
}
