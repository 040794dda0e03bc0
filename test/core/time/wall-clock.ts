/**
 * An oracle for local times that shares nothing with the code it judges: it reads wall clocks through Intl, one minute
 * after the other, and knows no arithmetic of zones but that.
 */

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

const formats = new Map<string, Intl.DateTimeFormat>();

/** What the wall clock shows, as if it were UTC: epoch milliseconds of its face. */
export function faceAt(moment: number, zone: string): number {
  const format =
    formats.get(zone) ??
    new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
  formats.set(zone, format);
  const part = Object.fromEntries(format.formatToParts(moment).map(({ type, value }) => [type, Number(value)]));
  return (
    Date.UTC(part["year"] ?? 0, (part["month"] ?? 1) - 1, part["day"], part["hour"], part["minute"], part["second"]) +
    (moment % 1_000)
  );
}

/** The moment at which the clock of `zone` first shows this face; in a gap, the moment as long after the gap's start. */
export function momentOfFace(face: number, zone: string): number {
  // No zone is farther from UTC than 14 hours, and offsets are whole quarter hours in this century.
  for (let moment = face - 15 * HOUR; moment <= face + 15 * HOUR; moment += 15 * MINUTE) {
    if (faceAt(moment, zone) === face) return moment;
  }
  const before = faceAt(face - 26 * HOUR, zone) - (face - 26 * HOUR);
  return face - before;
}

/** Zones with clock changes of an hour and of half an hour, on both hemispheres, at midnight, and none at all. */
export const ZONES = [
  "America/New_York",
  "America/St_Johns",
  "America/Phoenix",
  "America/Santiago",
  "Europe/Berlin",
  "Europe/Dublin",
  "Africa/Cairo",
  "Asia/Beirut",
  "Asia/Kolkata",
  "Asia/Kathmandu",
  "Australia/Lord_Howe",
  "Australia/Sydney",
  "Pacific/Chatham",
  "Pacific/Kiritimati",
  "UTC",
] as const;

/** Days of 2026 around which clocks change somewhere in the zones above. */
export const CHANGES = [
  "2026-03-08",
  "2026-03-29",
  "2026-04-05",
  "2026-04-24",
  "2026-09-06",
  "2026-09-27",
  "2026-10-04",
  "2026-10-25",
  "2026-10-29",
  "2026-11-01",
].map((day) => Date.parse(`${day}T00:00:00Z`));
