import { type Reference, referencesOf } from "./analyse.ts";
import { compileTemplate } from "./compile-template.ts";
import { analysingLiquid } from "./liquid.ts";
import type { TemplateKind } from "./template.ts";

/** Every variable of the facts that a text reads, with its place. Nothing when the text has mistakes of its own; a missing fallback does not count as one. */
export function templateReferences(source: string, kind: TemplateKind): readonly Reference[] {
  const compiled = compileTemplate(source, kind);
  if (!compiled.ok && compiled.problems.some((problem) => problem.kind !== "fallback")) return [];
  return referencesOf(analysingLiquid[kind].parse(source));
}
