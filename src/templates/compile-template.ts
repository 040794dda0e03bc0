import type { Template as LiquidNode } from "liquidjs";
import { type Analysis, analyse } from "./analyse.ts";
import { allowedTags, innerTags, renderingLiquid } from "./liquid.ts";
import { parseTemplate } from "./parse-template.ts";
import { closingHelp, syntaxHelp } from "./syntax-help.ts";
import { unsubscribeVariable } from "./unsubscribe-link.ts";
import { maxInserts, maxSourceLength, type Template, type TemplateKind, type TemplateProblem } from "./template.ts";

export type CompiledTemplate =
  | { readonly ok: true; readonly template: Template }
  | { readonly ok: false; readonly problems: readonly TemplateProblem[] };

const noFields: ReadonlySet<string> = new Set();

/**
 * Parses a text and proves that nothing in it can leave a hole: every output that may be missing has a fallback, or is
 * a contact field that the workspace declares required (`requiredFields`). Never throws.
 */
export function compileTemplate(
  source: string,
  kind: TemplateKind,
  requiredFields: ReadonlySet<string> = noFields,
): CompiledTemplate {
  const { problems, roots, promised, lookups } = judge(source, kind, requiredFields);
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, template: { kind, nodes: renderingLiquid[kind].parse(source), roots, promised, lookups } };
}

/** What `compileTemplate` would refuse the text for. */
export function templateProblems(
  source: string,
  kind: TemplateKind,
  requiredFields: ReadonlySet<string> = noFields,
): readonly TemplateProblem[] {
  return judge(source, kind, requiredFields).problems;
}

function judge(source: string, kind: TemplateKind, requiredFields: ReadonlySet<string>): Analysis {
  if (source.length > maxSourceLength[kind]) {
    const message = `the text is ${source.length} characters long; at most ${maxSourceLength[kind]} are allowed here`;
    return unreadable({ kind: "syntax", message, start: 0, end: source.length });
  }
  const insert = placeOfInsert(source, maxInserts + 1);
  if (insert !== null) {
    const message = `the text has more than ${maxInserts} outputs and tags`;
    return unreadable({ kind: "syntax", message, help: "send less in one message", start: insert, end: insert + 2 });
  }
  let nodes: readonly LiquidNode[];
  try {
    nodes = parseTemplate(source, kind);
  } catch (fault) {
    return unreadable(syntaxProblem(fault, source));
  }
  const known = analysed.get(nodes) ?? new WeakMap<ReadonlySet<string>, Analysis>();
  analysed.set(nodes, known);
  const analysis = known.get(requiredFields) ?? withoutLink(analyse(nodes, requiredFields), source, kind);
  known.set(requiredFields, analysis);
  return analysis;
}

/** A subject, an address or a query can't have the link to unsubscribe. */
function withoutLink(analysis: Analysis, source: string, kind: TemplateKind): Analysis {
  if (kind === "text" || kind === "html" || !analysis.roots.includes(unsubscribeVariable)) return analysis;
  const start = Math.max(0, source.indexOf(unsubscribeVariable));
  const message = `\`${unsubscribeVariable}\` has no place here: it is for the text and the HTML of marketing email`;
  const problem = { kind: "variable", message, start, end: start + unsubscribeVariable.length } as const;
  return { ...analysis, problems: [...analysis.problems, problem] };
}

/** Where the nth output or tag begins; null when there are fewer. */
function placeOfInsert(source: string, nth: number): number | null {
  let count = 0;
  for (const { index } of source.matchAll(/\{[{%]/g)) {
    count += 1;
    if (count === nth) return index;
  }
  return null;
}

/** What was found out about texts, because many checks ask the same. */
const analysed = new WeakMap<readonly LiquidNode[], WeakMap<ReadonlySet<string>, Analysis>>();

function unreadable(problem: TemplateProblem): Analysis {
  return { problems: [problem], roots: [], promised: [], lookups: [] };
}

function syntaxProblem(fault: unknown, source: string): TemplateProblem {
  const { start, end } = placeOf(fault, source);
  const raw = fault instanceof Error ? fault.message : "";
  const tag = /tag "([^"]{1,40})" not found/.exec(raw)?.[1];
  if (tag !== undefined) {
    const known = [...allowedTags.filter((name) => name !== "#"), ...innerTags];
    const message = `\`${tag}\` is not a tag that messages may use`;
    const closing = closingHelp(tag, source.slice(0, start));
    if (closing !== null) return { kind: "tag", message, help: closing, start, end };
    return { kind: "tag", message, help: `tags are ${known.join(", ")}`, start, end, unknown: { word: tag, known } };
  }
  const [message = ""] = raw.split(/, line:\d+|\n/, 1);
  const help = syntaxHelp(message, source, start);
  return {
    kind: "syntax",
    message: `this is not Liquid: ${message === "" ? "it cannot be read" : message}`,
    ...(help !== null && { help }),
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
