import { isList } from "../core/model/path.ts";
import type { Json } from "../core/model/json.ts";
import { isJsonObject } from "../core/model/parse-json.ts";
import type { Path } from "./problem.ts";

/** The value at a path, or undefined. */
export function jsonAt(data: Json, path: Path): Json | undefined {
  let value: Json | undefined = data;
  for (const step of path) value = entryOf(value, step);
  return value;
}

function entryOf(value: Json | undefined, step: string | number): Json | undefined {
  if (isList(value)) return typeof step === "number" ? value[step] : undefined;
  return isJsonObject(value) && Object.hasOwn(value, step) ? value[step] : undefined;
}

/** A path from a JSON pointer, with list positions as numbers. */
export function pathOfPointer(data: Json, pointer: string): Path {
  const path: (string | number)[] = [];
  for (const part of pointer.split("/").slice(1)) {
    const name = part.replaceAll("~1", "/").replaceAll("~0", "~");
    path.push(Array.isArray(jsonAt(data, path)) ? Number(name) : name);
  }
  return path;
}

/** The paths below `base` that a pattern stands for, in which a star is any entry of a list or map. */
export function expandPath(data: Json, pattern: readonly string[], base: Path = []): readonly Path[] {
  return expandFrom(jsonAt(data, base), pattern, 0, base);
}

function expandFrom(value: Json | undefined, pattern: readonly string[], index: number, base: Path): readonly Path[] {
  // Most patterns stand for nothing in most files.
  if (value === undefined) return [];
  const step = pattern[index];
  if (step === undefined) return [base];
  const below = (inner: string | number): readonly Path[] =>
    expandFrom(entryOf(value, inner), pattern, index + 1, [...base, inner]);
  if (step !== "*") return entryOf(value, step) === undefined ? [] : below(step);
  if (isList(value)) return value.flatMap((_, position) => below(position));
  return isJsonObject(value) ? Object.keys(value).flatMap(below) : [];
}
