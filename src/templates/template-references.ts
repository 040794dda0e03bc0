import { type Reference, referencesOf } from "./analyse.ts";
import { templateProblems } from "./compile-template.ts";
import { parseTemplate } from "./parse-template.ts";
import type { TemplateKind } from "./template.ts";

/** Every variable of the facts that a text reads, with its place. Nothing when the text has mistakes of its own; a missing fallback does not count as one. */
export function templateReferences(source: string, kind: TemplateKind): readonly Reference[] {
  const mistakes = templateProblems(source, kind).filter((problem) => problem.kind !== "fallback");
  return mistakes.length > 0 ? [] : referencesOf(parseTemplate(source, kind));
}
