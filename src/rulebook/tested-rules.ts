import { posix } from "node:path";
import { idOfFile, type ParsedWorkspace } from "./parsed-workspace.ts";
import type { ParsedTest } from "./parsed-tests.ts";
import type { SourceFile } from "./source-file.ts";

/** What one entry of `rules:` names, by the files of the workspace. */
export interface ListedRules {
  /** Its place in the list. */
  readonly index: number;
  readonly pattern: string;
  /** From the workspace; empty when there is no such file. */
  readonly files: readonly string[];
}

const filesKept = new WeakMap<ParsedWorkspace, ReadonlySet<string>>();

/** The rule files of a workspace, whether or not they could be read. Every test asks, so they are remembered. */
function ruleFileSet(workspace: ParsedWorkspace): ReadonlySet<string> {
  const files = filesKept.get(workspace) ?? new Set(workspace.sources.map(({ name }) => name).filter(isRuleFile));
  filesKept.set(workspace, files);
  return files;
}

export function ruleFilesOf(workspace: ParsedWorkspace): readonly string[] {
  return [...ruleFileSet(workspace)];
}

/** Rule files with problems of their own. */
export function unreadRules(parsed: ParsedWorkspace): readonly SourceFile[] {
  const read = new Set(parsed.rules.map(({ document }) => document.source.name));
  return parsed.sources.filter(({ name }) => isRuleFile(name) && !read.has(name));
}

function isRuleFile(name: string): boolean {
  return (
    name.endsWith(".yaml") && name !== "heed.yaml" && !name.endsWith(".test.yaml") && !name.startsWith("fixtures/")
  );
}

/** Each entry of a test's `rules:`, relative to the test's own folder. */
export function listedRules({ document, file }: ParsedTest, workspace: ParsedWorkspace): readonly ListedRules[] {
  const folder = posix.dirname(document.source.name);
  const known = ruleFileSet(workspace);
  return file.rules.map((pattern, index) => ({ index, pattern, files: filesAt(posix.join(folder, pattern), known) }));
}

function filesAt(path: string, known: ReadonlySet<string>): readonly string[] {
  if (!path.includes("*")) return known.has(path) ? [path] : [];
  const wanted = patternOf(path);
  return [...known].filter((name) => wanted.test(name));
}

/** The ids of the rules under test. */
export function testedRuleIds(test: ParsedTest, workspace: ParsedWorkspace): readonly string[] {
  const files = listedRules(test, workspace).flatMap((entry) => entry.files);
  return [...new Set(files.map(idOfFile))];
}

/** `*` is any name, `**` any folders; everything else means itself. */
function patternOf(path: string): RegExp {
  const parts = path.split(/(\*\*\/|\*)/).map((part) => {
    if (part === "**/") return "(?:[^/]+/)*";
    return part === "*" ? "[^/]*" : part.replace(/[\\^$.+?()[\]{}|]/g, "\\$&");
  });
  return new RegExp(`^${parts.join("")}$`);
}
