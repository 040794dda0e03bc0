import { PHONE_PREFIXES } from "./phone-prefixes.ts";

let byPrefix: Prefixes | null = null;

/**
 * The IANA zones that a number in E.164 form may be in: one or several, because an area code may lie in two zones and
 * a mobile number anywhere in its country. Empty when the number is of no place (toll-free) or of none we know.
 */
export function zonesOfPhone(phone: string): readonly string[] {
  byPrefix ??= indexed();
  let zones: readonly string[] = [];
  let prefix = 0;
  for (let index = phone.startsWith("+") ? 1 : 0; index < phone.length; index++) {
    const digit = phone.charCodeAt(index) - ZERO;
    prefix = prefix * 10 + digit;
    // What is no number has no place, and no prefix begins with a zero.
    if (digit < 0 || digit > 9 || prefix === 0 || prefix > byPrefix.longest) break;
    zones = byPrefix.zones.get(prefix) ?? zones;
  }
  return zones;
}

const ZERO = 48;

interface Prefixes {
  readonly zones: ReadonlyMap<number, readonly string[]>;
  readonly longest: number;
}

function indexed(): Prefixes {
  const zones = new Map<number, readonly string[]>();
  for (const [names, prefixes] of Object.entries(PHONE_PREFIXES)) {
    const all = names.split(" ");
    for (const prefix of prefixes.split(" ")) zones.set(Number(prefix), all);
  }
  return { zones, longest: Math.max(...zones.keys()) };
}
