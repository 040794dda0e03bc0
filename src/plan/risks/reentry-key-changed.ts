import { inRule, pairsOf, type RiskCheck } from "./risk-check.ts";

export const reentryKeyChanged: RiskCheck = {
  code: "PLN107",
  page: {
    what: "What counts as another run of a rule changed: `reentry.key`, its policy or its cooldown.",
    why: "Runs are known by their key. Under another key everybody counts as new, so that contacts may get again what they already got; without one, two carts of a contact become one.",
    todo: "Look at the contacts that may start again (in flight), and at the plan's messages per contact and day.",
    example: {
      in: "rule",
      before: "reentry: { policy: ignore, key: event.data.company }",
      after: "reentry: ignore",
    },
  },
  find: (evidence) =>
    pairsOf(evidence).flatMap((pair) => {
      const { before, after, rule } = pair;
      const key = (one: typeof before): string => one.reentry.key?.join(".") ?? "nothing";
      const found: string[] = [];
      if (key(before) !== key(after)) found.push(`tells its runs apart by ${key(after)}, and did by ${key(before)}`);
      if (before.reentry.policy !== after.reentry.policy)
        found.push(`does "${after.reentry.policy}" when it is triggered again, and did "${before.reentry.policy}"`);
      if (JSON.stringify(before.reentry.cooldown) !== JSON.stringify(after.reentry.cooldown))
        found.push("has another cooldown");
      if (found.length === 0) return [];
      const again = evidence.inFlight?.find((one) => one.rule === rule)?.eligibleAgain ?? 0;
      const who = again > 0 ? `; ${again} contacts may start it again` : "";
      return [inRule(pair, ["reentry"], `${rule} ${found.join(" and ")}${who}`)];
    }),
};
