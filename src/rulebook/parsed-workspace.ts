import type { Condition } from "../conditions/condition.ts";
import type { Setting } from "../conditions/parse-condition.ts";
import type { Plugged } from "../providers/plugins.ts";
import type { TemplateKind } from "../templates/template.ts";
import type { ParsedFixtures, ParsedTest } from "./parsed-tests.ts";
import type { Path, Range } from "./problem.ts";
import type { RuleFile } from "./rule-file.generated.ts";
import type { SourceDocument, SourceFile } from "./source-file.ts";
import type { WorkspaceFile } from "./workspace-file.generated.ts";

/** A workspace whose files have the right shape: what checks look at and the compiler compiles. */
export interface ParsedWorkspace {
  readonly sources: readonly SourceFile[];
  /** Null when heed.yaml is missing or has problems of its own; checks that need it then find nothing. */
  readonly workspace: ParsedFile<WorkspaceFile> | null;
  readonly rules: readonly ParsedRule[];
  /** The shared texts, by the name that `template:` gives. */
  readonly templates: ReadonlyMap<string, SharedTemplate>;
  readonly tests: readonly ParsedTest[];
  readonly fixtures: readonly ParsedFixtures[];
  /** The providers that it may name: ours and those of its plugins. */
  readonly providers: Plugged;
}

/** `templates/<name>.liquid` is the text, `templates/<name>.html.liquid` the HTML; at least one of them is there. */
export interface SharedTemplate {
  readonly text: Text | null;
  readonly html: Text | null;
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
  readonly setting: Setting;
  readonly condition: Condition;
}

/** A text in Liquid: content of a message, a value that a step sets, or a shared template. */
export interface Text {
  readonly file: SourceFile;
  /** Where in the file it stands; empty when it is all of the file. */
  readonly path: Path;
  readonly kind: TemplateKind;
  readonly source: string;
  /** Where a stretch of it stands in the file. */
  readonly rangeOf: (start: number, end: number) => Range;
}

const byPlace = new WeakMap<ParsedRule, ReadonlyMap<string, Condition>>();

export function conditionAt(rule: ParsedRule, path: Path): Condition | null {
  const places =
    byPlace.get(rule) ?? new Map(rule.conditions.map((entry) => [entry.path.join("/"), entry.condition] as const));
  byPlace.set(rule, places);
  return places.get(path.join("/")) ?? null;
}

/** `verification-sms` of `verification/verification-sms.yaml`. */
export function idOfFile(name: string): string {
  return (name.split("/").at(-1) ?? "").replace(/\.yaml$/, "");
}
