import {
  AssignTag,
  CaseTag,
  ForTag,
  IfTag,
  type Template as LiquidNode,
  type Token,
  TypeGuards,
  UnlessTag,
  Value,
} from "liquidjs";
import { argumentsOf, pathOf } from "./analyse.ts";
import { either, type Extent, extentBetween, extentOf, joined, nothing, upTo } from "./extent.ts";
import { filtered, type Measured, missing, present } from "./filter-extents.ts";
import { parseTemplate } from "./parse-template.ts";
import type { TemplateKind } from "./template.ts";

/** What a rendering is measured with. */
export interface Measure {
  /** How long the value of a variable can be, or null when nothing is known of it. */
  readonly variable: (path: readonly string[]) => Measured | null;
  /** What is taken for the words of the text itself. */
  readonly literal: (text: string) => string;
}

/**
 * Of what nothing is declared, this much is assumed, in characters: long enough for nearly all names, products and
 * places, and short enough that a text with one of them is not always too long.
 */
export const assumed = { string: 40, number: 12, time: 25, list: 100, items: 5 } as const;

/** How short and how long a text without mistakes can become. */
export function measureTemplate(source: string, kind: TemplateKind, measure: Measure): Extent {
  return ofNodes(parseTemplate(source, kind), { measure, locals: new Map(), inside: false, turning: false });
}

interface Walk {
  readonly measure: Measure;
  /** Variables that the text makes itself. */
  readonly locals: Map<string, Measured>;
  /** Whether the place may not be reached. */
  readonly inside: boolean;
  /** Whether it is reached again and again. */
  readonly turning: boolean;
}

function ofNodes(nodes: readonly LiquidNode[] | undefined, walk: Walk): Extent {
  return joined((nodes ?? []).map((node) => ofNode(node, walk)));
}

function ofNode(node: LiquidNode, walk: Walk): Extent {
  if (TypeGuards.isHTMLToken(node.token)) return extentOf(walk.measure.literal(node.token.getContent()));
  if (TypeGuards.isOutputToken(node.token)) return ofOutput(node, walk);
  const inner = { ...walk, inside: true };
  if (node instanceof IfTag || node instanceof UnlessTag || node instanceof CaseTag) {
    const ways = node.branches.map(({ templates }) => ofNodes(templates, inner));
    return either([...ways, ofNodes(node.elseTemplates, inner)]);
  }
  if (node instanceof ForTag) return ofLoop(node, inner);
  if (node instanceof AssignTag) assign(node, walk);
  return nothing;
}

function ofOutput(node: LiquidNode, walk: Walk): Extent {
  const [value] = argumentsOf(node);
  if (!(value instanceof Value)) return nothing;
  const measured = ofValue(value, walk);
  const extent = measured.optional ? either([measured.extent, nothing]) : measured.extent;
  const [first] = value.initial.postfix;
  if (first === undefined || !TypeGuards.isPropertyAccessToken(first)) return extent;
  const outputs = [{ name: first.getText(), units: extent.longest.units }];
  return { ...extent, longest: { ...extent.longest, outputs } };
}

/** A loop over numbers that are written out turns so often; any other, as many times as a list is assumed to have items. */
function ofLoop(node: ForTag, walk: Walk): Extent {
  const { collection, hash } = node;
  const limit = hash.hash["limit"];
  const most = Math.min(
    TypeGuards.isRangeToken(collection) ? rangeLength(collection.lhs, collection.rhs) : assumed.items,
    limit !== undefined && TypeGuards.isNumberToken(limit) ? Math.max(0, limit.content) : Number.POSITIVE_INFINITY,
  );
  walk.locals.set(node.variable, missing(extentBetween(1, assumed.string, "any")));
  const turn = { ...walk, turning: true };
  // What one turn assigns the next one begins with. The outermost loop goes ahead for all inside of it.
  if (!walk.turning) ofNodes(node.templates, turn);
  return either([upTo(most, ofNodes(node.templates, turn)), ofNodes(node.elseTemplates, walk)]);
}

function rangeLength(from: Token, to: Token): number {
  if (!TypeGuards.isNumberToken(from) || !TypeGuards.isNumberToken(to)) return assumed.items;
  return Math.max(0, to.content - from.content + 1);
}

/** Where it may not be reached, the variable may keep what it had. */
function assign(node: AssignTag, walk: Walk): void {
  const [value] = argumentsOf(node);
  const [name] = [...node.localScope()].map(({ content }) => content);
  if (!(value instanceof Value) || name === undefined) return;
  const made = ofValue(value, walk);
  const before = walk.locals.get(name) ?? missing(nothing);
  walk.locals.set(
    name,
    walk.inside ? { extent: either([made.extent, before.extent]), optional: made.optional || before.optional } : made,
  );
}

function ofValue(value: Value, walk: Walk): Measured {
  const { postfix } = value.initial;
  const [first] = postfix;
  // Operators make a truth value.
  const initial =
    postfix.length === 1 && first !== undefined ? ofToken(first, walk) : present(extentBetween(4, 5, "plain"));
  return value.filters.reduce(
    (measured, { name, args }) =>
      filtered(measured, {
        name,
        args: args.flatMap((arg) => (Array.isArray(arg) ? [] : [{ literal: literalOf(arg), ...ofToken(arg, walk) }])),
      }),
    initial,
  );
}

function literalOf(token: Token): string | number | null {
  return TypeGuards.isQuotedToken(token) || TypeGuards.isNumberToken(token) ? token.content : null;
}

function ofToken(token: Token, walk: Walk): Measured {
  const literal = literalOf(token);
  if (literal !== null) return present(extentOf(walk.measure.literal(String(literal))));
  if (TypeGuards.isLiteralToken(token)) {
    const text = token.getText();
    return text === "true" || text === "false" ? present(extentOf(text)) : missing(nothing);
  }
  const path = pathOf(token);
  const [root = ""] = path ?? [];
  if (root === "forloop") return present(extentBetween(1, 5, "plain"));
  const known = walk.locals.get(root) ?? (path === null ? null : walk.measure.variable(path));
  return known ?? missing(extentBetween(1, assumed.string, "any"));
}
