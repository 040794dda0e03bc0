import type { CalendarUnit } from "../model/rulebook.ts";
import { dayOf, daySpan, localDay, plainDate } from "./local-days.ts";

/** `from` is in it, `to` is not. Epoch milliseconds. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** The calendar day, week (from Monday) or month in `zone` that holds this moment. A day begins when its first minute does, be that 01:00. */
export function calendarWindow(unit: CalendarUnit, at: number, zone: string): Span {
  const day = localDay(at, zone);
  if (unit === "day") return { from: daySpan(day, zone).start, to: daySpan(day + 1, zone).start };
  const date = plainDate(day);
  const first = unit === "week" ? date.subtract({ days: date.dayOfWeek - 1 }) : date.with({ day: 1 });
  const next = first.add(unit === "week" ? { weeks: 1 } : { months: 1 });
  return { from: daySpan(dayOf(first), zone).start, to: daySpan(dayOf(next), zone).start };
}
