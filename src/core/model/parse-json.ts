import type { Json, JsonObject } from "./json.ts";

/** Deeper than any provider nests, and far below what makes a recursive reader overflow its stack. */
const maxJsonDepth = 32;

export type ParsedJson =
  | { readonly ok: true; readonly value: Json }
  | { readonly ok: false; readonly why: "malformed" | "too_deep" };

/**
 * JSON from a stranger. Nesting is bounded before `JSON.parse` sees the text, because parsers and everything after
 * them recurse. The keys `__proto__`, `constructor` and `prototype` are dropped wherever they stand: no event means
 * anything by them, and a careless copy would write them onto a prototype. Never throws.
 */
export function parseJson(text: string): ParsedJson {
  if (isDeeperThan(text, maxJsonDepth)) return { ok: false, why: "too_deep" };
  const value = parse(text);
  if (value === undefined) return { ok: false, why: "malformed" };
  return { ok: true, value: mayNameHostileKey(text) ? withoutHostileKeys(value) : value };
}

/** What `JSON.parse` returns is JSON, which its type does not say. */
function parse(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

export function isHostileKey(key: string): boolean {
  return key === "__proto__" || key === "constructor" || key === "prototype";
}

export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** `Array.isArray` alone would turn a readonly array into one of `any`. */
export function isJsonArray(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

const quote = 0x22;
const backslash = 0x5c;

/** Counts brackets outside of strings. Wrong about text that is not JSON, which the parser then refuses anyway. */
function isDeeperThan(text: string, limit: number): boolean {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (inString) {
      if (code === backslash) at += 1;
      else if (code === quote) inString = false;
    } else if (code === quote) {
      inString = true;
    } else if (code === 0x5b || code === 0x7b) {
      depth += 1;
      if (depth > limit) return true;
    } else if (code === 0x5d || code === 0x7d) {
      depth -= 1;
    }
  }
  return false;
}

/** A cheap look at the text, so that the copy below is paid for by suspicious bodies alone. Escapes may spell any key. */
function mayNameHostileKey(text: string): boolean {
  return (
    text.includes("__proto__") || text.includes("constructor") || text.includes("prototype") || text.includes("\\u")
  );
}

function withoutHostileKeys(value: Json): Json {
  if (isJsonArray(value)) return value.map(withoutHostileKeys);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !isHostileKey(key))
      .map(([key, inner]) => [key, withoutHostileKeys(inner)]),
  );
}
