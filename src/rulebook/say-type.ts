import type { ValueKind, ValueType } from "../conditions/logic/value-type.ts";
import type { Scalar } from "../conditions/operand.ts";

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

/** What a field with a list of values takes. */
export function describeValues(values: readonly Scalar[]): string {
  const shown = values.slice(0, 20).map(sayValue).join(", ");
  const more = values.length > 20 ? ` and ${values.length - 20} more` : "";
  return values.length === 1 ? `it is always ${shown}` : `it is one of ${shown}${more}`;
}

/** A value as an author writes it: texts that would be read as something else have quotes. */
export function sayValue(value: Scalar): string {
  if (typeof value !== "string") return String(value);
  const cut = value.length > 60 ? `${value.slice(0, 60)}…` : value;
  const plain = /^[\w/](?:[\w ./:@-]*[\w./-])?$/.test(cut) && !cut.includes(": ") && Number.isNaN(Number(cut));
  return plain && !/^(?:true|false|null|yes|no|on|off)$/i.test(cut) ? cut : JSON.stringify(cut);
}
