import type { ParsedRule, ParsedWorkspace } from "./parsed-workspace.ts";
import { type PathTypes, pathTypesOf } from "./type-of-path.ts";

/** What is found out about one rule by itself, with the types of what it may read. */
export type PerRule<Found> = (rule: ParsedRule, types: PathTypes) => Found;

/** Remembers what was found as long as neither the rule nor a type has changed: an edit costs the rules it touches. */
export function perRule<Found>(find: PerRule<Found>): PerRule<Found> {
  const kept = new WeakMap<PathTypes, WeakMap<ParsedRule, { readonly found: Found }>>();
  return (rule, types) => {
    const byRule = kept.get(types) ?? new WeakMap<ParsedRule, { readonly found: Found }>();
    kept.set(types, byRule);
    const known = byRule.get(rule) ?? { found: find(rule, types) };
    byRule.set(rule, known);
    return known.found;
  };
}

/** What is found in each rule of a workspace; nothing while heed.yaml cannot be read. */
export function inEveryRule<Found>(parsed: ParsedWorkspace, find: PerRule<readonly Found[]>): readonly Found[] {
  const types = pathTypesOf(parsed);
  return types === null ? [] : parsed.rules.flatMap((rule) => find(rule, types));
}
