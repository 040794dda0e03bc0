import type { RuleDelta } from "../plan.ts";
import { atRule, type Evidence, type Finding, type RiskCheck } from "./risk-check.ts";
import { change, counted, estimate, number, signed } from "../say-numbers.ts";

export const volume: RiskCheck = {
  code: "PLN201",
  page: {
    what: "A rule that was changed sends a fifth more or less than it did, over the recorded time; a new or deleted one makes a fifth of its channel.",
    why: "The number that surprises is most often the one that nobody looked at: a condition that was forgotten, an event that comes more often than its name says.",
    todo: "Compare the number with what you expected before you read it, and read the examples of messages that are new.",
    example: { in: "words", story: "verification-sms sends 19,003 texts instead of 12,480 (+52 %)." },
  },
  find: ({ backtest, ...evidence }) =>
    (backtest?.rules ?? [])
      .filter(({ touched }) => touched)
      .flatMap((delta) => judge({ backtest, ...evidence }, delta)),
};

function judge(evidence: Evidence, { rule, channel, base, head, known }: RuleDelta): readonly Finding[] {
  const { limits, backtest } = evidence;
  const difference = head.value - base.value;
  if (Math.abs(difference) < limits.volumeAtLeast) return [];
  const action = evidence.ruleChanges.find((changed) => changed.rule === rule)?.action;
  const whole = backtest?.channels.find((one) => one.channel === channel)?.base.value ?? 0;
  const isNew = action === "create" || action === "delete";
  const measure = isNew && whole > 0 ? whole : base.value;
  if (measure > 0 && Math.abs(difference) / measure <= limits.volume) return [];
  if (action === "delete") {
    const message = `without ${rule}, ${counted(base.value, "message")} by ${channel} no longer ${base.value === 1 ? "goes" : "go"} out`;
    return [atRule(evidence, rule, message)];
  }
  if (base.value === 0) {
    const message = `${rule} sends ${estimate(head)} messages by ${channel}, and sent none`;
    return [atRule(evidence, rule, message)];
  }
  const share = change(base.value, head.value) ?? signed(difference);
  const sure = known ? "" : ", as far as it is known";
  const message = `${rule} sends ${estimate(head)} messages by ${channel} instead of ${number(base.value)} (${share})${sure}`;
  return [atRule(evidence, rule, message)];
}
