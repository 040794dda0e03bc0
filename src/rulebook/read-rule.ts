import { parseCondition } from "../conditions/parse-condition.ts";
import type { ConditionProblem } from "../conditions/condition-problem.ts";
import type { ProblemCode } from "./codes.ts";
import { conditionPlaces } from "./condition-places.ts";
import { jsonAt } from "./json-at.ts";
import type { ParsedCondition, ParsedRule } from "./parsed-workspace.ts";
import type { Path, Problem } from "./problem.ts";
import { readYaml } from "./read-yaml.ts";
import { replaceWord, truthOf } from "./replace-word.ts";
import { problemIn, type SourceDocument, type SourceFile } from "./source-file.ts";
import { didYouMean, slipOf } from "./suggest.ts";
import { textsOf } from "./texts-of.ts";
import { validateRuleFile } from "./validate-file.ts";
import { writtenForms } from "./written-forms.ts";

interface ReadRule {
  readonly content: ParsedRule | null;
  readonly problems: readonly Problem[];
}

/** Shape and conditions are judged apart, so that a mistake in one does not hide those in the other. */
export function readRule(source: SourceFile): ReadRule {
  const read = readYaml(source);
  if (!read.ok) return { content: null, problems: read.problems };
  const { document } = read;
  const conditions: ParsedCondition[] = [];
  const problems: Problem[] = [];
  for (const { path, setting } of conditionPlaces(document.data)) {
    const parsed = parseCondition(jsonAt(document.data, path), setting);
    if (parsed.ok) conditions.push({ path, setting, condition: parsed.condition });
    else problems.push(...parsed.problems.map((problem) => conditionProblem(document, path, problem)));
  }
  const validated = validateRuleFile(document);
  if (!validated.ok) problems.push(...validated.problems);
  if (!validated.ok || problems.length > 0) return { content: null, problems };
  const { file } = validated;
  return { content: { document, file, conditions, texts: textsOf(file, document) }, problems };
}

const conditionCodes: Readonly<Record<ConditionProblem["kind"], ProblemCode>> = {
  shape: "HEED110",
  path: "HEED111",
  operator: "HEED112",
  operand: "HEED113",
};

function conditionProblem(document: SourceDocument, base: Path, problem: ConditionProblem): Problem {
  const path = [...base, ...problem.at];
  const near = problem.unknown === undefined ? null : didYouMean(problem.unknown.word, problem.unknown.known);
  const range = document.rangeOf(path, problem.on);
  const safe = safeWord(document, path, problem);
  return problemIn(document.source, {
    code: conditionCodes[problem.kind],
    message: problem.message,
    help: near ?? problem.help ?? durationHelp(document, path, problem),
    range,
    path,
    ...(safe !== null && { fix: replaceWord(document.source, range, safe) }),
  });
}

/** A duration in words, in its short form. */
function durationHelp({ data }: SourceDocument, path: Path, { kind }: ConditionProblem): string | null {
  const value = kind === "operand" && path.at(-1) === "within" ? jsonAt(data, path) : null;
  const meant = typeof value === "string" && value.length <= 60 ? writtenForms.get("duration")?.meant(value) : null;
  return typeof meant === "string" ? `write ${meant}` : null;
}

/** What is surely meant: an operator with a slip of the pen, or a truth value of older YAML. */
function safeWord({ data }: SourceDocument, path: Path, problem: ConditionProblem): string | null {
  if (problem.kind === "operator" && problem.unknown !== undefined && problem.on === "key") {
    return slipOf(problem.unknown.word, problem.unknown.known);
  }
  const value = path.at(-1) === "exists" && problem.kind === "operand" ? jsonAt(data, path) : null;
  return typeof value === "string" ? truthOf(value) : null;
}
