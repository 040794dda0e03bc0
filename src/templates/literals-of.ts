import { AssignTag, type Template as LiquidNode, type Token, TypeGuards, Value } from "liquidjs";
import { argumentsOf, visitAll } from "./analyse.ts";
import { templateProblems } from "./compile-template.ts";
import { parseTemplate } from "./parse-template.ts";
import type { TemplateKind } from "./template.ts";

/** Words of a text that can reach a contact, at their place: between the tags, and in quotes where they are put in or stand in for a value. */
export interface Literal {
  readonly text: string;
  /** In characters of the text. */
  readonly start: number;
  /** The quote around it, which it can't hold. */
  readonly quote: string | null;
}

/**
 * What a text says by itself, in the order written. What it only compares with is not among it. Null for a text with
 * mistakes of its own: what it would say is not known. A missing fallback and an unknown variable do not count as one.
 */
export function literalsOf(source: string, kind: TemplateKind): readonly Literal[] | null {
  const mistakes = templateProblems(source, kind).filter((problem) => !/^(?:fallback|variable)$/.test(problem.kind));
  if (mistakes.length > 0) return null;
  const found: Literal[] = [];
  visitAll(parseTemplate(source, kind), (node) => {
    if (TypeGuards.isHTMLToken(node.token)) {
      const { begin, trimLeft } = node.token;
      found.push({ text: node.token.getContent(), start: begin + trimLeft, quote: null });
    } else if (TypeGuards.isOutputToken(node.token) || node instanceof AssignTag) found.push(...quotedIn(node));
  });
  return found.toSorted((a, b) => a.start - b.start);
}

function quotedIn(node: LiquidNode): readonly Literal[] {
  return argumentsOf(node).flatMap((value) => {
    if (!(value instanceof Value)) return [];
    const args = value.filters.flatMap(({ args: list }) => list.map((arg) => (Array.isArray(arg) ? arg[1] : arg)));
    return [...value.initial.postfix, ...args].flatMap((token) => (token === undefined ? [] : quoted(token)));
  });
}

/** As it is written: escapes, which change nothing but quotes, are left as they are. */
function quoted(token: Token): readonly Literal[] {
  if (!TypeGuards.isQuotedToken(token)) return [];
  const written = token.getText();
  return [{ text: written.slice(1, -1), start: token.begin + 1, quote: written.charAt(0) }];
}
