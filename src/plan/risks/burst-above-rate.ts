import { atWorkspace, type RiskCheck } from "./risk-check.ts";
import { number } from "../say-numbers.ts";

export const burstAboveRate: RiskCheck = {
  code: "PLN206",
  page: {
    what: "In its busiest minute a channel would begin more messages than its `rate` lets through.",
    why: "Messages wait in line, and what was to come after fifteen minutes comes after an hour. What expires in line is never sent.",
    todo: "Draw the delay from a range (delay: { between: [3m, 7m] }), or raise the rate up to what the provider allows.",
    example: { in: "rule", before: "delay: { between: [3m, 10m] }", after: "delay: 5m" },
  },
  find: (evidence) =>
    (evidence.backtest?.busiest ?? []).flatMap(({ channel, base, head, limit, at }) => {
      if (limit === null || head <= limit || head <= base) return [];
      const when = `${new Date(at).toISOString().slice(0, 16).replace("T", " ")} UTC`;
      const message = `${channel} has ${number(head)} messages in its busiest minute (${when}) instead of ${number(base)}; its rate lets ${number(limit)} through`;
      return [atWorkspace(evidence, ["channels", channel], message)];
    }),
};
