import type { Rule } from "../core/model/rulebook.ts";
import { HOUR_MS } from "../ledger/by-hour.ts";
import type { RuleFigures } from "../ledger/figures.ts";
import { html, type Html } from "./html.ts";
import type { PausesPort } from "./pauses-api.ts";

export type Pauses = Awaited<ReturnType<PausesPort["list"]>>;

export interface RuleState {
  readonly word: "live" | "shadow" | "paused" | "disabled" | "not deployed";
  readonly look: "good" | "doubt" | "quiet";
}

/** A pause stops what a rule says, not what it counts: so it is told before shadow, which says nothing anyhow. */
export function stateOf(rule: Rule | undefined, pauses: Pauses): RuleState {
  if (rule === undefined) return { word: "not deployed", look: "quiet" };
  if (!rule.enabled) return { word: "disabled", look: "quiet" };
  const isPaused = pauses.some(({ target }) => target === "all" || target === `rule:${rule.id}`);
  if (isPaused) return { word: "paused", look: "doubt" };
  return rule.shadow ? { word: "shadow", look: "doubt" } : { word: "live", look: "good" };
}

export function stateMark({ word, look }: RuleState): Html {
  return html`<span class="${look}">${word}</span>`;
}

/** What a rule did in the last 24 hours, by whole hours. */
export function lastDay({ hours }: RuleFigures, what: "sent" | "failed", nowMs: number): number {
  const from = Math.floor(nowMs / HOUR_MS) - 24;
  return Object.entries(hours).reduce((sum, [hour, each]) => sum + (Number(hour) > from ? (each[what] ?? 0) : 0), 0);
}

export interface Totals {
  readonly entered: number;
  readonly ended: number;
  readonly converted: number;
  readonly value: number;
  readonly sent: number;
  readonly replied: number;
  /** In millionths, by currency. */
  readonly cost: ReadonlyMap<string, number>;
}

/** Over both arms and all channels. */
export function totalsOf({ arms, channels, ended }: RuleFigures): Totals {
  const cost = new Map<string, number>();
  for (const channel of Object.values(channels)) {
    for (const [currency, micros] of Object.entries(channel.cost)) {
      cost.set(currency, (cost.get(currency) ?? 0) + micros);
    }
  }
  const sum = (numbers: readonly number[]): number => numbers.reduce((all, each) => all + each, 0);
  const [each, through] = [Object.values(arms), Object.values(channels)];
  return {
    entered: sum(each.map(({ enrolled }) => enrolled)),
    ended: sum(Object.values(ended)),
    converted: sum(each.map(({ converted }) => converted)),
    value: sum(each.map(({ value }) => value)),
    sent: sum(through.map(({ sent }) => sent)),
    replied: sum(through.map(({ replied }) => replied)),
    cost,
  };
}
