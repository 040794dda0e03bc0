import type { Duration } from "../core/model/rulebook.ts";
import { addDuration, nominalMs } from "../core/time/duration.ts";
import { localDay } from "../core/time/local-days.ts";
import { DAY_MINUTES, type LocalTime, momentOf, nextLocalTime, parseLocalTime } from "../core/time/local-time.ts";
import { type Weekday, weekdayOf, WEEKDAYS } from "../core/time/weekly-window.ts";

/** A moment as a test writes it: `2d 15m` after the start, or the `next mon 09:15` after it on the contact's clock. */
export type Moment =
  | { readonly kind: "after"; readonly parts: readonly Duration[] }
  | { readonly kind: "next"; readonly day: Weekday | null; readonly time: LocalTime };

/** `15m..18m` or `next 09:15..09:20`, both ends included; one moment is a window of no length. */
export type MomentWindow =
  | { readonly kind: "between"; readonly from: Moment; readonly to: Moment }
  | { readonly kind: "until"; readonly from: Moment; readonly to: LocalTime };

/** Epoch milliseconds, both included. */
export interface MomentSpan {
  readonly from: number;
  readonly to: number;
}

/** Null when the text is no moment. The schema of tests has the same form as a pattern, for editors. */
export function parseMoment(text: string): Moment | null {
  const next = /^next (?:([a-z]{3}) )?(\d\d:\d\d)$/.exec(text);
  if (next !== null) {
    const day = WEEKDAYS.find((name) => name === next[1]) ?? null;
    const time = parseLocalTime(next[2] ?? "");
    return time === null || (next[1] !== undefined && day === null) ? null : { kind: "next", day, time };
  }
  const parts = text.split(/(?<=[smhdw]) ?/).map(parsePart);
  return parts.every((part) => part !== null) && parts.length > 0 ? { kind: "after", parts } : null;
}

function parsePart(text: string): Duration | null {
  const match = /^(\d{1,6})([smhdw])$/.exec(text);
  const unit = (["s", "m", "h", "d", "w"] as const).find((name) => name === match?.[2]);
  return match === null || unit === undefined ? null : { count: Number(match[1]), unit };
}

export function parseWindow(text: string): MomentWindow | null {
  const [first = "", second, ...rest] = text.split("..");
  const from = parseMoment(first);
  if (from === null || rest.length > 0) return null;
  if (second === undefined) return { kind: "between", from, to: from };
  if (from.kind === "after") {
    const to = parseMoment(second);
    return to?.kind === "after" ? { kind: "between", from, to } : null;
  }
  const to = parseLocalTime(second);
  return to === null ? null : { kind: "until", from, to };
}

/** Epoch milliseconds. Calendar days are counted before hours, in `zone`; `next` is always later than the start. */
export function resolveMoment(moment: Moment, startMs: number, zone: string): number {
  if (moment.kind === "after") {
    const calendar = moment.parts.filter(isCalendar);
    const exact = moment.parts.filter((part) => !isCalendar(part));
    return [...calendar, ...exact].reduce((at, part) => addDuration(at, part, zone), startMs);
  }
  for (let day = localDay(startMs, zone); ; day++) {
    const at = momentOf(day, moment.time, zone);
    if (at > startMs && (moment.day === null || weekdayOf(day) === moment.day)) return at;
  }
}

export function resolveWindow(window: MomentWindow, startMs: number, zone: string): MomentSpan {
  const from = resolveMoment(window.from, startMs, zone);
  if (window.kind === "until") return { from, to: nextLocalTime(window.to, from, zone) };
  return { from, to: resolveMoment(window.to, startMs, zone) };
}

/** A window over midnight that is longer than this was meant the other way round: `next 09:15..09:10`. */
const longestNight = 18 * 60;

/** Whether the end of a window is before its beginning. */
export function isReversed(window: MomentWindow): boolean {
  if (window.kind === "until") {
    const length = window.from.kind === "next" ? window.to - window.from.time : 0;
    return length < 0 && length + DAY_MINUTES > longestNight;
  }
  if (window.from.kind === "next" || window.to.kind === "next") return false;
  return lengthOf(window.to.parts) < lengthOf(window.from.parts);
}

function lengthOf(parts: readonly Duration[]): number {
  return parts.reduce((sum, part) => sum + nominalMs(part), 0);
}

function isCalendar({ unit }: Duration): boolean {
  return unit === "d" || unit === "w";
}
