import { atWorkspace, type Evidence, type Finding, inWorkspace, type RiskCheck, workspacesOf } from "./risk-check.ts";
import { counted } from "../say-numbers.ts";

export const newCountry: RiskCheck = {
  code: "PLN205",
  page: {
    what: "Messages go where no price is written down for: a price of a country is gone, numbers without a prefix are of another country, or a channel without a price is used.",
    why: "Prices and laws differ by country: a text may cost five times as much, or need a registered sender or an opt-in of its own. Without a price no budget counts it.",
    todo: "Write the price of the country under channels, and make sure that its law on consent and hours is met.",
    example: {
      in: "heed.yaml",
      before:
        'channels:\n  sms: { kind: sms, provider: outbox, from: "+12025550100", price: { per_segment: 0.0083 USD, prefixes: { "+44": 0.0400 USD } } }',
      after:
        'channels:\n  sms: { kind: sms, provider: outbox, from: "+12025550100", price: { per_segment: 0.0083 USD } }',
    },
  },
  find: (evidence) => [...prefixes(evidence), ...country(evidence), ...unpriced(evidence)],
};

function prefixes(evidence: Evidence): readonly Finding[] {
  const { before, after } = workspacesOf(evidence);
  return [...before.channels.values()].flatMap(({ name, price: was }) => {
    const is = after.channels.get(name);
    if (was === null || is === undefined) return [];
    const keys = [`channels.${name}.price`, `channels.${name}`];
    if (is.price === null)
      return [inWorkspace(evidence, keys, `${name} has no price any more: no budget counts its messages`)];
    const gone = [...was.prefixes.keys()].filter((prefix) => is.price?.prefixes.has(prefix) !== true);
    if (gone.length === 0) return [];
    return [
      inWorkspace(
        evidence,
        keys,
        `messages by ${name} to ${gone.join(", ")} are counted at the usual price, because their own is gone`,
      ),
    ];
  });
}

function country({ base, head, ...rest }: Evidence): readonly Finding[] {
  const [was, is] = [base.compiled.country, head.compiled.country];
  if (was === is) return [];
  const message = `phone numbers without a prefix are taken for numbers of ${is}, and were for numbers of ${was}`;
  return [inWorkspace({ base, head, ...rest }, ["country"], message)];
}

function unpriced(evidence: Evidence): readonly Finding[] {
  return (evidence.backtest?.cost ?? []).flatMap(({ channel, base, unpriced: without }) => {
    // A channel that never had a price is nobody's surprise.
    if (without === 0 || base.value === 0) return [];
    const message = `${counted(without, "message")} by ${channel} ${without === 1 ? "goes" : "go"} where no price is written down for`;
    return [atWorkspace(evidence, ["channels", channel], message)];
  });
}
