import { localDate } from "./local-time.ts";

export type CalendarUnit = "day" | "week" | "month";

/** `from` is in it, `to` is not. Epoch milliseconds. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** The calendar day, week (from Monday) or month in `zone` that holds this moment. A day begins when its first minute does, be that 01:00. */
export function calendarWindow(unit: CalendarUnit, at: number, zone: string): Span {
  const date = localDate(at, zone);
  const first =
    unit === "day" ? date : unit === "week" ? date.subtract({ days: date.dayOfWeek - 1 }) : date.with({ day: 1 });
  const next = first.add(unit === "day" ? { days: 1 } : unit === "week" ? { weeks: 1 } : { months: 1 });
  const startOf = (day: typeof date): number => day.toZonedDateTime({ timeZone: zone }).epochMilliseconds;
  return { from: startOf(first), to: startOf(next) };
}
