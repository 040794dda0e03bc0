import { Temporal } from "temporal-polyfill";

/**
 * Epoch milliseconds of an RFC 3339 time, or null when the text is not one (a local time without a zone is not).
 * Written out because every decision reads several times, and Temporal takes two hundred times as long for the same.
 */
export function parseInstant(text: string): number | null {
  if (!hasMarks(text)) return null;
  const [year, month, day] = [digits(text, 0, 4), digits(text, 5, 7), digits(text, 8, 10)];
  const [hour, minute, second] = [digits(text, 11, 13), digits(text, 14, 16), digits(text, 17, 19)];
  const isDate = year >= 0 && month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month);
  // What is no number is NaN, of which no comparison holds.
  if (!isDate || !(hour <= 23 && minute <= 59 && second <= 60)) return null;
  const zoneAt = endOfFraction(text);
  const offset = offsetAt(text, zoneAt);
  if (offset === null) return null;
  const ms = zoneAt === 19 ? 0 : Number(text.slice(20, Math.min(zoneAt, 23)).padEnd(3, "0"));
  // A leap second is the last one of its minute, as in POSIX time.
  const s = Math.min(second, 59);
  return (((daysFromEpoch(year, month, day) * 24 + hour) * 60 + minute - offset) * 60 + s) * 1_000 + ms;
}

/** Whether date and time of day are set apart as RFC 3339 wants it. */
function hasMarks(text: string): boolean {
  const between = text[10];
  const isTime = text[13] === ":" && text[16] === ":";
  return isTime && text[4] === "-" && text[7] === "-" && (between === "T" || between === "t" || between === " ");
}

/** The number that these characters write; NaN when one of them is no digit. */
function digits(text: string, from: number, to: number): number {
  let number = 0;
  for (let index = from; index < to; index++) {
    if (!isDigit(text, index)) return Number.NaN;
    number = number * 10 + text.charCodeAt(index) - ZERO;
  }
  return number;
}

const ZERO = 48;
const MOST_FRACTION_DIGITS = 9;

/** Behind the end of the text there is none. */
function isDigit(text: string, index: number): boolean {
  const code = text.charCodeAt(index);
  return code >= ZERO && code <= ZERO + 9;
}

/** Where the fraction of the second ends, and the zone begins; the same place when there is none, or no possible one. */
function endOfFraction(text: string): number {
  if (text[19] !== "." && text[19] !== ",") return 19;
  let end = 20;
  while (isDigit(text, end)) end += 1;
  return end === 20 || end > 20 + MOST_FRACTION_DIGITS ? 19 : end;
}

/** Minutes east of UTC, as the text says from there to its end; null when that is no zone. */
function offsetAt(text: string, index: number): number | null {
  const sign = text[index];
  if (sign === "Z" || sign === "z") return text.length === index + 1 ? 0 : null;
  if (sign !== "+" && sign !== "-") return null;
  const minutesAt = text[index + 3] === ":" ? index + 4 : index + 3;
  const [hours, minutes] = [digits(text, index + 1, index + 3), digits(text, minutesAt, minutesAt + 2)];
  if (text.length !== minutesAt + 2 || !(hours <= 23 && minutes <= 59)) return null;
  return (sign === "-" ? -1 : 1) * (hours * 60 + minutes);
}

export function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Days since 1970-01-01 in the Gregorian calendar, counting years from March so that the leap day comes last. */
function daysFromEpoch(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  return (
    era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468
  );
}

/** RFC 3339 in UTC, with milliseconds where there are any. Written out like its counterpart, for the same reason. */
export function formatInstant(epochMs: number): string {
  const ms = Math.floor(epochMs);
  // What years of four digits cannot say.
  if (!(ms >= EARLIEST && ms <= LATEST)) return Temporal.Instant.fromEpochMilliseconds(ms).toString();
  const days = Math.floor(ms / DAY_MS);
  const [year, month, day] = dateOfDay(days);
  const rest = ms - days * DAY_MS;
  const [hour, minute] = [Math.floor(rest / 3_600_000), Math.floor(rest / 60_000) % 60];
  const [second, fraction] = [Math.floor(rest / 1_000) % 60, rest % 1_000];
  const digits = fraction === 0 ? "" : `.${String(fraction).padStart(3, "0").replace(/0+$/, "")}`;
  return `${String(year).padStart(4, "0")}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}:${two(second)}${digits}Z`;
}

const DAY_MS = 86_400_000;
/** 0000-01-01T00:00:00Z and 9999-12-31T23:59:59.999Z. */
const [EARLIEST, LATEST] = [-62_167_219_200_000, 253_402_300_799_999];

function two(number: number): string {
  return number < 10 ? `0${number}` : String(number);
}

/** The date, in the Gregorian calendar, so many days after 1970-01-01. */
export function dateOfDay(days: number): readonly [year: number, month: number, day: number] {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1_460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const fromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return [year, month, dayOfYear - Math.floor((153 * fromMarch + 2) / 5) + 1];
}

/** Names that were asked about, because every decision asks and Temporal takes its time. Bounded, as names come from outside. */
const zoneNames = new Map<string, boolean>();
const MOST_ZONE_NAMES = 1_000;

/** Whether the runtime's time zone data knows this IANA name. */
export function isTimeZone(name: string): boolean {
  const known = zoneNames.get(name);
  if (known !== undefined) return known;
  if (zoneNames.size >= MOST_ZONE_NAMES) zoneNames.clear();
  const found = isKnownToTemporal(name);
  zoneNames.set(name, found);
  return found;
}

function isKnownToTemporal(name: string): boolean {
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name);
    // Offsets such as "+05:30" are accepted by Temporal but are no zone: they know no clock changes.
    return !/^[+-]/.test(name);
  } catch {
    return false;
  }
}
