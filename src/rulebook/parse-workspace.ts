import { type RequirePackage, withPlugins } from "../providers/plugins.ts";
import type { LoadedWorkspace } from "./load-workspace.ts";
import { lookAlikesInText } from "./look-alikes.ts";
import type { ParsedFile, ParsedRule, ParsedWorkspace, SharedTemplate, Text } from "./parsed-workspace.ts";
import type { Problem } from "./problem.ts";
import type { ParsedFixtures, ParsedTest } from "./parsed-tests.ts";
import { readRule } from "./read-rule.ts";
import { readFixtures, readTest } from "./read-tests.ts";
import { maxLexemes } from "./parse-yaml.ts";
import { readYaml } from "./read-yaml.ts";
import { createSourceFile, problemIn, rangeAt, type SourceFile } from "./source-file.ts";
import { validateWorkspaceFile } from "./validate-file.ts";
import type { WorkspaceFile } from "./workspace-file.generated.ts";

const workspaceFileName = "heed.yaml";

export interface ParseResult {
  readonly parsed: ParsedWorkspace;
  readonly problems: readonly Problem[];
}

/** What one file is, as far as it can be read. A file with problems gives no content, so that one mistake does not cause others. */
export type ParsedSource = (
  | { readonly kind: "workspace"; readonly content: ParsedFile<WorkspaceFile> | null }
  | { readonly kind: "rule"; readonly content: ParsedRule | null }
  | { readonly kind: "template"; readonly content: { readonly name: string; readonly text: Text } | null }
  | { readonly kind: "test"; readonly content: ParsedTest | null }
  | { readonly kind: "fixtures"; readonly content: ParsedFixtures | null }
) & { readonly problems: readonly Problem[] };

/** Reads one file by itself: the same text gives the same result. */
export function parseSource(source: SourceFile): ParsedSource {
  if (isRuleFile(source.name)) return { kind: "rule", ...readRule(source) };
  if (source.name === workspaceFileName) return readWorkspaceFile(source);
  if (source.name.endsWith(".liquid")) return readTemplate(source);
  if (source.name.endsWith(".test.yaml")) return { kind: "test", ...readTest(source) };
  return { kind: "fixtures", ...readFixtures(source) };
}

/** Whether a file of a workspace is a rule, which its name says. */
export function isRuleFile(name: string): boolean {
  const other = name === workspaceFileName || name.endsWith(".test.yaml") || name.startsWith("fixtures/");
  return name.endsWith(".yaml") && !other;
}

/** Reads every file of a workspace and puts together what they say. */
export function parseWorkspace(
  { files, problems: loadProblems, requirePackage = noPackages }: LoadedWorkspace,
  parse: (source: SourceFile) => ParsedSource = parseSource,
): ParseResult {
  const sources = files.map(parse);
  const problems = [...loadProblems, ...sources.flatMap((source) => source.problems)];
  const folderRead = !loadProblems.some(({ file }) => file === ".");
  if (folderRead && !files.some(({ name }) => name === workspaceFileName)) problems.push(noWorkspaceFile(loadProblems));
  const workspace = sources.flatMap((source) => (source.kind === "workspace" ? [source.content] : []))[0] ?? null;
  return {
    parsed: {
      sources: files,
      workspace,
      rules: sources.flatMap((source) => (source.kind === "rule" && source.content !== null ? [source.content] : [])),
      templates: templatesOf(sources),
      tests: sources.flatMap((source) => (source.kind === "test" && source.content !== null ? [source.content] : [])),
      fixtures: sources.flatMap((source) =>
        source.kind === "fixtures" && source.content !== null ? [source.content] : [],
      ),
      providers: withPlugins(workspace?.file.plugins ?? [], requirePackage),
    },
    problems,
  };
}

/** A workspace that is in no folder has no packages. */
const noPackages: RequirePackage = (name) => {
  throw Object.assign(new Error(`Cannot find module '${name}'`), { code: "MODULE_NOT_FOUND" });
};

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

function readWorkspaceFile(source: SourceFile): ParsedSource {
  const read = readYaml(source, maxLexemes.other);
  if (!read.ok) return { kind: "workspace", content: null, problems: read.problems };
  const validated = validateWorkspaceFile(read.document);
  return validated.ok
    ? { kind: "workspace", content: { document: read.document, file: validated.file }, problems: [] }
    : { kind: "workspace", content: null, problems: validated.problems };
}

const templateFolder = "templates/";

function readTemplate(source: SourceFile): ParsedSource {
  if (!source.name.startsWith(templateFolder)) {
    const message = `shared texts live in ${templateFolder}`;
    const help = `move it to ${templateFolder}${source.name.split("/").at(-1) ?? ""}`;
    const problem = problemIn(source, { code: "HEED019", message, help, range: rangeAt(source, 0, 0) });
    return { kind: "template", content: null, problems: [problem] };
  }
  const name = source.name.slice(templateFolder.length).replace(/\.liquid$/, "");
  const rangeOf: Text["rangeOf"] = (start, end) => rangeAt(source, start, end);
  // The line break that editors put at the end of a file is no part of the message.
  const text = source.text.replace(/\r?\n$/, "");
  const kind = name.endsWith(".html") ? "html" : "text";
  return {
    kind: "template",
    content: { name, text: { file: source, path: [], kind, source: text, rangeOf } },
    problems: lookAlikesInText(source),
  };
}

function templatesOf(sources: readonly ParsedSource[]): ReadonlyMap<string, SharedTemplate> {
  const templates = new Map<string, SharedTemplate>();
  for (const source of sources) {
    if (source.kind !== "template" || source.content === null) continue;
    const { text } = source.content;
    const name = source.content.name.replace(/\.html$/, "");
    const known = templates.get(name) ?? { text: null, html: null };
    templates.set(name, text.kind === "html" ? { ...known, html: text } : { ...known, text });
  }
  return templates;
}
