import { Temporal } from "temporal-polyfill";
import { DAY_MS, daySpan, localDay, type LocalDay, plainDate } from "./local-days.ts";

/** A time on the wall clock, in minutes since midnight: 0 to 1439, and 1440 for the end of the day. */
export type LocalTime = number;

export const DAY_MINUTES = 1_440;
const MINUTE_MS = 60_000;

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
 * The moment at which the wall clock of `zone` shows `time` on this day, in epoch milliseconds. A time in the gap of a
 * clock change moves later by the length of the gap; of one that comes twice it is the first.
 */
export function momentOf(day: LocalDay, time: LocalTime, zone: string): number {
  if (time === DAY_MINUTES) return daySpan(day + 1, zone).start;
  const { start, length } = daySpan(day, zone);
  if (length === DAY_MS) return start + time * MINUTE_MS;
  const plainTime = Temporal.PlainTime.from({ hour: Math.floor(time / 60), minute: time % 60 });
  return plainDate(day).toZonedDateTime({ timeZone: zone, plainTime }).epochMilliseconds;
}

/** The next moment at which the clock shows `time`; `fromMs` itself when it does so exactly then. */
export function nextLocalTime(time: LocalTime, fromMs: number, zone: string): number {
  for (let day = localDay(fromMs, zone); ; day++) {
    const moment = momentOf(day, time, zone);
    if (moment >= fromMs) return moment;
  }
}
