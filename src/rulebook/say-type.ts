import type { ValueKind, ValueType } from "../conditions/logic/value-type.ts";

const names: Readonly<Record<ValueKind, string>> = {
  text: "a text",
  number: "a number",
  integer: "a whole number",
  boolean: "true or false",
  time: "a time",
  texts: "a list of texts",
  object: "a map",
  anything: "of any type",
};

/** Goes on after "is": "a text", "a number or a text". */
export function describeType({ kinds }: ValueType): string {
  return kinds.map((kind) => names[kind]).join(", or ");
}
