import { type Template as LiquidNode, TypeGuards, Value } from "liquidjs";
import type { Facts } from "../core/model/facts.ts";
import { readPath } from "../core/model/path.ts";
import { argumentsOf, pathOf, visitAll } from "./analyse.ts";
import { isMissing } from "./missing.ts";
import type { Template } from "./template.ts";

const known = new WeakMap<Template, readonly (readonly string[])[]>();

/** Variables that a text has a fallback for: `contact.first_name` in `{{ contact.first_name | default: "there" }}`. */
export function fallbacksOf(template: Template): readonly (readonly string[])[] {
  const before = known.get(template);
  if (before !== undefined) return before;
  const paths = new Map<string, readonly string[]>();
  visitAll(template.nodes, (node) => {
    const path = pathWithFallback(node);
    if (path !== null) paths.set(path.join("."), path);
  });
  const found = [...paths.values()];
  known.set(template, found);
  return found;
}

function pathWithFallback(node: LiquidNode): readonly string[] | null {
  if (!TypeGuards.isOutputToken(node.token)) return null;
  const [value] = argumentsOf(node);
  if (!(value instanceof Value) || !value.filters.some(({ name }) => name === "default")) return null;
  const [first, ...more] = value.initial.postfix;
  return first === undefined || more.length > 0 ? null : pathOf(first);
}

/** Whether these facts leave a variable empty, so that its fallback is used. */
export function needsFallback(path: readonly string[], facts: Facts): boolean {
  const [root = "", ...inside] = path;
  return isMissing(readPath(facts[root], inside));
}
