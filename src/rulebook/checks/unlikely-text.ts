import { optOutKeyword } from "../../core/model/opt-out-keywords.ts";
import { isJsonObject } from "../../core/model/parse-json.ts";
import { type Check, problemAt } from "../check.ts";
import { type SeenTest, testsInSight } from "../events-in-sight.ts";
import { jsonAt } from "../json-at.ts";
import { misfitOf } from "../operand-fit.ts";
import { optOutWords } from "../opt-out-words.ts";
import type { ParsedRule, ParsedWorkspace } from "../parsed-workspace.ts";
import { inEveryRule, perRule } from "../per-rule.ts";
import type { Problem } from "../problem.ts";

/** A condition that compares with a text which hardly any value is like. */
export const unlikelyText = {
  id: "unlikely-text",
  pages: {
    HEED325: {
      what: "A condition compares with a text that holds an operator (`!= pro`) or a wildcard (`/guides/*`), or with the exact text of somebody's answer.",
      why: "A text is compared letter by letter. There is no value `!= pro`, so who was to be left out is not; an asterisk is an asterisk; and people who are asked to reply YES write yes, Yes! and YES please.",
      example: {
        in: "rule",
        bad: 'guard:\n  contact.status: "!= customer"',
        good: "guard:\n  contact.status: { not: customer }",
      },
      waivable: true,
    },
  },
  run,
} as const satisfies Check;

function run(parsed: ParsedWorkspace): readonly Problem[] {
  const keywords = optOutWords(parsed.workspace?.file.opt_out?.keywords).map(({ word }) => word);
  return [...inEveryRule(parsed, problemsIn), ...parsed.rules.flatMap((rule) => exactAnswers(rule, keywords))];
}

const problemsIn = perRule((rule, types): readonly Problem[] =>
  testsInSight(rule).flatMap((seen) => {
    const { test, sight } = seen;
    // What no value can be is told as that.
    if (misfitOf(test, types.typeOf(sight)(test.path)) !== null) return [];
    const operands = typeof test.operand === "object" ? test.operand : [test.operand];
    for (const [index, operand] of operands.entries()) {
      const said = typeof operand === "string" ? unlikely(seen, operand) : null;
      if (said !== null) return [toProblem(rule, seen, typeof test.operand === "object" ? index : null, said)];
    }
    return [];
  }),
);

type Said = Pick<Problem, "message" | "help">;

function toProblem({ document }: ParsedRule, { test, path }: SeenTest, index: number | null, said: Said): Problem {
  const written = isJsonObject(jsonAt(document.data, path)) ? [...path, test.operator] : path;
  return problemAt(document, {
    code: "HEED325",
    severity: "warning",
    path: index === null ? written : [...written, index],
    ...said,
  });
}

const equalities: ReadonlySet<string> = new Set(["is", "not", "in", "not_in"]);

function unlikely({ test }: SeenTest, operand: string): Said | null {
  if (equalities.has(test.operator)) return operatorIn(operand);
  const plain = operand.replace(/^(?:\.?\*)+|(?:\.?\*)+$/g, "");
  if (plain === operand || plain === "") return null;
  return {
    message: `there are no wildcards: \`${operand}\` looks for an asterisk`,
    help: `write ${JSON.stringify(plain)}`,
  };
}

const operators: ReadonlyMap<string, string> = new Map([
  ["!=", "not"],
  ["<>", "not"],
  ["!", "not"],
  [">", "gt"],
  [">=", "gte"],
  ["<", "lt"],
  ["<=", "lte"],
]);

function operatorIn(operand: string): Said | null {
  const [, sign, value] = /^([!=<>]{1,3})\s*([\p{L}\p{N}].*)$/u.exec(operand) ?? [];
  if (sign === undefined || value === undefined) return null;
  const operator = operators.get(sign);
  const help = operator === undefined ? `write ${value}` : `write { ${operator}: ${value} }`;
  return { message: `\`${operand}\` is taken for a text, \`${sign}\` and all`, help };
}

/** Of what people write, only whole words that opt in or out are known by more than their letters: those are another matter. */
function exactAnswers(rule: ParsedRule, keywords: readonly string[]): readonly Problem[] {
  // Hardly any rule looks at answers.
  if (!rule.document.source.text.includes("event.data.text")) return [];
  return testsInSight(rule).flatMap((seen) => {
    const { path, operator, operand } = seen.test;
    const isAnswer = seen.sight.event.every((type) => type === "sms.received" || type === "email.replied");
    // Whoever lists several has thought of how people write.
    if (!isAnswer || path.join(".") !== "event.data.text" || !equalities.has(operator)) return [];
    if (typeof operand !== "string" || (optOutKeyword(operand, keywords) ?? "yes") !== "yes") return [];
    const message = `only an answer that is exactly \`${operand}\` is meant, in this case and without a full stop`;
    const help = `write { starts_with: ${JSON.stringify(operand)} } or { contains: … }, which ignore case`;
    return [toProblem(rule, seen, null, { message, help })];
  });
}
