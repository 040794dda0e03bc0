import { Liquid } from "liquidjs";
import { messageFilters } from "./filters.ts";
import { maxSourceLength, type TemplateKind } from "./template.ts";

/**
 * Liquid for messages: choices, loops and variables. No tag reaches another file, and none collects output into a
 * variable, because doubling such a variable escapes Liquid's own memory limit.
 */
export const allowedTags: readonly string[] = [
  "if",
  "unless",
  "case",
  "for",
  "break",
  "continue",
  "assign",
  "comment",
  "#",
];
/** They belong to the tags above and are not registered by themselves. */
export const innerTags: readonly string[] = ["elsif", "else", "when"];

/** Bounds of one rendering. Time is the last resort and generous, so that a busy machine does not decide what is sent. */
const renderLimitMs = 1_000;
const memoryLimit = 1_000_000;

export const filterNames: readonly string[] = [...messageFilters().keys()];

/** Renders strictly. */
export const renderingLiquid: Readonly<Record<TemplateKind, Liquid>> = {
  text: createLiquid("text", { strictFilters: true, outputEscape: plainText }),
  html: createLiquid("html", { strictFilters: true, outputEscape: (value) => escapeHtml(plainText(value)) }),
  header: createLiquid("header", { strictFilters: true, outputEscape: plainText }),
  url: createLiquid("url", { strictFilters: true, outputEscape: (value) => encodeURIComponent(plainText(value)) }),
  soql: createLiquid("soql", { strictFilters: true, outputEscape: (value) => escapeSoql(plainText(value)) }),
};

/** Parses for the sake of analysis: an unknown filter is found by us, with its place, instead of ending the parse. */
export const analysingLiquid: Readonly<Record<TemplateKind, Liquid>> = {
  text: createLiquid("text", { strictFilters: false }),
  html: createLiquid("html", { strictFilters: false }),
  header: createLiquid("header", { strictFilters: false }),
  url: createLiquid("url", { strictFilters: false }),
  soql: createLiquid("soql", { strictFilters: false }),
};

function createLiquid(
  kind: TemplateKind,
  options: { readonly strictFilters: boolean; readonly outputEscape?: (value: unknown) => string },
): Liquid {
  const liquid = new Liquid({
    ...options,
    ownPropertyOnly: true,
    strictVariables: false,
    // No file is ever looked up: the map of templates stands in for the file system and is empty.
    templates: {},
    dynamicPartials: false,
    locale: "en-US",
    timezoneOffset: 0,
    parseLimit: maxSourceLength[kind],
    renderLimit: renderLimitMs,
    memoryLimit,
  });
  for (const name of Object.keys(liquid.tags)) {
    if (!allowedTags.includes(name)) Reflect.deleteProperty(liquid.tags, name);
  }
  for (const name of Object.keys(liquid.filters)) liquid.unregisterFilter(name);
  for (const [name, filter] of messageFilters()) liquid.registerFilter(name, filter);
  return liquid;
}

/** What one `{{ }}` becomes in a message. A map has no form that a person could read, so it fails the rendering. */
function plainText(value: unknown): string {
  if (value === undefined || value === null) return "";
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (Array.isArray(value)) return value.map(plainText).join(", ");
  throw new TypeError("a map cannot be written into a message: name one of its fields");
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}

/** For what stands between the quotes of a literal of Salesforce's query language. */
function escapeSoql(text: string): string {
  return text.replace(/[\\']/g, "\\$&").replaceAll("\n", "\\n").replaceAll("\r", "\\r");
}
