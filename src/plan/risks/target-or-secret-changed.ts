import { at, changesOf, type RiskCheck } from "./risk-check.ts";
import { written } from "../say-numbers.ts";

export const targetOrSecretChanged: RiskCheck = {
  code: "PLN111",
  page: {
    what: "Where messages and questions go, or by which secret, changed: a provider, its settings, a sender, a look-up, a source, who is alerted, a plugin, or the `to` of a step.",
    why: "A wrong address hands customers' data to a stranger, or loses it without a word. Tests do not see it: they play the other side.",
    todo: "Have somebody look at the new target who knows it, make sure that its secret is set where Heed runs (heed doctor), and send one message.",
    example: {
      in: "heed.yaml",
      before: 'channels:\n  sms: { kind: sms, provider: outbox, from: "+12025550100" }',
      after: 'channels:\n  sms: { kind: sms, provider: outbox, from: "+12025550199" }',
    },
  },
  find: (evidence) =>
    changesOf(evidence).flatMap((placed) => {
      const { path, before, after } = placed.change;
      if (placed.change.class === "cosmetic" || !isTarget(path, placed.rule !== null)) return [];
      const what = placed.rule === null ? `\`${path}\`` : `\`${path}\` of ${placed.rule}`;
      return [at(placed, `${what} is ${written(after, 60)}, and was ${written(before, 60)}`)];
    }),
};

function isTarget(path: string, ofRule: boolean): boolean {
  if (ofRule) return /^actions\b.*\.(?:to|provider)$/.test(path);
  if (/^(?:providers|plugins|alerts|sources)\b/.test(path)) return true;
  if (/^lookups\.[^.]+\.(?:http|postgres|redis|hubspot|salesforce)\b/.test(path)) return true;
  return /^lookups\.[^.]+$/.test(path) || /^channels\.[^.]+(?:\.(?:provider|from|kind))?$/.test(path);
}
