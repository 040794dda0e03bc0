import { differences, type Difference, type RuleDelta } from "../plan.ts";
import { atRule, type Evidence, type RiskCheck } from "./risk-check.ts";
import { differenceWords, number } from "../say-numbers.ts";

export const collateral: RiskCheck = {
  code: "PLN207",
  page: {
    what: "A rule that this change does not touch sends otherwise than before.",
    why: "Rules share caps, budgets, tags and contacts: what one takes, another lacks. Its owner is not asked in this review.",
    todo: "Ask the owner of that rule, or give the changed rule a limit of its own so that the shared one is left for others.",
    example: {
      in: "words",
      story:
        "cart-push takes the third marketing message of the week, and welcome-2, which nobody touched, sends 1,904 texts less.",
    },
  },
  find: (evidence) =>
    (evidence.backtest?.rules ?? []).flatMap((delta) => {
      const parts = differences.flatMap((difference) => said(difference, delta));
      if (delta.touched || parts.length === 0) return [];
      const message = `${delta.rule}, which is not part of this change, sends otherwise by ${delta.channel}: ${parts.join(", ")}${why(delta)}`;
      return [atRule(evidence, delta.rule, message, shared(evidence, delta.rule))];
    }),
};

function said(difference: Difference, { differences: found }: RuleDelta): readonly string[] {
  const count = found[difference] ?? 0;
  return count === 0 ? [] : [`${number(count)} ${differenceWords[difference]}`];
}

function why({ reasons }: RuleDelta): string {
  const [most] = Object.entries(reasons).toSorted(([, a], [, b]) => b - a);
  return most === undefined ? "" : `, most often because of ${most[0]}`;
}

function shared({ impact }: Evidence, rule: string): string | null {
  const found = impact.shared.filter(({ rules }) => rules.includes(rule));
  if (found.length === 0) return null;
  const first = found.slice(0, 3).map(({ what, name, changed }) => `the ${what} ${name} with ${changed}`);
  return `it shares ${first.join(", ")}`;
}
