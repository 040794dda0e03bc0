import { type Template as LiquidNode, type Token, toValueSync, TypeGuards, Value, type ValueToken } from "liquidjs";
import { textKeepingFilters } from "./filters.ts";
import { filterNames } from "./liquid.ts";
import type { TemplateProblem } from "./template.ts";
import { unsubscribeVariable } from "./unsubscribe-link.ts";

/** What a text may read. */
const templateRoots: readonly string[] = ["contact", "event", "trigger", "lookup", "rule", "now", unsubscribeVariable];

/** Facts that are always there, whoever the contact is and whatever the source said. */
const alwaysThere: ReadonlySet<string> = new Set([
  "now",
  unsubscribeVariable,
  "contact.time_zone",
  "rule.id",
  "rule.class",
  "event.event_id",
  "event.event_type",
  "event.occurred_at",
  "event.received_at",
  "event.provider",
]);

export interface Analysis {
  readonly problems: readonly TemplateProblem[];
  readonly roots: readonly string[];
  readonly promised: readonly (readonly string[])[];
  readonly lookups: readonly string[];
}

/** A variable as written: `contact.first_name` at its place. */
export interface Reference {
  readonly path: readonly string[];
  readonly start: number;
  readonly end: number;
  /** What a filter is given, such as a fallback. */
  readonly ofFilter: boolean;
}

interface Walk {
  readonly requiredFields: ReadonlySet<string>;
  readonly problems: TemplateProblem[];
  readonly references: Reference[];
  readonly promised: Map<string, readonly string[]>;
  /** Variables that the text itself makes, and whether each can be relied on. */
  readonly locals: Map<string, boolean>;
}

/** Walks a parsed text and collects every mistake that parsing does not see. */
export function analyse(nodes: readonly LiquidNode[], requiredFields: ReadonlySet<string>): Analysis {
  const walk: Walk = {
    requiredFields,
    problems: [],
    references: [],
    promised: new Map(),
    locals: new Map([["forloop", true]]),
  };
  visitAll(nodes, (node) => collectLocals(node, walk));
  visitAll(nodes, (node) => checkNode(node, walk));
  for (const reference of walk.references) checkRoot(reference, walk);
  return {
    problems: walk.problems.toSorted((a, b) => a.start - b.start),
    roots: [...new Set(walk.references.map(({ path }) => path[0] ?? ""))].filter((root) =>
      templateRoots.includes(root),
    ),
    promised: [...walk.promised.values()],
    lookups: [
      ...new Set(walk.references.flatMap(({ path: [root, name] }) => (root === "lookup" && name ? [name] : []))),
    ],
  };
}

/** Every variable that a parsed text reads, its own excepted. */
export function referencesOf(nodes: readonly LiquidNode[]): readonly Reference[] {
  const walk: Walk = {
    requiredFields: new Set(),
    problems: [],
    references: [],
    promised: new Map(),
    locals: new Map(),
  };
  visitAll(nodes, (node) => checkNode(node, walk));
  return walk.references.filter(({ path }) => templateRoots.includes(path[0] ?? ""));
}

export function visitAll(nodes: readonly LiquidNode[], visit: (node: LiquidNode) => void): void {
  for (const node of nodes) {
    visit(node);
    visitAll(childrenOf(node), visit);
  }
}

/** Liquid's `children` is a generator that gives back what it found, so that it can also wait for files; ours never do. */
function childrenOf(node: LiquidNode): readonly LiquidNode[] {
  return node.children === undefined ? [] : toValueSync(node.children(false, true));
}

function collectLocals(node: LiquidNode, walk: Walk): void {
  for (const name of node.blockScope?.() ?? []) if (name !== "forloop") walk.locals.set(name, false);
  for (const token of node.localScope?.() ?? []) {
    const name = token.content;
    const reliable = argumentsOf(node).every(
      (argument) => argument instanceof Value && isReliable(argument, walk, new Map()),
    );
    walk.locals.set(name, reliable && walk.locals.get(name) !== false);
  }
}

