import { DAY_MS, type LocalDay, localDay } from "./local-days.ts";
import { DAY_MINUTES, type LocalTime, momentOf } from "./local-time.ts";

export type Weekday = "mon" | "tue" | "wed" | "thu" | "fri" | "sat" | "sun";

export const WEEKDAYS: readonly Weekday[] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/**
 * Hours that open on these days at `from` and close at `to`, on the next day when `to` is not later than `from`. The
 * minute `from` is open, the minute `to` is not. When both are the same, nothing is ever open.
 */
export interface WeeklyHours {
  readonly days: readonly Weekday[];
  readonly from: LocalTime;
  readonly to: LocalTime;
}

/** Quiet from one time of day to another, every day; never, when both are the same. */
export interface QuietHours {
  readonly from: LocalTime;
  readonly to: LocalTime;
}

/** Hours that must be open in every one of these zones at once. */
export interface Opening {
  readonly hours: WeeklyHours;
  readonly zones: readonly string[];
}

/** Two weeks and a day: whatever does not open within two of its weeks opens never, clock changes aside. */
const SEARCH_MS = 15 * DAY_MS;

/** Whether everything is open now. */
export function isOpen(openings: readonly Opening[], now: number): boolean {
  return nextOpen(openings, now) === now;
}

/**
 * The first moment from `now` on at which everything is open, in epoch milliseconds: `now` itself when it is. Null when
 * there is none within two weeks: the hours of some zones, or a window and quiet hours, may never meet.
 */
export function nextOpen(openings: readonly Opening[], now: number): number | null {
  const pairs = openings.flatMap(({ hours, zones }) => zones.map((zone) => ({ hours, zone })));
  let moment = now;
  for (;;) {
    let latest = moment;
    for (const { hours, zone } of pairs) {
      const open = nextOpenIn(hours, zone, latest);
      if (open === null) return null;
      latest = open;
    }
    if (latest === moment) return moment;
    if (latest > now + SEARCH_MS) return null;
    moment = latest;
  }
}

/** The hours that quiet hours leave, or null when they are never quiet. */
export function hoursAround({ from, to }: QuietHours): WeeklyHours | null {
  return from === to ? null : { days: WEEKDAYS, from: to, to: from };
}

/** For the checker: hours on no day, or of no length. */
export function windowNeverOpens({ days, from, to }: WeeklyHours): boolean {
  return days.length === 0 || from === to;
}

/** For the checker: whether quiet hours in the same zone leave nothing of these hours, on any day. */
export function windowNeverMeetsQuietHours(hours: WeeklyHours, quiet: QuietHours): boolean {
  const around = hoursAround(quiet);
  if (around === null || windowNeverOpens(hours)) return false;
  const allowed = spans(around);
  return !spans(hours).some(([from, to]) => allowed.some(([start, end]) => from < end && start < to));
}

/** A time at which hours are closed, on a wall clock that never changes. */
export interface Closure {
  /** Minutes since Monday 00:00 at which it begins. */
  readonly from: number;
  readonly minutes: number;
}

const WEEK_MINUTES = 7 * DAY_MINUTES;

/** For the checker: the longest time in the week at which not all of these hours are open. Null when they never are. */
export function longestClosure(all: readonly WeeklyHours[]): Closure | null {
  const opened = new Uint8Array(WEEK_MINUTES);
  for (const hours of all) openMinutes(hours, opened);
  const first = opened.indexOf(all.length);
  if (first < 0) return null;
  let longest: Closure = { from: first, minutes: 0 };
  let length = 0;
  // From an open minute once around, so that no closure is cut in two.
  for (let step = 1; step <= WEEK_MINUTES; step++) {
    const minute = (first + step) % WEEK_MINUTES;
    length = opened[minute] === all.length ? 0 : length + 1;
    const from = (minute - length + 1 + WEEK_MINUTES) % WEEK_MINUTES;
    if (length > longest.minutes) longest = { from, minutes: length };
  }
  return longest;
}

/** Adds one to every minute of the week that is open. */
function openMinutes({ days, from, to }: WeeklyHours, counts: Uint8Array): void {
  const length = from === to ? 0 : to > from ? to - from : to - from + DAY_MINUTES;
  for (const day of days) {
    const start = WEEKDAYS.indexOf(day) * DAY_MINUTES + from;
    for (let at = start; at < start + length; at++) counts[at % WEEK_MINUTES] = (counts[at % WEEK_MINUTES] ?? 0) + 1;
  }
}

/** The minutes of one day that hours cover: two spans when they cross midnight. */
function spans({ from, to }: WeeklyHours): readonly (readonly [LocalTime, LocalTime])[] {
  if (from < to) return [[from, to]];
  return [
    [from, DAY_MINUTES],
    [0, to],
  ];
}

function nextOpenIn({ days, from, to }: WeeklyHours, zone: string, at: number): number | null {
  if (from === to) return null;
  // Yesterday's hours may reach into today. A clock change may swallow a day's hours, so we look at two weeks.
  const yesterday = localDay(at, zone) - 1;
  for (let day = yesterday; day <= yesterday + 15; day++) {
    if (!days.includes(weekdayOf(day))) continue;
    const opens = momentOf(day, from, zone);
    const closes = momentOf(to > from ? day : day + 1, to, zone);
    if (at < closes && opens < closes) return Math.max(at, opens);
  }
  return null;
}

export function weekdayOf(day: LocalDay): Weekday {
  // 1970-01-01 was a Thursday.
  return WEEKDAYS[(((day + 3) % 7) + 7) % 7] ?? "mon";
}
