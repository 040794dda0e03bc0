import { PHONE_PREFIXES } from "./phone-prefixes.ts";

let byPrefix: ReadonlyMap<string, readonly string[]> | null = null;

/**
 * The IANA zones that a number in E.164 form may be in: one or several, because an area code may lie in two zones and
 * a mobile number anywhere in its country. Empty when the number is of no place (toll-free) or of none we know.
 */
export function zonesOfPhone(phone: string): readonly string[] {
  byPrefix ??= indexed();
  const digits = phone.replace(/^\+/, "");
  for (let length = Math.min(digits.length, LONGEST); length > 0; length--) {
    const zones = byPrefix.get(digits.slice(0, length));
    if (zones !== undefined) return zones;
  }
  return [];
}

const LONGEST = 9;

function indexed(): ReadonlyMap<string, readonly string[]> {
  const map = new Map<string, readonly string[]>();
  for (const [names, prefixes] of Object.entries(PHONE_PREFIXES)) {
    const zones = names.split(" ");
    for (const prefix of prefixes.split(" ")) map.set(prefix, zones);
  }
  return map;
}
