import { changesBehaviour, type RiskCheck } from "./risk-check.ts";

export const changeWithoutTest: RiskCheck = {
  code: "PLN401",
  page: {
    what: "No test of the workspace reaches something that was changed in a rule.",
    why: "A change that no test notices can be undone by the next one without anybody noticing, either.",
    todo: "Add a case that fails without the change. heed test new makes one of a recorded incident.",
    example: {
      in: "words",
      story: "The delay of verification-sms is 5m now, and each test of it passes with any delay.",
    },
  },
  find: (evidence) =>
    evidence.impact.tests.flatMap(({ rule, cases, uncovered }) => {
      const [first] = uncovered;
      const changed = evidence.ruleChanges.find((one) => one.rule === rule);
      if (first === undefined || changed === undefined || !changesBehaviour(changed)) return [];
      const more = uncovered.length > 1 ? ` and ${uncovered.length - 1} more` : "";
      const message =
        cases.length === 0
          ? `no test plays ${rule}, which is changed at \`${first.path}\`${more}`
          : `no test of ${rule} reaches what is changed at \`${first.path}\`${more}`;
      return [{ message, help: "add a case that fails without the change", rule, file: first.file, line: first.line }];
    }),
};