function checkNode(node: LiquidNode, walk: Walk): void {
  const before = walk.references.length;
  for (const argument of argumentsOf(node)) {
    if (argument instanceof Value) checkValue(argument, walk);
    else collectReferences(argument, walk);
  }
  checkLink(node, walk.references.slice(before), walk);
  if (!TypeGuards.isOutputToken(node.token)) return;
  const [value] = argumentsOf(node);
  if (!(value instanceof Value)) return;
  const promised = new Map<string, readonly string[]>();
  if (isReliable(value, walk, promised)) {
    for (const [name, path] of promised) walk.promised.set(name, path);
  } else if (isKnown(value, walk)) {
    walk.problems.push(missingFallback(value, node.token));
  }
}

/** The link is put in when the message goes out, so that nothing can be done with it before. */
function checkLink(node: LiquidNode, references: readonly Reference[], walk: Walk): void {
  const link = references.find(({ path: [root] }) => root === unsubscribeVariable);
  if (link === undefined) return;
  const [value] = argumentsOf(node);
  const isBare = value instanceof Value && value.initial.postfix.length === 1 && value.filters.length === 0;
  if (TypeGuards.isOutputToken(node.token) && isBare && link.path.length === 1) return;
  walk.problems.push({
    kind: "variable",
    message: `\`${unsubscribeVariable}\` must stand alone: the link is put in as the message goes out`,
    help: `write {{ ${unsubscribeVariable} }}, without filters and outside tags`,
    start: link.start,
    end: link.end,
  });
}

/** An output with an unknown name in it has one mistake already; whether it needs a fallback shows when that is right. */
function isKnown(value: Value, walk: Walk): boolean {
  const isNamed = (token: Token | undefined): boolean => {
    const root = rootOf(token);
    return root === null || walk.locals.has(root) || templateRoots.includes(root);
  };
  return (
    isNamed(value.initial.postfix[0]) &&
    value.filters.every(({ name, args }) => filterNames.includes(name) && argumentsIn(args).every(isNamed))
  );
}

function argumentsIn(args: Value["filters"][number]["args"]): readonly Token[] {
  return args.flatMap((argument) => (Array.isArray(argument) ? argument[1] : argument) ?? []);
}

function rootOf(token: Token | undefined): string | null {
  return (token === undefined ? null : pathOf(token))?.[0] ?? null;
}

export function argumentsOf(node: LiquidNode): readonly (Value | ValueToken)[] {
  return [...(node.arguments?.() ?? [])];
}

function checkValue(value: Value, walk: Walk): void {
  for (const token of value.initial.postfix) collectReferences(token, walk);
  for (const filter of value.filters) {
    for (const token of argumentsIn(filter.args)) collectReferences(token, walk, true);
    if (!filterNames.includes(filter.name)) walk.problems.push(unknownFilter(filter));
  }
}

function unknownFilter(filter: Value["filters"][number]): TemplateProblem {
  const { start, end } = placeOfFilter(filter);
  return {
    kind: "filter",
    message: `unknown filter \`${filter.name.slice(0, 60)}\``,
    help: "see the reference of templates for all filters",
    start,
    end,
    unknown: { word: filter.name, known: filterNames },
  };
}

export function placeOfFilter(filter: Value["filters"][number]): { readonly start: number; readonly end: number } {
  const token: unknown = Reflect.get(filter, "token");
  const begin: unknown = typeof token === "object" && token !== null ? Reflect.get(token, "begin") : 0;
  const start = typeof begin === "number" ? begin : 0;
  return { start, end: start + filter.name.length };
}

/** Whether the end of the pipeline can be relied on to be there. Adds to `promised` what that relies on. */
function isReliable(value: Value, walk: Walk, promised: Map<string, readonly string[]>): boolean {
  const { postfix } = value.initial;
  const [first] = postfix;
  if (first === undefined) return true;
  // Operators make a boolean, which is always there.
  let reliable = postfix.length > 1 || isReliableToken(first, walk, promised);
  for (const filter of value.filters) {
    if (filter.name === "default") {
      const [otherwise] = filter.args;
      const further = new Map<string, readonly string[]>();
      if (otherwise === undefined || Array.isArray(otherwise) || !isReliableToken(otherwise, walk, further)) continue;
      // The fallback speaks when what is promised is missing all the same.
      promised.clear();
      for (const [name, path] of further) promised.set(name, path);
      reliable = true;
    } else if (filter.name === "size") {
      reliable = true;
    } else if (!textKeepingFilters.has(filter.name)) {
      reliable = false;
    }
  }
  return reliable;
}

