import type { Condition } from "../conditions/condition.ts";
import type { TemplateKind } from "../templates/template.ts";
import type { Path } from "./problem.ts";
import type { RuleFile } from "./rule-file.generated.ts";
import type { SourceDocument, SourceFile } from "./source-file.ts";
import type { WorkspaceFile } from "./workspace-file.generated.ts";

/** A workspace whose files have the right shape: what checks look at and the compiler compiles. */
export interface ParsedWorkspace {
  readonly sources: readonly SourceFile[];
  /** Null when heed.yaml is missing or has problems of its own; checks that need it then find nothing. */
  readonly workspace: ParsedFile<WorkspaceFile> | null;
  readonly rules: readonly ParsedRule[];
}

export interface ParsedFile<File> {
  readonly document: SourceDocument;
  readonly file: File;
}

export interface ParsedRule extends ParsedFile<RuleFile> {
  readonly conditions: readonly ParsedCondition[];
  readonly texts: readonly Text[];
}

export interface ParsedCondition {
  /** Where in the file it stands. */
  readonly path: Path;
  readonly condition: Condition;
}

/** One content field of a send. */
export interface Text {
  readonly path: Path;
  readonly kind: TemplateKind;
  readonly source: string;
}

export function conditionAt(rule: ParsedRule, path: Path): Condition | null {
  const wanted = path.join("/");
  return rule.conditions.find((entry) => entry.path.join("/") === wanted)?.condition ?? null;
}

/** `verification-sms` of `verification/verification-sms.yaml`. */
export function idOfFile(name: string): string {
  return (name.split("/").at(-1) ?? "").replace(/\.yaml$/, "");
}
