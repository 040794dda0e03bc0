import type { HistoryQuestion, Rule } from "../core/model/rulebook.ts";
import type { Template } from "../templates/template.ts";
import { awaitedBy } from "./awaited-by.ts";
import { compileHistory } from "./compile-history.ts";
import type { TemplateStore } from "./compile-parts.ts";
import { compileRule } from "./compile-rule.ts";
import { parseWorkspace } from "./parse-workspace.ts";
import type { ParsedRule, ParsedWorkspace } from "./parsed-workspace.ts";
import { createSourceFile } from "./source-file.ts";
import { stepsOf } from "./steps.ts";

/** The files that a rule is made of: its own and the shared texts it uses. Enough to compile it again when it has been replaced. */
export interface RuleSource {
  readonly files: readonly { readonly name: string; readonly text: string }[];
}

/** A version of a rule that has been replaced, with all it needs to be finished. */
export interface FormerRule {
  readonly rule: Rule;
  readonly templates: ReadonlyMap<string, Template>;
  readonly history: ReadonlyMap<string, HistoryQuestion>;
  readonly awaitedEventTypes: readonly string[];
}

/** The source of every rule, by its id. */
export function sourcesOf({ rules, templates }: ParsedWorkspace): ReadonlyMap<string, RuleSource> {
  const sourceOf = ({ document, file }: ParsedRule): RuleSource => {
    const names = stepsOf(file).flatMap(({ step }) => ("send" in step ? (step.template ?? []) : []));
    const shared = [...new Set(names)].flatMap((name) => {
      const found = templates.get(name);
      return [found?.text?.file ?? [], found?.html?.file ?? []].flat();
    });
    return { files: [document.source, ...shared].map(({ name, text }) => ({ name, text })) };
  };
  return new Map(rules.map((rule) => [rule.file.rule, sourceOf(rule)]));
}

/** Null when this version of Heed, or the fields that contacts have now, no longer take it. */
export function compileFormer({ files }: RuleSource, requiredFields: ReadonlySet<string>): FormerRule | null {
  const { parsed } = parseWorkspace({
    files: files.map(({ name, text }) => createSourceFile(name, text)),
    problems: [],
  });
  const [found] = parsed.rules;
  if (found === undefined) return null;
  const store: TemplateStore = { templates: new Map(), requiredFields, shared: parsed.templates };
  try {
    const rule = compileRule(found, store);
    return {
      rule,
      templates: new Map([...store.templates].map(([id, { template }]) => [id, template])),
      history: compileHistory([found]),
      awaitedEventTypes: awaitedBy(rule),
    };
  } catch {
    // What passed its checks then may not pass them now: a text relies on a field that is no longer required.
    return null;
  }
}
