import { isSupportedCountry, parsePhoneNumberFromString } from "libphonenumber-js";

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
