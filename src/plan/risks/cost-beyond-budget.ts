import type { Budget } from "../../core/model/rulebook.ts";
import type { Backtest, RuleDelta } from "../plan.ts";
import { atWorkspace, type Evidence, type Finding, type RiskCheck, workspacesOf } from "./risk-check.ts";
import { counted, money } from "../say-numbers.ts";

export const costBeyondBudget: RiskCheck = {
  code: "PLN202",
  page: {
    what: "What would be sent costs more than a budget of heed.yaml allows, so that messages are held or dropped for it that were not before.",
    why: "A budget does not choose: whoever comes late in the day gets nothing, and a password reset may be among what waits.",
    todo: "Send less, send through a cheaper channel, or raise the budget in a change of its own.",
    example: {
      in: "words",
      story: "Texts would cost 63.20 USD per day; the budget is 50.00 USD, and what is beyond it waits.",
    },
  },
  find(evidence) {
    const { backtest } = evidence;
    if (backtest === null) return [];
    return workspacesOf(evidence).after.budgets.flatMap((budget) => judge(evidence, backtest, budget));
  },
};

const periodMs = { day: 86_400_000, week: 604_800_000, month: 2_629_800_000 } as const;

function judge(evidence: Evidence, backtest: Backtest, { channel, max, per, onExceed }: Budget): readonly Finding[] {
  const cost = backtest.cost.find((one) => one.channel === channel && one.currency === max.currency);
  const span = backtest.events.to - Math.max(backtest.events.from, backtest.warmUpUntil);
  const [was, is] = [cost?.base.value ?? 0, cost?.head.value ?? 0].map((micros) =>
    span <= 0 ? 0 : (micros * periodMs[per]) / span,
  );
  const stopped = backtest.rules
    .filter((rule) => rule.channel === channel)
    .reduce((sum, rule) => sum + stoppedBy(rule), 0);
  const over = (is ?? 0) > max.micros && (is ?? 0) > (was ?? 0);
  if (!over && stopped === 0) return [];
  const budget = `${money(max.micros, max.currency)} per ${per}`;
  const spent = `${channel} would cost ${money(is ?? 0, max.currency)} per ${per} on average instead of ${money(was ?? 0, max.currency)}; the budget is ${budget}`;
  const lost =
    stopped === 0
      ? ""
      : `, and ${counted(stopped, "message")} ${onExceed === "hold" ? "wait for it" : "are dropped for it"} that did not before`;
  return [atWorkspace(evidence, ["budgets"], `${spent}${lost}`)];
}

/** Messages that the budget newly stops. */
function stoppedBy({ differences, reasons }: RuleDelta): number {
  if ((differences.newly_suppressed ?? 0) === 0) return 0;
  return (reasons["budget.reached"] ?? 0) + (reasons["budget.held"] ?? 0);
}
