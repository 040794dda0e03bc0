import { instantOf } from "../conditions/instant-of.ts";
import type { ValueKind, ValueType } from "../conditions/logic/value-type.ts";
import { isList } from "../core/model/path.ts";
import type { Json } from "../core/model/json.ts";
import { isJsonObject } from "../core/model/parse-json.ts";
import { describeType } from "./say-type.ts";

/** Why a written value is none of its type, as the end of "… takes", or null when it is one. */
export function valueMistake(value: Json, type: ValueType): string | null {
  if (!type.kinds.some((kind) => isOfKind[kind](value))) return describeType(type);
  const { values } = type;
  if (values === null || typeof value === "object" || values.includes(value)) return null;
  return values.length === 1 ? String(values[0]) : `one of ${values.join(", ")}`;
}

const isOfKind: Readonly<Record<ValueKind, (value: Json) => boolean>> = {
  anything: () => true,
  text: (value) => typeof value === "string",
  number: (value) => typeof value === "number",
  integer: (value) => Number.isInteger(value),
  boolean: (value) => typeof value === "boolean",
  time: (value) => instantOf(value) !== null,
  texts: (value) => isList(value) && value.every((entry) => typeof entry === "string"),
  object: isJsonObject,
};
