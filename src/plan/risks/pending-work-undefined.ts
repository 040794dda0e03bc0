import { atRule, changesBehaviour, type Evidence, type Finding, parsedRule, type RiskCheck } from "./risk-check.ts";
import { counted } from "../say-numbers.ts";

export const pendingWorkUndefined: RiskCheck = {
  code: "PLN108",
  page: {
    what: "Contacts are in the middle of a rule that changes or goes away, and the rule does not say what becomes of them (`on_change`).",
    why: "Without a word they finish with the rule as it was, perhaps for weeks: a mistake that was mended goes on. Of a rule that is deleted, they end without a word.",
    todo: "Write on_change: finish, migrate or cancel, whichever is meant.",
    example: {
      in: "words",
      story: "The delay of verification-sms is 5m now, and 212 contacts wait out the 15m with which they began.",
    },
  },
  find: (evidence) => (evidence.inFlight ?? []).flatMap((flight) => inRuleOf(evidence, flight)),
};

function inRuleOf(evidence: Evidence, flight: NonNullable<Evidence["inFlight"]>[number]): readonly Finding[] {
  const live = flight.finish + flight.migrate + flight.cancel;
  const changed = evidence.ruleChanges.find(({ rule, previous }) => rule === flight.rule || previous === flight.rule);
  if (live === 0 || changed === undefined || !changesBehaviour(changed)) return [];
  const people = counted(live, "contact");
  if (changed.action === "delete") {
    const message = `${flight.rule} is deleted while ${people} ${are(live)} in it: ${counted(flight.pendingSends, "message")} that would have gone out ${flight.pendingSends === 1 ? "does" : "do"} not`;
    return [
      atRule(evidence, changed.rule, message, "if they are to finish, write enabled: false first and delete it later"),
    ];
  }
  if (parsedRule(evidence.head, changed.rule)?.file.on_change !== undefined) return [];
  const message = `${people} ${are(live)} in ${changed.rule} and finish with it as it was, because it does not say on_change`;
  return [atRule(evidence, changed.rule, message, "write on_change: finish, migrate or cancel")];
}

function are(count: number): string {
  return count === 1 ? "is" : "are";
}
