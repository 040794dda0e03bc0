import { Temporal } from "temporal-polyfill";

/** A time on the wall clock, in minutes since midnight: 0 to 1439, and 1440 for the end of the day. */
export type LocalTime = number;

export const DAY_MINUTES = 1_440;

/** Minutes since midnight of `09:15` or `24:00`, or null when the text is no such time. */
export function parseLocalTime(text: string): LocalTime | null {
  const match = /^(\d\d):(\d\d)$/.exec(text);
  if (match === null) return null;
  const [hour, minute] = [Number(match[1]), Number(match[2])];
  const time = hour * 60 + minute;
  return minute < 60 && time <= DAY_MINUTES ? time : null;
}

export function formatLocalTime(time: LocalTime): string {
  const two = (n: number): string => String(n).padStart(2, "0");
  return `${two(Math.floor(time / 60))}:${two(time % 60)}`;
}

/**
 * The moment at which the wall clock of `zone` shows `time` on `date`, in epoch milliseconds. A time in the gap of a
 * clock change moves later by the length of the gap; of one that comes twice it is the first.
 */
export function momentOf(date: Temporal.PlainDate, time: LocalTime, zone: string): number {
  const day = time < DAY_MINUTES ? date : date.add({ days: 1 });
  const clock = Temporal.PlainTime.from({ hour: Math.floor(time / 60) % 24, minute: time % 60 });
  return day.toZonedDateTime({ timeZone: zone, plainTime: clock }).epochMilliseconds;
}

/** The date on the calendar of `zone` at this moment. */
export function localDate(atMs: number, zone: string): Temporal.PlainDate {
  return Temporal.Instant.fromEpochMilliseconds(atMs).toZonedDateTimeISO(zone).toPlainDate();
}

/** The next moment at which the clock shows `time`; `fromMs` itself when it does so exactly then. */
export function nextLocalTime(time: LocalTime, fromMs: number, zone: string): number {
  let date = localDate(fromMs, zone);
  for (;;) {
    const moment = momentOf(date, time, zone);
    if (moment >= fromMs) return moment;
    date = date.add({ days: 1 });
  }
}
