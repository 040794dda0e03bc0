import type { AddressKind } from "./identity.ts";

/** RFC 5321 section 4.5.3.1.3: a path is at most 256 characters including its angle brackets. */
const maxEmailLength = 254;

/**
 * An email address as Heed keeps it: trimmed, in lower case. Null when it cannot be one. Deliberately not a validator
 * of RFC 5322: whether a mailbox exists is for the provider to say, but what is no address at all must not become a key.
 * U+FFFD, which invalid UTF-8 decodes to, is refused, as are spaces and control characters.
 */
export function normalizeEmail(text: string): string | null {
  const email = text.trim().toLowerCase();
  if (email.length > maxEmailLength) return null;
  return /^[^\s@<>()[\],;:\\"\p{Cc}\uFFFD]+@[^\s@<>()[\],;:\\"\p{Cc}\uFFFD]+$/u.test(email) ? email : null;
}

/** ITU-T E.164: a plus sign and at most 15 digits, the first of which is not zero. */
export function isE164(text: string): boolean {
  return /^\+[1-9]\d{6,14}$/.test(text);
}

/** Longer than any push service has made its tokens. */
const maxTokenLength = 1_000;

/** The token of a device: visible characters of ASCII, as every push service makes them. */
export function isPushToken(text: string): boolean {
  return text.length <= maxTokenLength && /^[\x21-\x7e]+$/.test(text);
}

/** Whether it can be an address of this kind at all. */
export function isAddress(kind: AddressKind, text: string): boolean {
  if (kind === "email") return normalizeEmail(text) !== null;
  return kind === "phone" ? isE164(text) : isPushToken(text);
}
