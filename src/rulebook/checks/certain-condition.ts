import { type Condition, leavesOf } from "../../conditions/condition.ts";
import { type Check, problemAt } from "../check.ts";
import { type Certainty, certaintiesIn } from "../certainty.ts";
import { jsonAt } from "../json-at.ts";
import { type OwnAnswer, ownAnswersIn } from "../own-history.ts";
import type { ParsedRule, ParsedWorkspace } from "../parsed-workspace.ts";
import { inEveryRule, perRule } from "../per-rule.ts";
import type { Path, Problem, Related } from "../problem.ts";
import { placeOf, sayCondition, sourcesOfKnown } from "../say-condition.ts";
import { describeValues } from "../say-type.ts";
import { type Situation, situationsOf } from "../situations.ts";
import type { SourceDocument } from "../source-file.ts";

/** A condition, or a part of one, that is the same for everybody. */
export const certainCondition = {
  id: "certain-condition",
  pages: {
    HEED321: {
      what: "A condition, or a part of one, can never hold.",
      why: "A rule with such a guard never speaks, and a step with such a `when` is never taken. What is known is taken into account: the types and values in heed.yaml, the trigger's `where`, the guard, and the arms of branches around it; and that the event which starts a rule counts among those that the contact did.",
      example: {
        in: "rule",
        bad: "guard:\n  contact.status: { in: [new, trial], not: new, not_in: [trial] }",
        good: "guard:\n  contact.status: { in: [new, trial], not: new }",
      },
    },
    HEED322: {
      what: "A condition, or a part of one, always holds.",
      why: "It decides nothing, so most likely something else was meant.",
      example: {
        in: "rule",
        bad: "guard:\n  any: [{ contact.status: new }, { contact.status: { not: new } }]",
        good: "guard:\n  any: [{ contact.status: new }, { contact.status: { exists: false } }]",
      },
      waivable: true,
    },
  },
  run,
} as const satisfies Check;

function run(parsed: ParsedWorkspace): readonly Problem[] {
  return inEveryRule(parsed, problemsIn);
}

const problemsIn = perRule((rule, types): readonly Problem[] => [
  ...situationsOf(rule, types).conditions.flatMap((situation) =>
    certaintiesIn(situation).map((certainty) => toProblem(rule, situation, certainty)),
  ),
  ...ownAnswersIn(rule).map((answer) => ownProblem(rule, answer)),
]);

function ownProblem(
  { document }: ParsedRule,
  { path, part, asked, answer, certain, because, help }: OwnAnswer,
): Problem {
  return problemAt(document, {
    code: answer === "never" ? "HEED321" : "HEED322",
    severity: answer === "never" && certain ? "error" : "warning",
    path: [...path, ...asked.at],
    part: "key",
    message: `\`${sayCondition(part)}\` ${answer} holds: ${because}`,
    help,
  });
}

function toProblem({ document }: ParsedRule, situation: Situation, certainty: Certainty): Problem {
  const { parts, because } = certainty;
  const part = parts.at(-1) ?? situation.condition;
  const others = parts.slice(0, -1);
  const never = certainty.answer === "never" || certainty.turnsAround;
  const related = [
    ...others.map((other) => seeAlso(document, situation.path, other, `\`${sayCondition(other)}\``)),
    ...because.map((each) => seeAlso(document, each.known.path, each.part, sourcesOfKnown[each.known.from].written)),
  ];
  return problemAt(document, {
    code: never ? "HEED321" : "HEED322",
    severity: never ? "error" : "warning",
    path: placeOf(document, situation.path, part),
    part: leavesOf(part).length === 1 ? "value" : "key",
    message: messageOf(situation, part, certainty, others),
    help: helpOf(certainty, others),
    ...(related.length > 0 && { related }),
  });
}

function messageOf(situation: Situation, part: Condition, certainty: Certainty, others: readonly Condition[]): string {
  const { answer, because, turnsAround } = certainty;
  const any = part.kind === "any";
  const said = `\`${sayCondition(part)}\``;
  const by = [...new Set(because.map(({ known }) => sourcesOfKnown[known.from].says))].join(" and ");
  if (answer === "always") {
    const always = `${any ? "one of these" : said} always holds`;
    if (by !== "") return `${always} here: ${by} has seen to it already`;
    return `${always}${reasonOf(situation, part)}${turnsAround ? ", so that the whole condition never does" : ""}`;
  }
  const never = any ? "none of these holds" : `${said} never holds`;
  if (by !== "") return `${never} here: ${by} demands the opposite`;
  if (others.length > 0) {
    return `${never} together with ${others.map((other) => `\`${sayCondition(other)}\``).join(" and ")}`;
  }
  return `${never}${reasonOf(situation, part)}`;
}

/** What a single test of a declared field fails by. */
function reasonOf({ proof }: Situation, part: Condition): string {
  const [leaf] = leavesOf(part);
  if (leaf?.kind !== "test" || leavesOf(part).length > 1) return "";
  const type = proof.typeOf(leaf.path);
  if (leaf.operator === "exists") return type.optional ? "" : ": the value is always there";
  return type.values === null ? "" : `: ${describeValues(type.values)}`;
}

function helpOf({ answer, because }: Certainty, others: readonly Condition[]): string {
  if (answer === "always") return "remove it, or write what it should tell apart";
  if (because.length > 0) return "remove one of the two, or write what was meant";
  return others.length > 0 ? "if one of them is enough, write any: [...]" : "remove it, or write what was meant";
}

function seeAlso(document: SourceDocument, base: Path, part: Condition, message: string): Related {
  const place = placeOf(document, base, part);
  // The name of a case stands for a condition that nobody wrote.
  const written = jsonAt(document.data, place) !== undefined;
  const range = written ? document.rangeOf(place, "value") : document.rangeOf(base, "key");
  return { message, file: document.source.name, range };
}
