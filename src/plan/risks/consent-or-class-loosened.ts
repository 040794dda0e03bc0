import {
  at,
  changesOf,
  type Evidence,
  type Finding,
  inRule,
  inWorkspace,
  pairsOf,
  type RiskCheck,
  workspacesOf,
} from "./risk-check.ts";

export const consentOrClassLoosened: RiskCheck = {
  code: "PLN101",
  page: {
    what: "People are messaged who did not say yes to it, or in spite of what they said: a marketing rule became transactional, a channel no longer needs recorded consent, a condition no longer asks for consent, or an opt-out reaches less far.",
    why: "Consent is law, and not only manners. A message without it cannot be taken back, and fines are counted per message.",
    todo: "Have the person answer for it who answers for consent. If it is meant, write down why in a waiver.",
    example: { in: "rule", before: "class: marketing", after: "class: transactional" },
  },
  find: (evidence) => [...classes(evidence), ...channels(evidence), ...optOuts(evidence), ...conditions(evidence)],
};

function classes(evidence: Evidence): readonly Finding[] {
  return pairsOf(evidence)
    .filter(({ before, after }) => before.class === "marketing" && after.class === "transactional")
    .map((pair) =>
      inRule(
        pair,
        ["class"],
        `${pair.rule} is transactional now, and was marketing: people get it without consent to marketing, in quiet hours too, and a reply no longer ends it`,
        "only what somebody asked for by a deed of their own is transactional",
      ),
    );
}

const names = { email: "emails", sms: "texts", push: "push messages", voice: "calls" } as const;

function channels(evidence: Evidence): readonly Finding[] {
  const { before, after } = workspacesOf(evidence);
  return (["email", "sms", "push", "voice"] as const)
    .filter((kind) => before.consent[kind] === "opt_in" && after.consent[kind] === "opt_out")
    .map((kind) =>
      inWorkspace(
        evidence,
        [`consent.${kind}`, "consent"],
        `marketing ${names[kind]} go to everybody who has not objected, and went only to people who had said yes`,
        "make sure that the law of each country that you write to allows it",
      ),
    );
}

function optOuts(evidence: Evidence): readonly Finding[] {
  const { before, after } = workspacesOf(evidence);
  const found: Finding[] = [];
  const say = (message: string): void => void found.push(inWorkspace(evidence, ["opt_out"], message));
  if (before.optOut.scope === "all_marketing" && after.optOut.scope === "channel")
    say("a STOP ends marketing on its own channel only, and ended it on all");
  if (before.optOut.onPhrase === "stop" && after.optOut.onPhrase === "flag")
    say("a message that reads like an opt-out is only flagged, and was an opt-out");
  const gone = [...before.optOut.keywords, ...before.optOut.phrases].filter(
    (word) => ![...after.optOut.keywords, ...after.optOut.phrases].includes(word),
  );
  if (gone.length > 0) say(`no longer an opt-out: ${gone.map((word) => JSON.stringify(word)).join(", ")}`);
  return found;
}

/** A condition asked for consent, and does not any more, or lets more people through. */
function conditions(evidence: Evidence): readonly Finding[] {
  return changesOf(evidence).flatMap((placed) => {
    const { path, before, implication } = placed.change;
    if (placed.rule === null || !asksForConsent(path, before)) return [];
    if (implication?.kind === "narrower" || implication?.kind === "equal") return [];
    return [
      at(
        placed,
        `${placed.rule} no longer asks for the same consent at \`${path}\``,
        "consent of the channel is asked of marketing alone",
      ),
    ];
  });
}

function asksForConsent(path: string, value: unknown): boolean {
  if (value === null || isKeyOfConsent(path)) return value !== null;
  return JSON.stringify(value).includes('"consent.');
}

function isKeyOfConsent(path: string): boolean {
  return /(?:^|[.\]])consent\.(?:email|sms|push|voice)/.test(path);
}