function isReliableToken(token: Token, walk: Walk, promised: Map<string, readonly string[]>): boolean {
  if (TypeGuards.isQuotedToken(token) || TypeGuards.isNumberToken(token)) return true;
  if (TypeGuards.isLiteralToken(token)) return token.getText() === "true" || token.getText() === "false";
  const path = pathOf(token);
  if (path === null) return false;
  const name = path.join(".");
  const [root = "", field] = path;
  const local = walk.locals.get(root);
  if (local !== undefined) return local;
  if (alwaysThere.has(name)) return true;
  if (root !== "contact" || path.length !== 2 || field === undefined || !walk.requiredFields.has(field)) return false;
  promised.set(name, path);
  return true;
}

function missingFallback(value: Value, token: Token): TemplateProblem {
  const [first] = value.initial.postfix;
  const what = first === undefined ? "" : first.getText();
  // Only what heed.yaml declares of contacts can be required.
  const isField = /^contact\.(?!(?:id|email|phone|push|time_zone|tags)$)\w+$/.test(what);
  const required = isField ? ", or declare the field `required: true` in heed.yaml" : "";
  const inner = token.getText().replace(/^\{\{-?\s*|(?:\s*\|\s*default:?)?\s*-?\}\}$/g, "");
  return {
    kind: "fallback",
    message: `${what === "" ? "this" : `\`${what}\``} may be missing and has no fallback`,
    help: `write {{ ${inner} | default: "…" }} with the words to use then${required}`,
    start: token.begin,
    end: token.end,
  };
}

function collectReferences(token: Token, walk: Walk, ofFilter = false): void {
  if (TypeGuards.isRangeToken(token)) {
    collectReferences(token.lhs, walk);
    collectReferences(token.rhs, walk);
  } else if (TypeGuards.isPropertyAccessToken(token)) {
    for (const prop of token.props) if (TypeGuards.isPropertyAccessToken(prop)) collectReferences(prop, walk);
    const path = pathOf(token);
    if (path !== null && path.length > 0) walk.references.push({ path, start: token.begin, end: token.end, ofFilter });
  }
}

/** The path of a variable. A position that is itself a variable ends it. */
export function pathOf(token: Token): readonly string[] | null {
  if (!TypeGuards.isPropertyAccessToken(token) || token.variable !== undefined) return null;
  const path: string[] = [];
  for (const prop of token.props) {
    if (TypeGuards.isQuotedToken(prop) || TypeGuards.isWordToken(prop) || TypeGuards.isNumberToken(prop))
      path.push(String(prop.content));
    else return path.length > 0 ? [...path, "*"] : null;
  }
  return path;
}

function checkRoot({ path, start, ofFilter }: Reference, walk: Walk): void {
  const [root = ""] = path;
  if (walk.locals.has(root)) return;
  if (templateRoots.includes(root)) {
    if (path.length === 1 && root !== "now" && root !== unsubscribeVariable) walk.problems.push(rootAlone(root, start));
    return;
  }
  const end = start + root.length;
  walk.problems.push({
    kind: "variable",
    message: `unknown variable \`${root.slice(0, 60)}\``,
    help:
      ofFilter && path.length === 1
        ? `a word stands in quotes: "${root.slice(0, 60)}"`
        : `a text may read ${templateRoots.join(", ")}, and what it assigns itself`,
    start,
    end,
    unknown: { word: root, known: templateRoots },
  });
}

function rootAlone(root: string, start: number): TemplateProblem {
  const message = `\`${root}\` alone is no text: name one of its fields, such as ${root}.${root === "rule" ? "id" : "name"}`;
  return { kind: "variable", message, start, end: start + root.length };
}
