import type { CalendarUnit } from "../model/rulebook.ts";
import { dateOfDay, daysInMonth } from "./instant.ts";
import { daySpan, type LocalDay, localDay } from "./local-days.ts";

/** `from` is in it, `to` is not. Epoch milliseconds. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** The calendar day, week (from Monday) or month in `zone` that holds this moment. A day begins when its first minute does, be that 01:00. */
export function calendarWindow(unit: CalendarUnit, at: number, zone: string): Span {
  const day = localDay(at, zone);
  if (unit === "day") return { from: daySpan(day, zone).start, to: daySpan(day + 1, zone).start };
  const [first, next] = unit === "week" ? weekOf(day) : monthOf(day);
  return { from: daySpan(first, zone).start, to: daySpan(next, zone).start };
}

type Days = readonly [first: LocalDay, next: LocalDay];

function weekOf(day: LocalDay): Days {
  // 1970-01-01 was a Thursday.
  const monday = day - ((((day + 3) % 7) + 7) % 7);
  return [monday, monday + 7];
}

function monthOf(day: LocalDay): Days {
  const [year, month, dayOfMonth] = dateOfDay(day);
  const first = day - dayOfMonth + 1;
  return [first, first + daysInMonth(year, month)];
}
