import type { Json } from "../model/json.ts";
import type { FieldType } from "../model/rulebook.ts";

/**
 * A value as its field wants it: a template makes a text of everything, and a number that is one only in writing would
 * never compare. Undefined when the text is no such value.
 */
export function fitted(value: Json, type: FieldType | undefined): Json | undefined {
  if (typeof value !== "string") return value;
  const text = value.trim();
  switch (type) {
    case "number":
    case "integer": {
      const number = text === "" ? Number.NaN : Number(text);
      return Number.isFinite(number) && (type === "number" || Number.isInteger(number)) ? number : undefined;
    }
    case "boolean":
      return text === "true" ? true : text === "false" ? false : undefined;
    default:
      return value;
  }
}
