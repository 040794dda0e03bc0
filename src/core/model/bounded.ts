import type { Json } from "./json.ts";
import { isJsonArray } from "./parse-json.ts";

/** How much of a value from outside is written into the account. */
export interface Bounds {
  /** Characters of a text. */
  readonly text: number;
  /** Entries of a list or map. */
  readonly entries: number;
  /** Lists and maps within each other. */
  readonly depth: number;
}

/** Enough to see what a value was. */
export const GLANCE: Bounds = { text: 120, entries: 10, depth: 2 };

/** What stands for what was left out. */
export const CUT = "…";

/** The value, or as much of it as the bounds allow: `…` stands at the end of whatever is longer. */
export function bounded(value: Json, bounds: Bounds): Json {
  return fits(value, bounds, bounds.depth) ? value : cut(value, bounds);
}

/** Nearly all values do, and need no copy. */
function fits(value: Json, bounds: Bounds, depth: number): boolean {
  if (typeof value === "string") return value.length <= bounds.text;
  if (typeof value !== "object" || value === null) return true;
  const entries = isJsonArray(value) ? value : Object.values(value);
  return depth > 0 && entries.length <= bounds.entries && entries.every((entry) => fits(entry, bounds, depth - 1));
}

function cut(value: Json, bounds: Bounds): Json {
  if (typeof value === "string") return value.length > bounds.text ? `${value.slice(0, bounds.text)}${CUT}` : value;
  if (typeof value !== "object" || value === null) return value;
  if (bounds.depth === 0) return CUT;
  const inner = { ...bounds, depth: bounds.depth - 1 };
  if (isJsonArray(value)) {
    const kept = value.slice(0, bounds.entries).map((entry) => bounded(entry, inner));
    return value.length > bounds.entries ? [...kept, CUT] : kept;
  }
  const entries = Object.entries(value);
  const kept = entries.slice(0, bounds.entries).map(([name, entry]) => [name, bounded(entry, inner)] as const);
  return Object.fromEntries(entries.length > bounds.entries ? [...kept, [CUT, CUT]] : kept);
}
