import type { Duration } from "../../core/model/rulebook.ts";
import { nominalMs } from "../../core/time/duration.ts";
import { instantOf } from "../instant-of.ts";
import { parseDuration } from "../parse-duration.ts";
import type { Literal } from "./literal.ts";

/** A moment on the calendar, or so long before now; null is now itself. */
type Moment =
  | { readonly kind: "fixed"; readonly ms: number }
  | { readonly kind: "ago"; readonly duration: Duration | null };

interface Bound {
  readonly at: Moment;
  /** Whether the moment itself is included. */
  readonly closed: boolean;
}

interface Bounds {
  readonly lower: readonly Bound[];
  readonly upper: readonly Bound[];
}

const now: Moment = { kind: "ago", duration: null };

/** How far `n` calendar days can be from `n` times 24 hours: more than any zone has ever moved its clock. */
const calendarSlackMs = 72 * 3_600_000;

/** False only when no moment meets all the time tests among the literals, whenever and in whatever zone they are asked. */
export function someInstantMeets(literals: readonly Literal[]): boolean {
  // What is not within some time is later than now, which suits all of them, or earlier than each began.
  const spans = literals.filter(({ operator, holds }) => operator === "within" && !holds);
  const others = literals.filter((literal) => !spans.includes(literal)).map(boundsOf);
  const later: Bounds = { lower: spans.map(() => ({ at: now, closed: false })), upper: [] };
  const earlier: Bounds = { lower: [], upper: spans.flatMap((span) => agoBound(span, false)) };
  return isOpen([...others, later]) || isOpen([...others, earlier]);
}

/** The moments at which the answer to some time test changes, in epoch milliseconds, for a given now. */
export function turningPoints(literals: readonly Literal[], nowMs: number): readonly number[] {
  const moments = literals.flatMap((literal) => {
    const { lower, upper } = boundsOf(literal);
    return [...lower, ...upper].map(({ at }) => at);
  });
  return moments.map((at) => {
    if (at.kind === "fixed") return at.ms;
    return at.duration === null ? nowMs : nowMs - nominalMs(at.duration);
  });
}

function boundsOf(literal: Literal): Bounds {
  const { operator, operand, holds } = literal;
  if (operator === "within") return { lower: agoBound(literal, true), upper: [{ at: now, closed: true }] };
  const at = operator === "before" || operator === "after" ? momentOf(operand) : null;
  if (at === null) return { lower: [], upper: [] };
  const bound = [{ at, closed: !holds }];
  return (operator === "before") === holds ? { lower: [], upper: bound } : { lower: bound, upper: [] };
}

function agoBound({ operand }: Literal, closed: boolean): readonly Bound[] {
  const duration = typeof operand === "string" ? parseDuration(operand) : null;
  return duration === null ? [] : [{ at: { kind: "ago", duration }, closed }];
}

function momentOf(operand: Literal["operand"]): Moment | null {
  if (operand === "now") return now;
  const ms = typeof operand === "string" ? instantOf(operand) : null;
  return ms === null ? null : { kind: "fixed", ms };
}

function isOpen(all: readonly Bounds[]): boolean {
  const lower = all.flatMap((bounds) => bounds.lower);
  const upper = all.flatMap((bounds) => bounds.upper);
  return !lower.some((low) => upper.some((high) => excludes(low, high)));
}

/** Whether nothing lies between the two for sure. */
function excludes(low: Bound, high: Bound): boolean {
  if (!isNeverBefore(low.at, high.at)) return false;
  return !low.closed || !high.closed || !isNeverAfter(low.at, high.at);
}

function isNeverAfter(a: Moment, b: Moment): boolean {
  return isNeverBefore(b, a);
}

/** Whether one moment is surely the same as another, or later. */
function isNeverBefore(a: Moment, b: Moment): boolean {
  if (a.kind === "fixed") return b.kind === "fixed" && a.ms >= b.ms;
  return b.kind === "ago" && isNeverLonger(a.duration, b.duration);
}

/** Whether a span before now is surely not longer than another, whatever the calendar. */
export function isNeverLonger(a: Duration | null, b: Duration | null): boolean {
  if (a === null) return true;
  if (b === null) return false;
  const [lengthA, lengthB] = [nominalMs(a), nominalMs(b)];
  const slack = isCalendar(a) === isCalendar(b) ? 0 : calendarSlackMs;
  return lengthA + slack <= lengthB;
}

function isCalendar({ unit }: Duration): boolean {
  return unit === "d" || unit === "w";
}
