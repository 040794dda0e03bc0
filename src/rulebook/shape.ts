import { anything, type ValueKind, type ValueType } from "../conditions/logic/value-type.ts";
import type { Scalar } from "../conditions/operand.ts";
import type { DataType } from "./workspace-file.generated.ts";

/** What is known about a value: its type, or the fields it has. A type of `object` has fields that nobody knows. */
export type Shape = ValueType | Fields;

export interface Fields {
  readonly fields: ReadonlyMap<string, Shape>;
}

/** How far a path can be followed. */
export type Followed =
  | { readonly kind: "found"; readonly shape: Shape }
  /** The part of the path that is known, and what comes behind it and is not. */
  | { readonly kind: "lost"; readonly before: Shape; readonly depth: number };

/** Follows a path, in which `*` is any entry. */
export function follow(shape: Shape, path: readonly string[], depth = 0): Followed {
  const name = path[depth];
  if (name === undefined) return { kind: "found", shape };
  const next = entryOf(shape, name);
  return next === null ? { kind: "lost", before: shape, depth } : follow(next, path, depth + 1);
}

function entryOf(shape: Shape, name: string): Shape | null {
  if (isFields(shape)) return shape.fields.get(name) ?? listEntry(shape, name);
  if (shape.kinds.includes("anything") || shape.kinds.includes("object")) return anything;
  return shape.kinds.includes("texts") && /^(?:\d+|\*|size|first|last)$/.test(name) ? textOf(null) : null;
}

/** Of a list the field `0` stands for every entry. What else Liquid knows of lists is not followed. */
function listEntry({ fields }: Fields, name: string): Shape | null {
  if (/^\d+$/.test(name)) return fields.get("0") ?? null;
  return name === "*" || (fields.has("0") && /^(?:size|first|last)$/.test(name)) ? anything : null;
}

export function isFields(shape: Shape): shape is Fields {
  return "fields" in shape;
}

export function typeOfShape(shape: Shape): ValueType {
  return isFields(shape) ? valueType("object") : shape;
}

export function valueType(kind: ValueKind, more: Partial<ValueType> = {}): ValueType {
  return { kinds: [kind], values: null, optional: true, ...more };
}

/** A text, of which only these are used; null is any. */
export function textOf(values: readonly string[] | null, more: Partial<ValueType> = {}): ValueType {
  return valueType("text", { values, ...more });
}

export function fieldsOf(entries: Readonly<Record<string, Shape>>): Fields {
  return { fields: new Map(Object.entries(entries)) };
}

const kindOfName: Readonly<Record<string, ValueKind>> = {
  string: "text",
  number: "number",
  integer: "integer",
  boolean: "boolean",
  time: "time",
};

/** The type that an author declares: `string`, or `[string]`. A list of texts is none of single values. */
export function declaredType(type: DataType, more: Partial<ValueType> = {}): ValueType {
  if (typeof type !== "string") return valueType("texts", { ...more, values: null });
  return valueType(kindOfName[type] ?? "anything", more);
}

/** Several shapes of which nobody knows which it is. Fields that only some have may be missing. */
export function oneOf(shapes: readonly Shape[]): Shape {
  const [first, ...rest] = shapes;
  if (first === undefined) return anything;
  return rest.reduce((one, other) => either(one, other), first);
}

function either(a: Shape, b: Shape): Shape {
  if (isFields(a) && isFields(b)) {
    const names = new Set([...a.fields.keys(), ...b.fields.keys()]);
    return {
      fields: new Map(
        [...names].map((name) => {
          const [one, other] = [a.fields.get(name), b.fields.get(name)];
          if (one === undefined || other === undefined) return [name, optional(one ?? other ?? anything)];
          return [name, either(one, other)];
        }),
      ),
    };
  }
  return eitherType(typeOfShape(a), typeOfShape(b));
}

function eitherType(a: ValueType, b: ValueType): ValueType {
  return {
    kinds: [...new Set([...a.kinds, ...b.kinds])],
    values: a.values === null || b.values === null ? null : unique([...a.values, ...b.values]),
    optional: a.optional || b.optional,
  };
}

function unique(values: readonly Scalar[]): readonly Scalar[] {
  return [...new Set(values)];
}

function optional(shape: Shape): Shape {
  return isFields(shape) ? shape : { ...shape, optional: true };
}
