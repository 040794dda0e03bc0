import type { Json } from "./json.ts";

const segmentPattern = /^(?:[A-Za-z_][A-Za-z0-9_-]*|0|[1-9][0-9]{0,5})$/;
/** Longer paths are no mistake of a hand; the bound keeps a hostile file from becoming a slow rule. */
const maxSegments = 20;

/** The segments of a path like `event.data.items.0.name`, or null when it is not one. Nothing else has a meaning here: no wildcards, no scripts. */
export function parsePath(text: string): readonly string[] | null {
  const segments = text.split(".", maxSegments + 1);
  if (segments.length > maxSegments) return null;
  return segments.every((segment) => segmentPattern.test(segment)) ? segments : null;
}

/**
 * The value at a path. Only own properties are read, and of a list only its entries, so that nothing a prototype has
 * can be reached. A missing value is undefined, and so is null: a source that writes null means that it knows nothing.
 */
export function readPath(from: Json | undefined, segments: readonly string[]): Json | undefined {
  let value: Json | undefined = from;
  for (const segment of segments) value = property(value, segment);
  return value ?? undefined;
}

function property(value: Json | undefined, segment: string): Json | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if (isList(value)) return /^\d+$/.test(segment) ? value[Number(segment)] : undefined;
  return Object.hasOwn(value, segment) ? value[segment] : undefined;
}

/** `Array.isArray` does not narrow a readonly array. */
export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}
