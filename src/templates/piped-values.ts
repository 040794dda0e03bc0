import { TypeGuards, Value } from "liquidjs";
import { argumentsOf, pathOf, placeOfFilter, visitAll } from "./analyse.ts";
import { templateProblems } from "./compile-template.ts";
import { parseTemplate } from "./parse-template.ts";
import type { TemplateKind } from "./template.ts";

/** A variable of the facts, and the first filter that does something to it; null when it is written as it is. */
export interface PipedValue {
  readonly path: readonly string[];
  readonly filter: string | null;
  /** Of the filter, or of the variable when there is none. */
  readonly start: number;
  readonly end: number;
}

/**
 * Every variable of the facts that a text writes or filters. A fallback before a filter is looked through: it is only
 * for what is missing. Nothing when the text has mistakes of its own; a missing fallback does not count as one.
 */
export function pipedValues(source: string, kind: TemplateKind): readonly PipedValue[] {
  if (templateProblems(source, kind).some((problem) => problem.kind !== "fallback")) return [];
  const nodes = parseTemplate(source, kind);
  const locals = new Set<string>();
  visitAll(nodes, (node) => {
    for (const token of node.localScope?.() ?? []) locals.add(token.content);
    for (const name of node.blockScope?.() ?? []) locals.add(name);
  });
  const found: PipedValue[] = [];
  visitAll(nodes, (node) => {
    const written = TypeGuards.isOutputToken(node.token);
    for (const argument of argumentsOf(node)) {
      const piped = argument instanceof Value ? pipedValue(argument, written) : null;
      if (piped !== null && !locals.has(piped.path[0] ?? "")) found.push(piped);
    }
  });
  return found;
}

function pipedValue({ initial, filters }: Value, written: boolean): PipedValue | null {
  const [token, operator] = initial.postfix;
  const path = token === undefined || operator !== undefined ? null : pathOf(token);
  const filter = filters.find(({ name }) => name !== "default");
  if (token === undefined || path === null || path.length === 0) return null;
  if (filter !== undefined) return { path, filter: filter.name, ...placeOfFilter(filter) };
  return written ? { path, filter: null, start: token.begin, end: token.end } : null;
}
