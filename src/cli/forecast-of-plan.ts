import type { Forecast } from "../ledger/forecast.ts";
import type { Estimate, Plan } from "../plan/plan.ts";

const DAY_MS = 86_400_000;

/** What a plan expects of the rules that it changes, by the day; null without a backtest to say so. */
export function forecastOf({ ruleChanges, backtest }: Plan, digest: string): Forecast | null {
  if (backtest === null) return null;
  const days = (backtest.events.to - backtest.warmUpUntil) / DAY_MS;
  if (days <= 0) return null;
  const deleted = new Set(ruleChanges.filter(({ action }) => action === "delete").map(({ rule }) => rule));
  const rules = backtest.rules.filter(({ rule, touched }) => touched && !deleted.has(rule));
  return {
    plan: digest,
    rules: rules.map(({ rule, channel, head, known }) => ({ rule, channel, perDay: known ? aDay(head, days) : null })),
  };
}

function aDay({ value, low, high }: Estimate, days: number): Estimate {
  return { value: value / days, low: low / days, high: high / days };
}
