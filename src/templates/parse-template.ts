import type { Template as LiquidNode } from "liquidjs";
import { analysingLiquid } from "./liquid.ts";
import type { TemplateKind } from "./template.ts";

/** Many checks ask about the same text, and parsing it costs more than all of their answers. */
const parsed: Readonly<Record<TemplateKind, Map<string, readonly LiquidNode[]>>> = {
  text: new Map(),
  html: new Map(),
  header: new Map(),
  url: new Map(),
  soql: new Map(),
};

/** In characters: the texts of some thousand rules. A long-running system must not keep what nobody uses any more. */
const maxRemembered = 1_000_000;
let remembered = 0;

/** A text for analysis; nodes are never changed. Throws what Liquid throws at a text that is none. */
export function parseTemplate(source: string, kind: TemplateKind): readonly LiquidNode[] {
  const known = parsed[kind].get(source);
  if (known !== undefined) return known;
  const nodes = analysingLiquid[kind].parse(source);
  remembered += source.length;
  if (remembered > maxRemembered) {
    for (const texts of Object.values(parsed)) texts.clear();
    remembered = source.length;
  }
  parsed[kind].set(source, nodes);
  return nodes;
}
