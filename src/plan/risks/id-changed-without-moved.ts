import { atRule, type RiskCheck } from "./risk-check.ts";

export const idChangedWithoutMoved: RiskCheck = {
  code: "PLN109",
  page: {
    what: "A rule went away, and one that says nearly the same came under another id, without `moved`.",
    why: "Caps, history, runs and arms of experiments belong to the id. Under a new one everybody is new: contacts may get once more what they got yesterday, and who is in the middle of it ends.",
    todo: "Write moved: { from: old-id } into the new rule. If they really are two rules, say so in a waiver.",
    example: { in: "words", story: "verify-sms.yaml is gone, and verification-sms.yaml says the same." },
  },
  find: (evidence) =>
    evidence.ruleChanges.flatMap(({ rule, resembles, action }) => {
      if (resembles === null || action !== "create") return [];
      const message = `${rule} looks like ${resembles}, renamed: its runs, caps and history begin anew, and whoever got it may get it again`;
      return [atRule(evidence, rule, message, `if it is the same rule, add moved: { from: ${resembles} }`)];
    }),
};
