import { addDuration } from "../core/time/duration.ts";
import { DAY_MS } from "../core/time/local-days.ts";

/**
 * Time since the start of a case, as `at` of a test reads it: `+15m`, `+9m 30s`, `+2d 15m`. Days are those of the
 * calendar in `zone`, so that what is printed can be written as it is, across a change of the clocks, too.
 */
export function elapsed(atMs: number, startMs: number, zone: string): string {
  const days = daysBetween(startMs, atMs, zone);
  const parts: string[] = days > 0 ? [`${days}d`] : [];
  let rest = Math.floor((atMs - addDuration(startMs, { count: days, unit: "d" }, zone)) / 1_000);
  for (const [unit, seconds] of [
    ["h", 3_600],
    ["m", 60],
  ] as const) {
    const count = Math.floor(rest / seconds);
    if (count > 0) parts.push(`${count}${unit}`);
    rest -= count * seconds;
  }
  if (rest > 0 || parts.length === 0) parts.push(`${rest}s`);
  return `+${parts.join(" ")}`;
}

/** Whole days of the calendar. A day is 23 to 25 hours long, so the nominal number is wrong by one at most. */
function daysBetween(fromMs: number, toMs: number, zone: string): number {
  const most = Math.floor((toMs - fromMs) / DAY_MS) + 1;
  const fits = [most, most - 1].find(
    (days) => days > 0 && addDuration(fromMs, { count: days, unit: "d" }, zone) <= toMs,
  );
  return fits ?? Math.max(0, most - 2);
}

/** On the clock of a zone: `Fri 6 Mar 14:15`, with seconds when there are any, or always where lines stand below each other. */
export function clockTime(atMs: number, zone: string, withSeconds: "if any" | "always" = "if any"): string {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    weekday: "short",
    day: "numeric",
    month: "short",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
  });
  const parts = new Map(format.formatToParts(atMs).map(({ type, value }) => [type, value]));
  const part = (type: Intl.DateTimeFormatPartTypes): string => parts.get(type) ?? "";
  const seconds = withSeconds === "if any" && part("second") === "00" ? "" : `:${part("second")}`;
  return `${part("weekday")} ${part("day")} ${part("month")} ${part("hour")}:${part("minute")}${seconds}`;
}
