import { hoursBetween } from "../core/time/hour-of-week.ts";
import type { Forecast } from "../ledger/forecast.ts";
import type { Estimate, Plan } from "../plan/plan.ts";

const DAY_MS = 86_400_000;

/** What a plan expects of the rules that it changes, by the day; null without a backtest to say so. */
export function forecastOf({ ruleChanges, backtest }: Plan, digest: string): Forecast | null {
  if (backtest === null) return null;
  const days = (backtest.events.to - backtest.warmUpUntil) / DAY_MS;
  if (days <= 0) return null;
  const deleted = new Set(ruleChanges.filter(({ action }) => action === "delete").map(({ rule }) => rule));
  const counted = hoursBetween(backtest.warmUpUntil, backtest.events.to);
  const rules = backtest.rules.filter(({ rule, touched }) => touched && !deleted.has(rule));
  return {
    plan: digest,
    rules: rules.map(({ rule, channel, head, known, week }) => ({
      rule,
      channel,
      perDay: known ? aDay(head, days) : null,
      week: week === null || !known ? null : anHour(week, counted),
    })),
  };
}

/** Null where an hour of the week was never played. */
function anHour(week: readonly number[], counted: readonly number[]): readonly number[] | null {
  if (counted.some((hours) => hours < 1)) return null;
  return week.map((sends, hour) => Number((sends / (counted[hour] ?? 1)).toFixed(3)));
}

function aDay({ value, low, high }: Estimate, days: number): Estimate {
  return { value: value / days, low: low / days, high: high / days };
}
