import { atRule, changesBehaviour, type Evidence, type Finding, type RiskCheck } from "./risk-check.ts";

export const ruleMatchesNothing: RiskCheck = {
  code: "PLN301",
  page: {
    what: "A new or changed rule would have sent nothing in the recorded time, can never speak, or waits for an event that the recording does not have.",
    why: "A rule that does nothing looks like a rule that works. Most often an event has another name, or a value is spelled otherwise, than the rule believes.",
    todo: "Compare the rule's event and values with a real event (heed export --what events). If the event is new, its number is unknown, not zero: watch the first hours.",
    example: {
      in: "rule",
      before: "trigger:\n  event: lead.demo_requested",
      after: "trigger:\n  event: email.delivered\n  where:\n    event.data.template: acount-verification",
    },
  },
  find: (evidence) => {
    const dead = evidence.impact.dead.map(({ rule, why }) => atRule(evidence, rule, `${rule} does nothing: ${why}`));
    const known = new Set(evidence.impact.dead.map(({ rule }) => rule));
    return [...dead, ...silent(evidence).filter(({ rule }) => rule === null || !known.has(rule))];
  },
};

function silent(evidence: Evidence): readonly Finding[] {
  const { backtest, head } = evidence;
  if (backtest === null) return [];
  return evidence.ruleChanges.flatMap((changed) => {
    const { rule, action } = changed;
    const compiled = head.compiled.rulebook.rules.get(rule);
    if (action === "delete" || !changesBehaviour(changed) || compiled?.enabled !== true || compiled.shadow) return [];
    if (![...compiled.steps.values()].some(({ verb }) => verb === "send")) return [];
    const deltas = backtest.rules.filter((delta) => delta.rule === rule);
    if (deltas.some((delta) => delta.head.value > 0)) return [];
    const missing = compiled.trigger.match.events.filter((event) => backtest.missingTypes.includes(event));
    if (missing.length > 0) {
      const events = missing.map((event) => `\`${event}\``).join(", ");
      return [atRule(evidence, rule, `what ${rule} sends is unknown: nothing of ${events} was recorded`)];
    }
    const sent = deltas.some((delta) => delta.base.value > 0) ? ", and sent something before" : "";
    const sampled = backtest.sample < 1 ? " of the sampled contacts" : "";
    return [atRule(evidence, rule, `${rule} would have sent nothing for all that was recorded${sampled}${sent}`)];
  });
}
