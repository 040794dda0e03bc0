import { Context, toValueSync } from "liquidjs";
import type { Facts } from "../core/model/facts.ts";
import type { Json } from "../core/model/json.ts";
import { formatInstant } from "../core/time/instant.ts";
import { nowKey, zoneKey } from "./filters.ts";
import { renderingLiquid } from "./liquid.ts";
import { isMissing } from "./missing.ts";
import { maxRenderedLength, type Template } from "./template.ts";
import { unsubscribeMark, unsubscribeVariable } from "./unsubscribe-link.ts";

/** `failed` says why in words for an operator, without anything the contact supplied. */
export type Rendered = { readonly text: string } | { readonly failed: string };

/**
 * The text for these facts. Pure and synchronous; never throws. Facts are data: what a contact wrote is put in as
 * text and never read as Liquid.
 */
export function render(template: Template, facts: Facts): Rendered {
  const absent = template.promised.find((path) => isMissing(valueAt(facts, path)));
  if (absent !== undefined)
    return { failed: `${absent.join(".")} is declared required and has no fallback, but is missing` };
  const liquid = renderingLiquid[template.kind];
  const emitter = limitedEmitter(maxRenderedLength[template.kind]);
  try {
    const context = new Context(scopeOf(template, facts), liquid.options, { sync: true }, { liquid });
    toValueSync(liquid.renderer.renderTemplates([...template.nodes], context, emitter));
  } catch (fault) {
    return { failed: failureOf(fault) };
  }
  return { text: template.kind === "header" ? oneLine(emitter.buffer) : emitter.buffer };
}

/** Counts before it keeps, so that a loop cannot grow a text beyond what any channel takes. */
function limitedEmitter(limit: number): { buffer: string; write(part: unknown): void } {
  return {
    buffer: "",
    write(part) {
      const text = typeof part === "string" ? part : "";
      if (this.buffer.length + text.length > limit)
        throw new RangeError(`the text would be longer than ${limit} characters`);
      this.buffer += text;
    },
  };
}

/** CR and LF end a header, so what follows them could become a header of its own. */
function oneLine(text: string): string {
  return text
    .replace(/[\r\n\u2028\u2029]+/g, " ")
    .replace(/\p{Cc}/gu, "")
    .trim();
}

/** Liquid's messages may quote values; only ours and the limits' are repeated. */
function failureOf(fault: unknown): string {
  const message = fault instanceof Error ? fault.message : "";
  const known =
    /(?:memory alloc|template render) limit exceeded|the text would be longer than \d+ characters|a map cannot be written into a message: name one of its fields/.exec(
      message,
    );
  return known?.[0] ?? "the text could not be rendered";
}

/** A copy without prototypes of the roots that the template reads. Values that say nothing become nil, so that `if` sees them as absent too. */
function scopeOf(template: Template, facts: Facts): object {
  const scope: Record<string | symbol, unknown> = { __proto__: null };
  for (const root of template.roots) {
    if (root !== "now" && Object.hasOwn(facts, root)) scope[root] = plainCopy(facts[root]);
  }
  if (template.roots.includes(unsubscribeVariable)) scope[unsubscribeVariable] = unsubscribeMark;
  const now = facts["now"];
  if (typeof now === "number") {
    scope["now"] = formatInstant(now);
    scope[nowKey] = now;
  }
  const zone = valueAt(facts, ["contact", "time_zone"]);
  if (typeof zone === "string") scope[zoneKey] = zone;
  return scope;
}

function plainCopy(value: Json | undefined): unknown {
  if (isMissing(value)) return null;
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(plainCopy);
  const copy: Record<string, unknown> = { __proto__: null };
  for (const [key, inner] of Object.entries(value)) copy[key] = plainCopy(inner);
  return copy;
}

function valueAt(facts: Facts, path: readonly string[]): unknown {
  let value: unknown = facts;
  for (const segment of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, segment)) return undefined;
    value = Reflect.get(value, segment);
  }
  return value;
}
