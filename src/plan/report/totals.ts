import type { Backtest, BusiestMinute, CostDelta, Estimate } from "../plan.ts";
import { change, money, number, signed } from "../say-numbers.ts";

/** A table of what changes over all rules, as texts: a name, then numbers to be aligned to the right. */
export interface Totals {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export function totalsOf(backtest: Backtest): Totals {
  const { channels, cost, load, busiest } = backtest;
  return {
    head: ["", "base", "plan", "change", "newly", "no longer"],
    rows: [
      ...channels.map(({ channel, base, head, newly, noLonger }) => [
        channel,
        about(base),
        about(head),
        difference(base.value, head.value),
        more(newly),
        fewer(noLonger),
      ]),
      ...cost.flatMap(costRow),
      ["contacts", "", "", "", more(backtest.contacts.newly), fewer(backtest.contacts.noLonger)],
      row("a day, 99 of 100 contacts", load.base.p99, load.head.p99),
      row("a day, whoever gets most", load.base.max, load.head.max),
      // Of the others nobody asks.
      ...busiest
        .filter(differs)
        .map(({ channel, base, head, limit }) =>
          row(`busiest minute of ${channel}${limit === null ? "" : ` (rate ${number(limit)})`}`, base, head),
        ),
    ],
  };
}

function differs({ base, head }: BusiestMinute): boolean {
  return base !== head;
}

/** Where neither side has a price there is nothing to compare. */
function costRow({ channel, currency, base, head, unpriced }: CostDelta): readonly (readonly string[])[] {
  if (currency === null) return [];
  const name = `cost of ${channel}${unpriced > 0 ? ` (${number(unpriced)} without a price)` : ""}`;
  const [was, is] = [money(base.value, currency), money(head.value, currency)];
  return [[name, was, is, changeOfMoney(base.value, head.value, currency), "", ""]];
}

function more(estimate: Estimate): string {
  return Math.round(estimate.value) === 0 ? "0" : `+${about(estimate)}`;
}

function fewer(estimate: Estimate): string {
  return Math.round(estimate.value) === 0 ? "0" : `−${about(estimate)}`;
}

/** With `~` where it is scaled up from a sample: its bounds are in the JSON. */
function about({ value, low, high }: Estimate): string {
  return `${Math.round(low) === Math.round(high) ? "" : "~"}${number(value)}`;
}

function row(name: string, base: number, head: number): readonly string[] {
  return [name, number(base), number(head), base === head ? "0" : signed(head - base), "", ""];
}

function difference(base: number, head: number): string {
  const share = change(base, head);
  const by = signed(head - base);
  return by === "0" || share === null ? by : `${by} (${share})`;
}

function changeOfMoney(base: number, head: number, currency: string): string {
  const by = head - base;
  return by === 0 ? "0" : `${by > 0 ? "+" : ""}${money(by, currency)}`;
}
