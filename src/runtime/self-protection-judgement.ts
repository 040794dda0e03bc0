import type { Workspace } from "../core/model/rulebook.ts";
import type { HourFigures, RuleFigures } from "../ledger/figures.ts";

export type ProtectionLimits = Workspace["selfProtection"];

/** What has left its band: how much a rule sends, also by its plan, or what becomes of it. */
export type Trip = "rate" | "opt_outs" | "bounces" | "errors" | "forecast";

export interface Tripped {
  readonly trip: Trip;
  /** For whoever looks at the pause: what was measured, and what is allowed. */
  readonly note: string;
}

const HOUR_MS = 3_600_000;
const DAY_HOURS = 24;
const WEEK_HOURS = 7 * DAY_HOURS;

/** Below these, chance alone moves a share or a rate: nothing trips. */
export const LEAST = {
  /** Messages in the hour. */
  sentInHour: 100,
  /** Hours that a rule must have been known for; until then `limits.first_day` guards it. */
  hoursKnown: DAY_HOURS,
  /** Messages of the last 24 hours, and opt-outs, bounces or errors among them. */
  sentInDay: 50,
  harmed: 5,
} as const;

/** A rule that speaks once a day, all at once, may speak so much more than at its busiest. */
const OVER_BUSIEST = 2;

/**
 * The limits that a rule is beyond now. Pure and monotone: more messages in this hour never take back a trip of the rate,
 * more opt-outs, bounces or errors never one of theirs.
 */
export function judgeFigures(
  { hours }: Pick<RuleFigures, "hours">,
  { rateFactor, optOutRate, bounceRate, errorRate }: ProtectionLimits,
  now: number,
): readonly Tripped[] {
  const hour = Math.floor(now / HOUR_MS);
  const day = sumOf(hours, hour - DAY_HOURS + 1, hour);
  const tried = day.sent + day.failed;
  return [
    ...rateTrip(hours, rateFactor, hour),
    ...shareTrip({ trip: "opt_outs", says: "opted out", harmed: day.optedOut, of: day.sent, limit: optOutRate }),
    ...shareTrip({ trip: "bounces", says: "bounced", harmed: day.bounced, of: day.sent, limit: bounceRate }),
    ...shareTrip({ trip: "errors", says: "were refused or given up", harmed: day.failed, of: tried, limit: errorRate }),
  ];
}

function rateTrip(hours: RuleFigures["hours"], factor: number | null, hour: number): readonly Tripped[] {
  if (factor === null) return [];
  const sent = hours[hour]?.sent ?? 0;
  const before = Object.keys(hours)
    .map(Number)
    .filter((each) => each < hour && each >= hour - WEEK_HOURS);
  const known = before.length === 0 ? 0 : hour - Math.min(...before);
  if (sent < LEAST.sentInHour || known < LEAST.hoursKnown) return [];
  const mean = sumOf(hours, hour - known, hour - 1).sent / known;
  const busiest = Math.max(...before.map((each) => hours[each]?.sent ?? 0));
  const most = Math.max(factor * mean, OVER_BUSIEST * busiest);
  if (sent <= most) return [];
  const usual = mean < 10 ? mean.toFixed(1) : mean.toFixed(0);
  const days = Math.max(1, Math.round(known / DAY_HOURS));
  const note = `${sent} messages in this hour, and ${usual} an hour over the last ${days === 1 ? "day" : `${days} days`}: more than self_protection.rate_factor allows (${factor})`;
  return [{ trip: "rate", note }];
}

interface Share {
  readonly trip: "opt_outs" | "bounces" | "errors";
  readonly says: string;
  readonly harmed: number;
  readonly of: number;
  /** In [0, 1]; null is none. */
  readonly limit: number | null;
}

const KEYS = { opt_outs: "opt_out_rate", bounces: "bounce_rate", errors: "error_rate" } as const;

function shareTrip({ trip, says, harmed, of, limit }: Share): readonly Tripped[] {
  if (limit === null || of < LEAST.sentInDay || harmed < LEAST.harmed || harmed <= limit * of) return [];
  const note = `of ${of} messages in the last 24 hours, ${harmed} ${says}: more than self_protection.${KEYS[trip]} allows (${percent(limit)})`;
  return [{ trip, note }];
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(2))}%`;
}

type Sum = Required<Pick<HourFigures, "sent" | "failed" | "bounced" | "optedOut">>;

/** Both hours included. */
function sumOf(hours: RuleFigures["hours"], from: number, to: number): Sum {
  const sum = { sent: 0, failed: 0, bounced: 0, optedOut: 0 };
  for (const [name, { sent = 0, failed = 0, bounced = 0, optedOut = 0 }] of Object.entries(hours)) {
    if (Number(name) < from || Number(name) > to) continue;
    sum.sent += sent;
    sum.failed += failed;
    sum.bounced += bounced;
    sum.optedOut += optedOut;
  }
  return sum;
}
