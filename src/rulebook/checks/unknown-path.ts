import type { Test } from "../../conditions/condition.ts";
import { operators } from "../../conditions/operators.ts";
import { parseCondition } from "../../conditions/parse-condition.ts";
import { templateReferences } from "../../templates/template-references.ts";
import { type Check, problemAt } from "../check.ts";
import { testsInSight } from "../events-in-sight.ts";
import { type NamedPath, namedPathsOf } from "../named-paths.ts";
import type { ParsedRule, ParsedWorkspace } from "../parsed-workspace.ts";
import { declaredAs, type DeclaredTypeName, type PathMistake } from "../path-mistake.ts";
import { inEveryRule, perRule } from "../per-rule.ts";
import { mostPerFile, type Problem } from "../problem.ts";
import { problemIn } from "../source-file.ts";
import { silentOnMessages } from "../speaks-of-message.ts";
import { didYouMean } from "../suggest.ts";
import { type SeenText, sharedTextsInSight, textsOfRuleInSight } from "../texts-in-sight.ts";
import { type PathTypes, pathTypesOf } from "../type-of-path.ts";

/** A field of a contact, event, look-up or channel that nobody declared: it would always be missing. */
export const unknownPath = {
  id: "unknown-path",
  pages: {
    HEED204: {
      what: "A condition, a step or a text names a field that is not declared.",
      why: "It would always be missing: a guard on it never holds, a text falls back every time. Declare fields under `contacts:`, `events:` and the look-up's `fields:` in heed.yaml.",
      example: { in: "rule", bad: "guard:\n  contact.staus: new", good: "guard:\n  contact.status: new" },
    },
  },
  run,
} as const satisfies Check;

function run(parsed: ParsedWorkspace): readonly Problem[] {
  const types = pathTypesOf(parsed);
  if (types === null) return [];
  return [...inEveryRule(parsed, problemsIn), ...sharedTextsInSight(parsed).flatMap((seen) => inText(seen, types))];
}

const problemsIn = perRule((rule, types): readonly Problem[] => [
  ...inConditions(rule, types),
  ...amongNamedPaths(rule, types),
  ...textsOfRuleInSight(rule).flatMap((seen) => inText(seen, types)),
]);

function inConditions(rule: ParsedRule, types: PathTypes): readonly Problem[] {
  const places = new Map(testsInSight(rule).map((seen) => [seen.path.join("/"), seen]));
  const problems: Problem[] = [];
  for (const { test, path, sight } of places.values()) {
    // No more are shown, and looking for what was meant takes its time.
    if (problems.length === mostPerFile) break;
    const found = types.of(test.path, sight);
    if (found.kind === "known" && test.path[0] !== "message") continue;
    const said = found.kind === "known" ? noMessage(sight.event, types) : told(found.mistake, typeIn(test));
    if (said !== null) problems.push(problemAt(rule.document, { code: "HEED204", path, part: "key", ...said }));
  }
  return problems;
}

/** `message.status` of an event that speaks of no message. */
function noMessage(events: readonly string[], types: PathTypes): (Told & Pick<Problem, "severity">) | null {
  const silent = silentOnMessages(events, types.events);
  if (silent === null) return null;
  return {
    message: `${silent.named} speaks of no message, so that \`message.status\` is always missing`,
    help: "last.<channel>.status is the state of the newest message",
    severity: silent.surely ? "error" : "warning",
  };
}

function amongNamedPaths(rule: ParsedRule, types: PathTypes): readonly Problem[] {
  return namedPathsOf(rule).flatMap((named) => {
    const mistake = mistakeOf(named, types);
    if (mistake === null) return [];
    return [problemAt(rule.document, { code: "HEED204", path: named.place, part: named.part, ...mistake })];
  });
}

interface Told {
  readonly message: string;
  readonly help: string;
}

function mistakeOf({ role, path, sights }: NamedPath, types: PathTypes): Told | null {
  if (role === "on") {
    const parsed = parseCondition({ [path.join(".")]: { exists: true } });
    const [problem] = parsed.ok ? [] : parsed.problems;
    if (problem !== undefined)
      return { message: problem.message, help: problem.help ?? "write a path as in conditions" };
  }
  for (const sight of sights) {
    const found = types.of(path, sight);
    if (found.kind === "unknown") return told(found.mistake, role === "value" ? "number" : "string");
  }
  return null;
}

function inText({ text, sight }: SeenText, types: PathTypes): readonly Problem[] {
  const problems: Problem[] = [];
  for (const { path, start, end } of templateReferences(text.source, text.kind)) {
    if (problems.length === mostPerFile) break;
    const found = types.of(path, sight);
    if (found.kind === "known") continue;
    const said = told(found.mistake, "string");
    problems.push(problemIn(text.file, { code: "HEED204", ...said, range: text.rangeOf(start, end), path: text.path }));
  }
  return problems;
}

function told({ message, word, known, help }: PathMistake, type: DeclaredTypeName): Told {
  return { message, help: didYouMean(word, known) ?? help(type) };
}

/** The type that values must have for the test to make sense. */
function typeIn({ operator, operand }: Test): DeclaredTypeName {
  switch (operators[operator].operand) {
    case "number":
      return "number";
    case "time":
    case "duration":
      return "time";
    case "scalar":
    case "scalars":
      return operator === "contains" || operator === "not_contains" ? "string" : declaredAs(operand);
    case "text":
    case "boolean":
      return "string";
  }
}
