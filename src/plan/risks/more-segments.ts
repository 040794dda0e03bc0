import { segmentRange } from "../../templates/extent.ts";
import { measureTemplate } from "../../templates/measure-template.ts";
import type { ParsedRule } from "../../rulebook/parsed-workspace.ts";
import { smsTextsOf } from "../../rulebook/sms-texts.ts";
import { valueExtents } from "../../rulebook/value-extents.ts";
import type { Side } from "../side.ts";
import {
  atRule,
  type Evidence,
  type Finding,
  inRule,
  type Pair,
  pairsOf,
  parsedRule,
  type RiskCheck,
} from "./risk-check.ts";

export const moreSegments: RiskCheck = {
  code: "PLN204",
  page: {
    what: "A text message takes more segments than before: it grew across a border, or has a character that GSM-7 cannot write.",
    why: "Each segment is paid for. One character more, or one curly quote, and every text of the rule costs twice.",
    todo: "Shorten the text, or write the character plainly.",
    example: {
      in: "rule",
      before: "actions:\n  - send: sms\n    text: We can't reach you by email.",
      after:
        "actions:\n  - send: sms\n    text: We can’t reach you by email. Please look into your inbox, and into the folder for spam.",
    },
  },
  find: (evidence) => [
    ...pairsOf(evidence).flatMap((pair) => (isMeasured(evidence, pair) ? [] : written(evidence, pair))),
    ...rendered(evidence),
  ],
};

/** Of a rule whose texts were rendered, what they took is known better. */
function isMeasured({ backtest }: Evidence, { rule }: Pair): boolean {
  return backtest?.rules.some((delta) => delta.rule === rule && delta.segments.head > 0) ?? false;
}

function written(evidence: Evidence, pair: Pair): readonly Finding[] {
  const [was, is] = [
    most(evidence.base, parsedRule(evidence.base, pair.changed.previous ?? pair.rule)),
    most(evidence.head, parsedRule(evidence.head, pair.rule)),
  ];
  if (was === null || is === null || is <= was) return [];
  const message = `the texts of ${pair.rule} take up to ${is} segments each, and took up to ${was}`;
  return [inRule(pair, ["actions"], message, "each segment is paid for")];
}

/** The most segments that one text of the rule can take. */
function most({ parsed }: Side, rule: ParsedRule | null): number | null {
  const heed = parsed.workspace;
  if (rule === null || heed === null) return null;
  const variable = valueExtents(heed.file, rule.file);
  const counts = smsTextsOf(parsed)
    .filter(({ uses }) => uses.some((use) => use.rule === rule))
    .map(
      ({ text }) => segmentRange(measureTemplate(text.source, text.kind, { variable, literal: (words) => words })).most,
    );
  return counts.length === 0 ? null : Math.max(...counts);
}

function rendered(evidence: Evidence): readonly Finding[] {
  return (evidence.backtest?.rules ?? []).flatMap(({ rule, touched, base, head, segments }) => {
    if (!touched || base.value <= 0 || head.value <= 0 || segments.base === 0) return [];
    const [was, is] = [segments.base / base.value, segments.head / head.value];
    if (is < was * 1.02) return [];
    const message = `a text of ${rule} takes ${is.toFixed(2)} segments on average, and took ${was.toFixed(2)}`;
    return [atRule(evidence, rule, message, "each segment is paid for")];
  });
}
