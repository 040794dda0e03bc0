import { Temporal } from "temporal-polyfill";

const RFC_3339 = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?(?:[Zz]|([+-])(\d\d):?(\d\d))$/;

/**
 * Epoch milliseconds of an RFC 3339 time, or null when the text is not one (a local time without a zone is not).
 * Written out because every decision reads several times, and Temporal takes fifty times as long for the same.
 */
export function parseInstant(text: string): number | null {
  const match = RFC_3339.exec(text);
  if (match === null) return null;
  const [, year, month, day, hour, minute, second, fraction = "", sign, zoneHour, zoneMinute] = match;
  const [y, m, d] = [Number(year), Number(month), Number(day)];
  // A leap second is the last one of its minute, as in POSIX time.
  const [h, min, s] = [Number(hour), Number(minute), Math.min(Number(second), 59)];
  if (m < 1 || m > 12 || d < 1 || d > daysInMonth(y, m) || h > 23 || min > 59 || Number(second) > 60) return null;
  const [zh, zm] = [Number(zoneHour ?? 0), Number(zoneMinute ?? 0)];
  if (zh > 23 || zm > 59) return null;
  const offset = (sign === "-" ? -1 : 1) * (zh * 60 + zm);
  const ms = Number(fraction.slice(0, 3).padEnd(3, "0"));
  return (((daysFromEpoch(y, m, d) * 24 + h) * 60 + min - offset) * 60 + s) * 1_000 + ms;
}

function daysInMonth(year: number, month: number): number {
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

/** The inverse of `daysFromEpoch`. */
function dateOfDay(days: number): readonly [year: number, month: number, day: number] {
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
