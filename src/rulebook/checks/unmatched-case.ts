import { not } from "../../conditions/logic/parts.ts";
import { type Condition, testsOf } from "../../conditions/condition.ts";
import { type Check, problemAt } from "../check.ts";
import type { ParsedRule, ParsedWorkspace } from "../parsed-workspace.ts";
import { inEveryRule, perRule } from "../per-rule.ts";
import type { Problem, Related } from "../problem.ts";
import { sourcesOfKnown } from "../say-condition.ts";
import { describeType, describeValues } from "../say-type.ts";
import { type Fork, situationsOf, type Way } from "../situations.ts";
import { didYouMean } from "../suggest.ts";

/** A way of a branch that nobody can take. */
export const unmatchedCase = {
  id: "unmatched-case",
  pages: {
    HEED323: {
      what: "A branch has a way that nobody can take: a case that is no value of its path, or an arm of which earlier ones take everybody.",
      why: "Its steps never happen, and whoever they were meant for goes another way.",
      example: {
        in: "rule",
        bad: "actions:\n  - branch:\n      on: consent.sms\n      cases:\n        yes:\n          - send: sms\n            text: Hello.",
        good: "actions:\n  - branch:\n      on: consent.sms\n      cases:\n        granted:\n          - send: sms\n            text: Hello.",
      },
      waivable: true,
    },
  },
  run,
} as const satisfies Check;

function run(parsed: ParsedWorkspace): readonly Problem[] {
  return inEveryRule(parsed, problemsIn);
}

const problemsIn = perRule((rule, types): readonly Problem[] =>
  situationsOf(rule, types).forks.flatMap((fork) => judge(rule, fork)),
);

/** Ways that are wrong by themselves are taken for what they are, so that one mistake has one problem. */
function judge(rule: ParsedRule, fork: Fork): readonly Problem[] {
  const { ways, otherwise, known, proof } = fork;
  const here = known.map(({ condition }) => condition);
  const isNever = (...conditions: readonly Condition[]): boolean =>
    proof.neverHolds({ kind: "all", of: [...here, ...conditions] });
  if (isNever()) return [];
  const problems: Problem[] = [];
  const before: (Way & { readonly condition: Condition })[] = [];
  for (const way of ways) {
    const { condition } = way;
    if (condition === null) return problems;
    if (isNever(condition)) {
      if (way.kind === "case") problems.push(noValue(rule, fork, way, condition));
      continue;
    }
    // What always holds is reported as that.
    if (way.kind === "when" && isNever(not(condition))) return problems;
    if (isNever(...before.map((earlier) => not(earlier.condition)), condition)) {
      const taker = before.find((earlier) => isNever(not(earlier.condition), condition));
      problems.push(shadowed(rule, way, taker));
      continue;
    }
    before.push({ ...way, condition });
  }
  if (otherwise !== null && problems.length === 0 && isNever(...before.map(({ condition }) => not(condition)))) {
    problems.push(nothingLeft(rule, otherwise));
  }
  return problems;
}

function noValue({ document }: ParsedRule, { known, proof }: Fork, { path }: Way, condition: Condition): Problem {
  const [test] = testsOf(condition);
  if (test === undefined) throw new Error("a case stands for a test of its path");
  const type = proof.typeOf(test.path);
  const name = String(path.at(-1));
  const by = known.filter((each) => proof.neverHolds({ kind: "all", of: [each.condition, condition] }));
  const never = `\`${String(test.at.at(-1))}\` is never ${name}`;
  const finding = { code: "HEED323", path, part: "key" } as const;
  if (proof.neverHolds(condition) || by.length === 0) {
    const near = type.values === null ? null : didYouMean(name, type.values.map(String));
    const help = near ?? (type.values === null ? `it is ${describeType(type)}` : describeValues(type.values));
    return problemAt(document, { ...finding, message: never, help });
  }
  const says = [...new Set(by.map(({ from }) => sourcesOfKnown[from].says))].join(" and ");
  return problemAt(document, {
    ...finding,
    message: `${never} here: ${says} demands something else`,
    help: "remove the case, or write what was meant",
    related: by.map((each) => ({
      message: sourcesOfKnown[each.from].written,
      file: document.source.name,
      range: document.rangeOf(each.path, "key"),
    })),
  });
}

function shadowed({ document }: ParsedRule, { path }: Way, taker: Way | undefined): Problem {
  const related: readonly Related[] =
    taker === undefined
      ? []
      : [
          {
            message: "this one takes them",
            file: document.source.name,
            range: document.rangeOf(taker.path, "key"),
          },
        ];
  return problemAt(document, {
    code: "HEED323",
    path,
    part: "key",
    message: `nobody comes to this arm: ${taker === undefined ? "the arms before it take" : "one before it takes"} everybody for whom it holds`,
    help: "put the narrower arm first, or remove this one",
    ...(related.length > 0 && { related }),
  });
}

function nothingLeft({ document }: ParsedRule, path: Way["path"]): Problem {
  return problemAt(document, {
    code: "HEED323",
    severity: "warning",
    path,
    part: "key",
    message: "nobody is left for `otherwise`: the ways before it take everybody",
    help: "remove it, or one of the others",
  });
}
