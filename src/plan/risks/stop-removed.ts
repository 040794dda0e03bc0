import type { StopOn } from "../../core/model/rulebook.ts";
import { missedDeeds } from "../impact/relied-on.ts";
import {
  type Evidence,
  type Finding,
  inRule,
  inWorkspace,
  type Pair,
  pairsOf,
  type RiskCheck,
  workspacesOf,
} from "./risk-check.ts";

export const stopRemoved: RiskCheck = {
  code: "PLN102",
  page: {
    what: "Something that ended a rule for a contact ends it no more: an event left `stop_on`, must now fit more closely, or `replies.stop` covers less. Or a rule no longer sets, tags or holds what kept others silent.",
    why: "Whoever has bought, answered or opened is reminded all the same, which people take for not being listened to.",
    todo: "Make sure that the guard asks for the same thing at the moment of speaking, or put back what is gone.",
    example: {
      in: "rule",
      before: "stop_on:\n  - event: [email.opened, email.clicked]\n    same: message_id",
      after: "stop_on:\n  - event: email.opened\n    same: message_id",
    },
  },
  find: (evidence) => [...pairsOf(evidence).flatMap(inStops), ...replies(evidence), ...missed(evidence)],
};

function inStops(pair: Pair): readonly Finding[] {
  const { before, after, rule, changed } = pair;
  const heard = (stops: readonly StopOn[]): ReadonlySet<string> => new Set(stops.flatMap(({ match }) => match.events));
  const now = heard(after.stopOn);
  const gone = [...heard(before.stopOn)].filter((event) => !now.has(event));
  const found: Finding[] = [];
  if (gone.length > 0) {
    const events = gone.map((event) => `\`${event}\``).join(", ");
    found.push(inRule(pair, ["stop_on"], `${rule} goes on after ${events}, which ended it`));
  }
  const closer = changed.attributes.find(
    ({ path, before: was, after: is, implication }) =>
      path.startsWith("stop_on[") &&
      (path.endsWith(".same") ? was === null && is !== null : path.includes(".where") && isNarrower(implication?.kind)),
  );
  if (closer !== undefined && gone.length === 0) {
    const message = `${rule} ends for fewer events than before: \`${closer.path}\` must fit`;
    found.push({ message, help: null, rule, file: closer.file, line: closer.line });
  }
  return found;
}

/** What is not known may be narrower. */
function isNarrower(kind: string | undefined): boolean {
  return kind !== undefined && kind !== "broader" && kind !== "equal";
}

const reach = { all: 2, marketing: 1, transactional: 1, none: 0 } as const;

function replies(evidence: Evidence): readonly Finding[] {
  const { before, after } = workspacesOf(evidence);
  if (reach[after.stopOnReply] >= reach[before.stopOnReply]) return [];
  const left = after.stopOnReply === "none" ? "nothing" : "marketing only";
  const was = before.stopOnReply === "all" ? "all rules" : "all marketing";
  return [inWorkspace(evidence, ["replies"], `an answer ends ${left} for the contact, and ended ${was}`)];
}

/** What a rule did for others: somebody takes the status away by which all others know who has bought. */
function missed({ base, head, ruleChanges }: Evidence): readonly Finding[] {
  return ruleChanges.flatMap((changed) => {
    const { rule, previous, action, file, line, attributes } = changed;
    if (action === "create") return [];
    const place = attributes.find(({ path }) => path.startsWith("actions")) ?? { file, line };
    return missedDeeds(base, head, previous ?? rule, action === "delete" ? null : rule).map(({ words, rules }) => ({
      message: `${rule} no longer ${words}, which kept ${listed(rules)} silent`,
      help: null,
      rule,
      file: place.file,
      line: place.line,
    }));
  });
}

function listed(rules: readonly string[]): string {
  return rules.length <= 3 ? rules.join(", ") : `${rules.slice(0, 2).join(", ")} and ${rules.length - 2} more`;
}
