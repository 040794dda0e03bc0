import { drawsOf } from "./draws.ts";

/** Somebody who lives through the month. */
export interface Person {
  /** From 0. */
  readonly number: number;
  readonly id: string;
  readonly firstName: string | null;
  readonly email: string;
  readonly phone: string;
  readonly zone: string;
  readonly language: string;
  readonly plan: "free" | "pro" | "team";
  readonly consents: { readonly sms: boolean; readonly email: "granted" | "denied" | "unsaid" };
  /** Mail to it comes back. */
  readonly deadMailbox: boolean;
  /** Their company's mail server opens and clicks everything before they do. */
  readonly scanned: boolean;
  /** How likely they do what most people may do, from 0 to 1. */
  readonly eager: number;
}

interface Place {
  readonly zone: string;
  readonly language: string;
  readonly areas: readonly [string, ...string[]];
}

const PLACES: readonly [Place, ...Place[]] = [
  { zone: "America/New_York", language: "en", areas: ["+1212", "+1617", "+1404", "+1305", "+1215"] },
  { zone: "America/New_York", language: "es", areas: ["+1305", "+1786"] },
  { zone: "America/Chicago", language: "en", areas: ["+1312", "+1214", "+1612"] },
  { zone: "America/Denver", language: "en", areas: ["+1303", "+1801"] },
  { zone: "America/Los_Angeles", language: "en", areas: ["+1213", "+1415", "+1206"] },
  { zone: "America/Los_Angeles", language: "es", areas: ["+1213", "+1619"] },
  { zone: "Europe/London", language: "en", areas: ["+44207946"] },
];

const NAMES = ["Ana", "Ben", "Chloe", "Dmitri", "Eve", "Maximiliana", "Zoë", "Ngoc Anh", null, null] as const;

/** The same for the same seed and number, however many there are. */
export function personOf(seed: number, number: number): Person {
  const draws = drawsOf(seed, "person", number);
  const place = draws.pick(PLACES);
  const area = draws.pick(place.areas);
  return {
    number,
    id: `c${number}`,
    firstName: draws.pick(NAMES),
    email: `person-${number}@${draws.pick(["example.com", "example.net", "example.org"])}`,
    phone: phoneOf(area, number),
    zone: place.zone,
    language: place.language,
    plan: draws.pick(["free", "free", "free", "pro", "team"]),
    consents: { sms: draws.chance(0.7), email: draws.pick(["granted", "unsaid", "unsaid", "denied"]) },
    deadMailbox: draws.chance(0.03),
    scanned: draws.chance(0.08),
    eager: draws.fraction(),
  };
}

/** A number that nobody else of the month has: the eight or seven digits behind the area tell which one it is. */
function phoneOf(area: string, number: number): string {
  if (area.startsWith("+44")) return `+4479${String(number % 100_000_000).padStart(8, "0")}`;
  return `${area}${2_000_000 + (number % 7_900_000)}`;
}
