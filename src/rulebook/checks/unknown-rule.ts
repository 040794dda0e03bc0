import { sendsOf } from "../../conditions/condition.ts";
import { type Check, problemAt } from "../check.ts";
import { idOfFile, type ParsedRule, type ParsedWorkspace } from "../parsed-workspace.ts";
import type { Path, Problem } from "../problem.ts";
import { stepsOf } from "../steps.ts";
import { didYouMean } from "../suggest.ts";
import { ruleFilesOf } from "../tested-rules.ts";

/** A rule that no file of the workspace is, named by another. */
export const unknownRule = {
  id: "unknown-rule",
  pages: {
    HEED216: {
      what: "A rule names another rule that does not exist.",
      why: "What it holds or asks for would never be found.",
      example: {
        in: "rule",
        bad: "guard:\n  was_not_sent: { rule: helo, within: 7d }",
        good: "guard:\n  was_not_sent: { rule: hello, within: 7d }",
      },
    },
    HEED217: {
      what: "A rule continues one that is still there, or that another rule continues as well.",
      why: "Enrollments, caps and history can only go to one rule, and only when the old one is gone.",
      example: { in: "rule", bad: "moved: { from: hello }", good: "moved: { from: greeting }" },
    },
  },
  run,
} as const satisfies Check;

function run(parsed: ParsedWorkspace): readonly Problem[] {
  const { rules } = parsed;
  // A rule that cannot be read is there all the same.
  const known = ruleFilesOf(parsed).map(idOfFile);
  return [...rules.flatMap((rule) => named(rule, known)), ...rules.flatMap((rule) => moved(rule, rules))];
}

function named(rule: ParsedRule, known: readonly string[]): readonly Problem[] {
  const places: readonly { readonly path: Path; readonly id: string }[] = [
    ...rule.conditions.flatMap(({ path, condition }) =>
      sendsOf(condition).flatMap(({ at, rule: id }) =>
        id === null || id === "this" ? [] : [{ path: [...path, ...at, "rule"], id }],
      ),
    ),
    ...stepsOf(rule.file).flatMap(({ step, path }) =>
      "hold" in step && "rules" in step.hold
        ? step.hold.rules.map((id, index) => ({ path: [...path, "hold", "rules", index], id }))
        : [],
    ),
  ];
  return places
    .filter(({ id }) => !known.includes(id))
    .map(({ path, id }) => {
      const help = didYouMean(id, [...known, "this", "any"]) ?? "rules are known by the name of their file";
      return problemAt(rule.document, { code: "HEED216", path, message: `there is no rule \`${id}\``, help });
    });
}

function moved(rule: ParsedRule, rules: readonly ParsedRule[]): readonly Problem[] {
  const from = rule.file.moved?.from;
  if (from === undefined) return [];
  const path = ["moved", "from"];
  const other = rules.find(({ file }) => file.rule === from);
  if (other !== undefined) {
    const message = `\`${from}\` is still there, so this rule can't continue it`;
    const help =
      other === rule ? "name the id that this rule had before" : `remove ${other.document.source.name}, or this line`;
    return [problemAt(rule.document, { code: "HEED217", path, message, help })];
  }
  const first = rules.find(({ file }) => file.moved?.from === from);
  if (first === undefined || first === rule) return [];
  const related = [
    {
      message: "this one continues it already",
      file: first.document.source.name,
      range: first.document.rangeOf(path, "value"),
    },
  ];
  const message = `two rules continue \`${from}\``;
  return [problemAt(rule.document, { code: "HEED217", path, message, help: "let one of them begin anew", related })];
}
