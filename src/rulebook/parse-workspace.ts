import { type ConditionProblem, parseCondition } from "../conditions/parse-condition.ts";
import type { ProblemCode } from "./codes.ts";
import { conditionPaths } from "./condition-places.ts";
import { jsonAt } from "./json-at.ts";
import type { LoadedWorkspace } from "./load-workspace.ts";
import { fileNotBuiltYet, notBuiltYetMessage } from "./not-built-yet.ts";
import type { ParsedCondition, ParsedFile, ParsedRule, ParsedWorkspace, Text } from "./parsed-workspace.ts";
import type { Path, Problem } from "./problem.ts";
import { readYaml } from "./read-yaml.ts";
import type { RuleFile } from "./rule-file.generated.ts";
import { createSourceFile, problemIn, rangeAt, type SourceDocument, type SourceFile } from "./source-file.ts";
import { replaceWord, truthOf } from "./replace-word.ts";
import { didYouMean, slipOf } from "./suggest.ts";
import { validateRuleFile, validateWorkspaceFile } from "./validate-file.ts";
import type { WorkspaceFile } from "./workspace-file.generated.ts";

const workspaceFileName = "heed.yaml";

export interface ParseResult {
  readonly parsed: ParsedWorkspace;
  readonly problems: readonly Problem[];
}

/** Reads every file as far as it can be read. Files with problems are left out of the result, so that one mistake does not cause others. */
export function parseWorkspace({ files, problems: loadProblems }: LoadedWorkspace): ParseResult {
  const problems: Problem[] = [...loadProblems];
  const rules: ParsedRule[] = [];
  let workspace: ParsedFile<WorkspaceFile> | null = null;
  for (const source of files) {
    const unbuilt = fileNotBuiltYet(source.name);
    if (unbuilt !== null)
      problems.push(
        problemIn(source, { code: "HEED190", message: notBuiltYetMessage(unbuilt), range: rangeAt(source, 0, 0) }),
      );
    else if (source.name === workspaceFileName) workspace = readWorkspaceFile(source, problems);
    else {
      const rule = readRule(source, problems);
      if (rule !== null) rules.push(rule);
    }
  }
  const folderRead = !loadProblems.some(({ file }) => file === ".");
  if (folderRead && !files.some(({ name }) => name === workspaceFileName)) problems.push(noWorkspaceFile(loadProblems));
  return { parsed: { sources: files, workspace, rules }, problems };
}

function noWorkspaceFile(loadProblems: readonly Problem[]): Problem {
  const source = createSourceFile(workspaceFileName, "");
  const unreadable = loadProblems.some(({ file }) => file === workspaceFileName);
  const help = unreadable ? null : "it says which channels and providers there are";
  return problemIn(source, {
    code: "HEED017",
    message: `the workspace has no readable ${workspaceFileName}`,
    help,
    range: rangeAt(source, 0, 0),
  });
}

function readDocument(source: SourceFile, problems: Problem[]): SourceDocument | null {
  const read = readYaml(source);
  if (read.ok) return read.document;
  problems.push(...read.problems);
  return null;
}

function readWorkspaceFile(source: SourceFile, problems: Problem[]): ParsedFile<WorkspaceFile> | null {
  const document = readDocument(source, problems);
  if (document === null) return null;
  const validated = validateWorkspaceFile(document);
  if (validated.ok) return { document, file: validated.file };
  problems.push(...validated.problems);
  return null;
}

/** Shape and conditions are judged apart, so that a mistake in one does not hide those in the other. */
function readRule(source: SourceFile, problems: Problem[]): ParsedRule | null {
  const document = readDocument(source, problems);
  if (document === null) return null;
  const before = problems.length;
  const conditions: ParsedCondition[] = [];
  for (const path of conditionPaths(document.data)) {
    const parsed = parseCondition(jsonAt(document.data, path));
    if (parsed.ok) conditions.push({ path, condition: parsed.condition });
    else problems.push(...parsed.problems.map((problem) => conditionProblem(document, path, problem)));
  }
  const validated = validateRuleFile(document);
  if (!validated.ok) problems.push(...validated.problems);
  return validated.ok && problems.length === before
    ? { document, file: validated.file, conditions, texts: textsOf(validated.file) }
    : null;
}

const contentFields = { text: "text", subject: "header", html: "html" } as const;

function textsOf({ actions }: RuleFile): readonly Text[] {
  return actions.flatMap((step, index) => {
    if (!("send" in step)) return [];
    return (["text", "subject", "html"] as const).flatMap((field) => {
      const source = step[field];
      return source === undefined ? [] : [{ path: ["actions", index, field], kind: contentFields[field], source }];
    });
  });
}

const conditionCodes: Readonly<Record<ConditionProblem["kind"], ProblemCode>> = {
  shape: "HEED110",
  path: "HEED111",
  operator: "HEED112",
  operand: "HEED113",
  not_built_yet: "HEED190",
};

function conditionProblem(document: SourceDocument, base: Path, problem: ConditionProblem): Problem {
  const path = [...base, ...problem.at];
  const near = problem.unknown === undefined ? null : didYouMean(problem.unknown.word, problem.unknown.known);
  const range = document.rangeOf(path, problem.on);
  const safe = safeWord(document, path, problem);
  return problemIn(document.source, {
    code: conditionCodes[problem.kind],
    message: problem.kind === "not_built_yet" ? notBuiltYetMessage(`\`${problem.message}\``) : problem.message,
    help: near ?? problem.help ?? null,
    range,
    path,
    ...(safe !== null && { fix: replaceWord(document.source, range, safe) }),
  });
}

/** What is surely meant: an operator with a slip of the pen, or a truth value of older YAML. */
function safeWord({ data }: SourceDocument, path: Path, problem: ConditionProblem): string | null {
  if (problem.kind === "operator" && problem.unknown !== undefined && problem.on === "key") {
    return slipOf(problem.unknown.word, problem.unknown.known);
  }
  const value = path.at(-1) === "exists" && problem.kind === "operand" ? jsonAt(data, path) : null;
  return typeof value === "string" ? truthOf(value) : null;
}
