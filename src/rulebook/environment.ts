import type { Json } from "../core/model/json.ts";
import type { Path } from "./problem.ts";

/** The environment as Node gives it. */
export type Environment = Readonly<Record<string, string | undefined>>;

const variable = /\$\{([^{}]*)\}/g;
const variableName = /^[A-Za-z_][A-Za-z0-9_]*$/;

export interface VariableUse {
  readonly name: string;
  readonly wellFormed: boolean;
  readonly path: Path;
  /** In characters of the text at `path`. */
  readonly start: number;
  readonly end: number;
}

/** Every `${NAME}` in the texts of a file. */
export function variablesIn(value: Json, path: Path = []): readonly VariableUse[] {
  if (typeof value === "string") {
    return [...value.matchAll(variable)].map((match) => ({
      name: match[1] ?? "",
      wellFormed: variableName.test(match[1] ?? ""),
      path,
      start: match.index,
      end: match.index + match[0].length,
    }));
  }
  if (typeof value !== "object" || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((entry: Json, index) => variablesIn(entry, [...path, index]));
  return Object.entries(value).flatMap(([key, inner]) => variablesIn(inner, [...path, key]));
}

/** The same value with every `${NAME}` replaced. A name that `valueOf` does not know stays as it is written. */
export function substitute(value: Json, valueOf: (name: string) => string | undefined): Json {
  if (typeof value === "string") return value.replace(variable, (written, name: string) => valueOf(name) ?? written);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((entry: Json) => substitute(entry, valueOf));
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, substitute(inner, valueOf)]));
}
