import { isSupportedCountry, parsePhoneNumberFromString } from "libphonenumber-js";
import { isPushToken, normalizeEmail } from "../core/model/address.ts";
import type { AddressKind } from "../core/model/identity.ts";

/**
 * A phone number in E.164, read with the workspace's country where it has no prefix. Null when it is impossible, as too
 * short or too long a number is; a number that is merely not assigned to anybody passes, because numbering plans grow
 * faster than libraries. Short codes are no addresses of people, and the library would make a wrong number of them.
 */
export function normalizePhone(text: string, country: string): string | null {
  const trimmed = text.trim();
  if (/^\d{3,6}$/.test(trimmed) || trimmed.length > 40 || !isSupportedCountry(country)) return null;
  const phone = parsePhoneNumberFromString(trimmed, { defaultCountry: country, extract: false });
  return phone?.isPossible() === true ? phone.number : null;
}

/** An address in its one form, by which it is known everywhere; null when it is none of its kind. */
export function normalizeAddress(kind: AddressKind, text: string, country: string): string | null {
  if (kind === "email") return normalizeEmail(text);
  if (kind === "phone") return normalizePhone(text, country);
  return isPushToken(text.trim()) ? text.trim() : null;
}

/** What it must be, by its kind, for faults. */
export const ADDRESS_FORMS: Readonly<Record<AddressKind, string>> = {
  email: "must be an email address",
  phone: "must be a possible phone number",
  push: "must be the token of a device",
};
