import { atRule, changesBehaviour, type RiskCheck } from "./risk-check.ts";
import { percent } from "../say-numbers.ts";

export const fallbackUsed: RiskCheck = {
  code: "PLN302",
  page: {
    what: "A text of a new or changed rule is often sent with its fallback, because what it names is empty.",
    why: '"Hello there" to half of the people reads like a mistake, and shows that the value does not come from where the author thinks.',
    todo: "Look where the value should come from, or write a text that does not need it.",
    example: {
      in: "words",
      story: 'contact.first_name is empty in 43 % of the texts of cart-push, which then say "there".',
    },
  },
  find: (evidence) =>
    (evidence.backtest?.fallbacks ?? []).flatMap(({ rule, step, variable, share }) => {
      const changed = evidence.ruleChanges.find((one) => one.rule === rule);
      if (share < evidence.limits.fallback || changed === undefined || !changesBehaviour(changed)) return [];
      const message = `\`${variable}\` is empty in ${percent(share)} of the messages of ${rule} (step ${step}), which then say its fallback`;
      return [atRule(evidence, rule, message)];
    }),
};
