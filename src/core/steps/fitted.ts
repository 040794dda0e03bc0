import { fieldValue } from "../field-value.ts";
import type { Json } from "../model/json.ts";
import type { FieldType } from "../model/rulebook.ts";

/**
 * A text as its field wants it: a template makes a text of everything, and a number that is one only in writing would
 * never compare. Undefined when the text is no such value. `zone` is where times without an offset are meant.
 */
export function fitted(value: Json, type: FieldType | undefined, zone: string): Json | undefined {
  if (typeof value !== "string" || type === undefined) return value;
  const read = fieldValue(value, type, zone);
  return "value" in read ? read.value : undefined;
}
