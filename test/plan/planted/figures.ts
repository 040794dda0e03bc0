import type { Backtest, RuleDelta } from "../../../src/plan/plan.ts";
import type { Planted } from "./changes.ts";
import type { Expected, ExpectedRule } from "./expected.ts";

/** What a backtest and a recount must agree on. */
interface Figures {
  readonly rules: Readonly<Record<string, Omit<ExpectedRule, "retimedBy"> & Pick<RuleDelta, "retimedBy">>>;
  readonly contacts: Expected["contacts"];
  readonly cost: Expected["cost"];
  readonly orphans: Expected["orphans"];
  readonly busiest: Expected["busiest"];
}

export function figuresIn({ rules, contacts, cost, orphans, busiest }: Backtest): Figures {
  const spoken = rules.filter(
    ({ base, head, differences }) => base.value + head.value + Object.keys(differences).length > 0,
  );
  return {
    rules: Object.fromEntries(
      spoken.map(({ rule, channel, base, head, differences, reasons, retimedBy, segments }) => [
        `${rule} ${channel}`,
        { base: base.value, head: head.value, differences, reasons, retimedBy, segments },
      ]),
    ),
    contacts: {
      newly: contacts.newly.value,
      noLonger: contacts.noLonger.value,
      differently: contacts.differently.value,
    },
    cost: Object.fromEntries(cost.map(({ channel, base, head }) => [channel, { base: base.value, head: head.value }])),
    orphans,
    busiest: Object.fromEntries(busiest.map(({ channel, base, head }) => [channel, { base, head }])),
  };
}

/** The recount's, under head's names. */
export function figuresOf({ rules, ...others }: Expected, { changed }: Planted): Figures {
  const moved = Object.keys(changed).find((rule) => changed[rule]?.action === "move");
  const spoken = Object.entries(rules).map(([place, { retimedBy, ...rule }]) => {
    const [name = "", channel = ""] = place.split(" ");
    const under = moved !== undefined && name === "welcome" ? moved : name;
    return [`${under} ${channel}`, { ...rule, retimedBy: spreadOf(retimedBy) }] as const;
  });
  return { ...others, rules: Object.fromEntries(spoken) };
}

function spreadOf(values: readonly number[]): RuleDelta["retimedBy"] {
  const sorted = values.toSorted((a, b) => a - b);
  const [least] = sorted;
  const [median, most] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted.at(-1)];
  return least === undefined || median === undefined || most === undefined ? null : { least, median, most };
}
