import type { Template as LiquidNode } from "liquidjs";
import { analyse } from "./analyse.ts";
import { allowedTags, analysingLiquid, innerTags, renderingLiquid } from "./liquid.ts";
import { maxSourceLength, type Template, type TemplateKind, type TemplateProblem } from "./template.ts";

export type CompiledTemplate =
  | { readonly ok: true; readonly template: Template }
  | { readonly ok: false; readonly problems: readonly TemplateProblem[] };

/**
 * Parses a text and proves that nothing in it can leave a hole: every output that may be missing has a fallback, or is
 * a contact field that the workspace declares required (`requiredFields`). Never throws.
 */
export function compileTemplate(
  source: string,
  kind: TemplateKind,
  requiredFields: ReadonlySet<string> = new Set(),
): CompiledTemplate {
  if (source.length > maxSourceLength[kind]) {
    const message = `the text is ${source.length} characters long; at most ${maxSourceLength[kind]} are allowed here`;
    return { ok: false, problems: [{ kind: "syntax", message, start: 0, end: source.length }] };
  }
  const parsed = parse(source, kind);
  if ("problem" in parsed) return { ok: false, problems: [parsed.problem] };
  const { problems, roots, promised } = analyse(parsed.nodes, requiredFields);
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, template: { kind, nodes: renderingLiquid[kind].parse(source), roots, promised } };
}

function parse(
  source: string,
  kind: TemplateKind,
): { readonly nodes: readonly LiquidNode[] } | { readonly problem: TemplateProblem } {
  try {
    return { nodes: analysingLiquid[kind].parse(source) };
  } catch (fault) {
    return { problem: syntaxProblem(fault, source) };
  }
}

function syntaxProblem(fault: unknown, source: string): TemplateProblem {
  const { start, end } = placeOf(fault, source);
  const raw = fault instanceof Error ? fault.message : "";
  const tag = /tag "([^"]{1,40})" not found/.exec(raw)?.[1];
  if (tag !== undefined) {
    const known = [...allowedTags.filter((name) => name !== "#"), ...innerTags];
    const message = `\`${tag}\` is not a tag that messages may use`;
    return { kind: "tag", message, help: `tags are ${known.join(", ")}`, start, end, unknown: { word: tag, known } };
  }
  const [message = ""] = raw.split(/, line:\d+|\n/, 1);
  return {
    kind: "syntax",
    message: `this is not Liquid: ${message === "" ? "it cannot be read" : message}`,
    start,
    end,
  };
}

/** Liquid's errors carry the token they stumbled over. */
function placeOf(fault: unknown, source: string): { readonly start: number; readonly end: number } {
  const token: unknown = typeof fault === "object" && fault !== null ? Reflect.get(fault, "token") : undefined;
  if (typeof token !== "object" || token === null) return { start: 0, end: source.length };
  const begin: unknown = Reflect.get(token, "begin");
  const end: unknown = Reflect.get(token, "end");
  if (typeof begin !== "number" || typeof end !== "number") return { start: 0, end: source.length };
  return { start: Math.min(begin, source.length), end: Math.min(Math.max(end, begin + 1), source.length) };
}
