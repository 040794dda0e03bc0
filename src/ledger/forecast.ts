import { hoursBetween, HOURS_OF_WEEK } from "../core/time/hour-of-week.ts";
import type { RuleFigures } from "./figures.ts";

/** What a plan expects of the messages of the rules that it changes, kept with the release that it was made for. */
export interface Forecast {
  /** Digest of the plan. */
  readonly plan: string;
  readonly rules: readonly ExpectedSends[];
}

export interface ExpectedSends {
  readonly rule: string;
  readonly channel: string;
  /** Messages by the hour of the week, from Monday 0:00 UTC on; null where the plan is of less than a week. */
  readonly week: readonly number[] | null;
  /** Messages a day, and between which bounds the plan has them; null where it could not tell. */
  readonly perDay: { readonly value: number; readonly low: number; readonly high: number } | null;
}

/** A forecast, and what it is measured from. */
export interface StandingForecast extends Forecast {
  /** The release, and when it was made, epoch milliseconds. */
  readonly release: number;
  readonly at: number;
  /** What each of `rules` had sent until then, in their order. */
  readonly before: readonly number[];
}

export type ForecastVerdict = "too early" | "too few" | "unknown" | "within" | "above" | "below" | "over";

export interface ForecastOutcome extends ExpectedSends {
  /** Messages since the release. */
  readonly sent: number;
  /** What the plan has in these hours of the week, or spread evenly where it does not know them; null where it could not tell. */
  readonly expected: number | null;
  /** Messages between which nothing is said, widened for chance and for the hours of day and week. */
  readonly band: { readonly low: number; readonly high: number } | null;
  readonly verdict: ForecastVerdict;
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

export const FORECAST = {
  /** Until then nothing is judged: what waited for the release may come at once. */
  earlyMs: 10 * MINUTE_MS,
  /** Fewer are moved by chance alone. */
  least: 20,
  /** A forecast is about the first days: then other things have changed as well. */
  daysJudged: 7,
} as const;

/** So many standard deviations of a count of independent messages lie on either side. */
const SIGMAS = 4;
/** A plan may tell days and no hours. A busy hour has so much more than its even share; never more than a day has. */
const BUSY_HOUR = 4;
/** One day of the week, and one week, has so much more than another, or so much less. */
const BUSY_DAY = 1.5;
const SLOW_DAY = 0.4;

/** Each rule and channel of a forecast against what the account has since. Pure and monotone: more messages never take an `above` back. */
export function judgeForecast(
  { rules, before, at }: StandingForecast,
  figuresOf: (rule: string) => RuleFigures,
  now: number,
): readonly ForecastOutcome[] {
  return rules.map((expected, index) => {
    const sent = Math.max(0, sentThrough(figuresOf(expected.rule), expected.channel) - (before[index] ?? 0));
    return judgeSends(expected, sent, at, now);
  });
}

export function judgeSends(expected: ExpectedSends, sent: number, from: number, now: number): ForecastOutcome {
  const { perDay } = expected;
  if (perDay === null) return { ...expected, sent, expected: null, band: null, verdict: "unknown" };
  const to = Math.max(from, now);
  const { mean, least, most } =
    expected.week === null ? evenly(perDay, from, to) : byHours(perDay, expected.week, from, to);
  const enough = Math.max(most, FORECAST.least);
  const low = Math.max(0, Math.floor(least - SIGMAS * Math.sqrt(least)));
  const band = { low, high: Math.ceil(enough + SIGMAS * Math.sqrt(enough)) };
  return { ...expected, sent, expected: mean, band, verdict: verdictOf(sent, mean, band, to - from) };
}

function verdictOf(
  sent: number,
  mean: number,
  { low, high }: { readonly low: number; readonly high: number },
  elapsedMs: number,
): ForecastVerdict {
  if (elapsedMs < FORECAST.earlyMs) return "too early";
  if (elapsedMs > FORECAST.daysJudged * DAY_MS) return "over";
  if (sent > high) return "above";
  if (mean < FORECAST.least) return "too few";
  return sent < low ? "below" : "within";
}

type PerDay = NonNullable<ExpectedSends["perDay"]>;

/** What may be expected: about, at the least, at the most. */
interface Reach {
  readonly mean: number;
  readonly least: number;
  readonly most: number;
}

function evenly(perDay: PerDay, from: number, to: number): Reach {
  const days = (to - from) / DAY_MS;
  return {
    mean: perDay.value * days,
    // Of less than a day nobody knows whether its quiet hours were among it.
    least: days < 1 ? 0 : perDay.low * Math.floor(days) * SLOW_DAY,
    most: perDay.high * (days < 1 ? Math.min(1, BUSY_HOUR * days) : days) * BUSY_DAY,
  };
}

/** What happens daily may be some hours early or late: clocks change, and campaigns move. */
const SHIFTED_MS = 2 * 60 * MINUTE_MS;

function byHours(perDay: PerDay, week: readonly number[], from: number, to: number): Reach {
  const between = (start: number, end: number): number =>
    hoursBetween(start, Math.max(start, end)).reduce((sum, hours, hour) => sum + hours * (week[hour] ?? 0), 0);
  const [low, high] = perDay.value === 0 ? [0, 0] : [perDay.low / perDay.value, perDay.high / perDay.value];
  // Where a sample saw nothing, its upper bound is all that is known.
  const unseen = perDay.value === 0 ? (perDay.high * (to - from)) / DAY_MS : 0;
  return {
    mean: between(from, to),
    least: between(from + SHIFTED_MS, to - SHIFTED_MS) * low * SLOW_DAY,
    most: between(from - SHIFTED_MS, to + SHIFTED_MS) * high * BUSY_DAY + unseen,
  };
}

/** All that a rule has ever sent through a channel. */
export function sentThrough({ channels }: Pick<RuleFigures, "channels">, channel: string): number {
  return Object.hasOwn(channels, channel) ? (channels[channel]?.sent ?? 0) : 0;
}

/** The forecast of one rule. */
export function onlyOf(forecast: StandingForecast, rule: string): StandingForecast {
  const kept = forecast.rules.flatMap((expected, index) => (expected.rule === rule ? [index] : []));
  return {
    ...forecast,
    rules: forecast.rules.filter((expected) => expected.rule === rule),
    before: kept.map((index) => forecast.before[index] ?? 0),
  };
}

/** In words, for whoever looks at the pause: what came, what was expected, and where that is from. */
export function sayOutcome(outcome: ForecastOutcome, { plan, release, at }: StandingForecast, now: number): string {
  const { sent, expected, band, channel } = outcome;
  const came = `${sent} ${sent === 1 ? "message" : "messages"} through ${channel} in ${lengthInWords(now - at)} since release ${release}`;
  if (expected === null || band === null) return `${came}; its plan ${plan.slice(0, 12)} could not tell how many`;
  return `${came}, where its plan ${plan.slice(0, 12)} expects about ${roundInWords(expected)} and ${band.low} to ${band.high} would be no surprise`;
}

function roundInWords(count: number): string {
  return count < 10 ? String(Number(count.toFixed(1))) : String(Math.round(count));
}

export function lengthInWords(ms: number): string {
  const minutes = Math.max(1, Math.floor(ms / MINUTE_MS));
  if (minutes < 120) return `${minutes} ${minutes === 1 ? "minute" : "minutes"}`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} hours` : `${Math.floor(hours / 24)} days`;
}

const MOST_RULES = 200;

/** What came over the API, or lies in the store; null when it is no forecast. */
export function readForecast(value: unknown): Forecast | null {
  if (typeof value !== "object" || value === null || !("plan" in value && "rules" in value)) return null;
  const { plan, rules } = value;
  if (typeof plan !== "string" || plan.length > 64 || !Array.isArray(rules) || rules.length > MOST_RULES) return null;
  // A plan that knows nothing of hours need not say so.
  if (!rules.every(isExpected)) return null;
  return { plan, rules: rules.map(({ rule, channel, perDay, week = null }) => ({ rule, channel, perDay, week })) };
}

function isExpected(entry: unknown): entry is Omit<ExpectedSends, "week"> & Partial<ExpectedSends> {
  if (typeof entry !== "object" || entry === null) return false;
  if (!("rule" in entry && "channel" in entry && "perDay" in entry)) return false;
  const {
    rule,
    channel,
    perDay,
    week = null,
  }: { rule: unknown; channel: unknown; perDay: unknown; week?: unknown } = entry;
  const isNamed =
    typeof rule === "string" && rule.length <= 200 && typeof channel === "string" && channel.length <= 200;
  return isNamed && (perDay === null || isEstimate(perDay)) && (week === null || isWeek(week));
}

function isWeek(value: unknown): boolean {
  return Array.isArray(value) && value.length === HOURS_OF_WEEK && value.every((each) => isCount(each));
}

function isCount(value: unknown): boolean {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}

function isEstimate(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { value: mean, low, high }: { value?: unknown; low?: unknown; high?: unknown } = value;
  return [mean, low, high].every(isCount);
}
