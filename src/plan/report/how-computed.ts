import type { Plan } from "../plan.ts";
import { number, percent } from "../say-numbers.ts";
import { code, inline } from "./escape-markdown.ts";
import { caveatsOf } from "./headline.ts";

/** By what somebody else gets the same numbers, and how far they can be believed. */
export function howComputed(plan: Plan, version: string, most: number): string {
  const { base, head, backtest } = plan;
  const moment = (at: number): string => `${new Date(at).toISOString().slice(0, 16).replace("T", " ")} UTC`;
  const lines = [
    `Heed ${version}; rulebook of base ${code(base.digest.slice(0, 12))}, of the plan ${code(head.digest.slice(0, 12))}`,
    ...(backtest === null
      ? []
      : [
          `events of ${code(backtest.events.source)} from ${moment(backtest.events.from)} to ${moment(backtest.events.to)}, ${number(backtest.events.count)} played, digest ${code(backtest.events.digest.slice(0, 12))}`,
          `what was sent until ${moment(backtest.warmUpUntil)} only sets the stage and is not counted`,
          `${percent(backtest.sample)} of the contacts, chosen by the seed ${backtest.seed}: both sides play the same events with the same clock and the same draws`,
          ...(backtest.events.unreadable > 0
            ? [`${number(backtest.events.unreadable)} lines could not be read and are left out`]
            : []),
          ...(backtest.calibration === null
            ? []
            : [
                `of ${number(backtest.calibration.real)} messages that were really sent the replay sends ${number(backtest.calibration.reproduced)}, and ${number(backtest.calibration.extra)} others: ${percent(backtest.calibration.agreement)} agreement`,
              ]),
          `reactions to messages that a side does not send are left out: ${number(backtest.orphans.base)} of base, ${number(backtest.orphans.head)} of the plan`,
        ]),
  ];
  const all = caveatsOf(plan);
  const caveats = all.slice(0, most).map(inline);
  if (all.length > caveats.length)
    caveats.push(`and ${all.length - caveats.length} more, which are in the plan's JSON`);
  return `<details><summary>How this was computed</summary>\n\n${[...lines, ...caveats].map((line) => `- ${line}`).join("\n")}\n\n</details>`;
}
