import fc from "fast-check";
import type { Condition } from "../../../src/conditions/condition.ts";
import { anything, type TypeOf, type ValueType } from "../../../src/conditions/logic/value-type.ts";
import { parseCondition } from "../../../src/conditions/parse-condition.ts";
import type { Facts } from "../../../src/core/model/facts.ts";
import type { Json, JsonObject } from "../../../src/core/model/json.ts";

export function read(source: Json): Condition {
  const parsed = parseCondition(source);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.condition;
}

function type(kind: ValueType["kinds"][number], more: Partial<ValueType> = {}): ValueType {
  return { kinds: [kind], values: null, optional: true, ...more };
}

const types: Readonly<Record<string, ValueType>> = {
  "contact.plan": type("text", { values: ["free", "pro"] }),
  "contact.name": type("text"),
  "contact.account": type("text", { optional: false }),
  "contact.seats": type("integer"),
  "contact.score": type("number"),
  "contact.vip": type("boolean"),
  "contact.ends": type("time"),
  "contact.tags": type("texts", { optional: false }),
};
export const typeOf: TypeOf = (path) => types[path.join(".")] ?? anything;

/** Few values that meet often: near each other, of different types, and times in several notations. */
const texts = ["pro", "PRO", "prof", "free", "o", "fr", "2026-03-06", "2026-03-06T14:00:00Z", "-", ""];
const numbers = [-1, 0, 0.5, 1, 2, 100, 1_772_805_600];
const scalar = fc.constantFrom<string | number | boolean>(...texts, ...numbers, true, false);
const part = fc.constantFrom("pro", "P", "o", "fr", "2026", "Z", "-");
const spans = ["1h", "23h", "24h", "25h", "1d", "2d", "1w"];
const operatorTest: fc.Arbitrary<JsonObject> = fc.oneof(
  fc.record({ is: scalar }),
  fc.record({ not: scalar }),
  fc.record({ in: fc.array(scalar, { minLength: 1, maxLength: 3 }) }),
  fc.record({ not_in: fc.array(scalar, { minLength: 1, maxLength: 3 }) }),
  ...["gt", "gte", "lt", "lte"].map((name) => fc.constantFrom(...numbers).map((operand) => ({ [name]: operand }))),
  fc.record({ contains: fc.oneof(part, scalar) }),
  fc.record({ not_contains: fc.oneof(part, scalar) }),
  fc.record({ starts_with: part }),
  fc.record({ ends_with: part }),
  fc.record({ exists: fc.boolean() }),
  fc.record({ before: fc.constantFrom("now", "2026-03-06T14:00:00Z", "2026-03-07") }),
  fc.record({ after: fc.constantFrom("now", "2026-03-06T14:00:00Z", "2026-03-05") }),
  fc.record({ within: fc.constantFrom(...spans) }),
);
export const names = ["a", "b", ...Object.keys(types).map((path) => path.replace("contact.", ""))];

export function conditionOver(paths: readonly string[]): fc.Arbitrary<JsonObject> {
  const { condition } = fc.letrec<{ condition: JsonObject; entry: readonly [string, Json] }>((tie) => ({
    entry: fc.oneof(
      { maxDepth: 2, depthIdentifier: "condition" },
      fc.tuple(fc.constantFrom(...paths), operatorTest),
      fc.tuple(fc.constantFrom("all", "any"), fc.array(tie("condition"), { minLength: 1, maxLength: 3 })),
      fc.tuple(fc.constant("not"), tie("condition")),
    ),
    condition: fc.array(tie("entry"), { minLength: 1, maxLength: 3 }).map((entries) => Object.fromEntries(entries)),
  }));
  return condition;
}

/** Two paths at a time, so that tests on one path meet. */
export const condition = fc
  .uniqueArray(fc.constantFrom(...names), { minLength: 1, maxLength: 2 })
  .chain((chosen) => conditionOver(chosen.map((name) => `contact.${name}`)));

const now = 1_772_892_000_000;
const moments = [
  now,
  now - 1,
  now + 1,
  now - 3_600_000,
  now - 84_000_000,
  now - 88_000_000,
  now - 100_000_000,
  now - 700_000_000,
];
const times = [
  ...texts.filter((text) => text.startsWith("2026")),
  ...moments.map((at) => new Date(at).toISOString()),
  ...moments,
];

const anyValues: readonly (Json | undefined)[] = [
  ...texts,
  ...numbers,
  ...times,
  true,
  false,
  undefined,
  {},
  [],
  ["pro"],
  ["o", 1],
  "x-pro-y",
  "fro",
];

/** What a path can hold, some of all that it can. */
function valuesOf(name: string): readonly (Json | undefined)[] {
  const { kinds, values, optional } = typeOf(["contact", name]);
  const byKind: Readonly<Record<string, readonly (Json | undefined)[]>> = {
    text: anyValues.filter((value) => typeof value === "string"),
    integer: anyValues.filter(Number.isInteger),
    number: anyValues.filter((value) => typeof value === "number"),
    boolean: [true, false],
    time: times,
    texts: [[], ["pro"], ["o", "free"], ["PRO", "2026"]],
    anything: anyValues,
  };
  return [...(values ?? kinds.flatMap((kind) => byKind[kind] ?? [])), ...(optional ? [undefined] : [])];
}

const contact = fc
  .record(Object.fromEntries(names.map((name) => [name, fc.constantFrom(...valuesOf(name))])))
  .map((fields) =>
    Object.fromEntries(Object.entries(fields).filter((entry): entry is [string, Json] => entry[1] !== undefined)),
  );
/** Around a clock change, so that some day has 23 or 25 hours. */
export const facts: fc.Arbitrary<Facts> = fc.record({
  contact: fc
    .tuple(contact, fc.constantFrom("UTC", "America/New_York", "Europe/Berlin"))
    .map(([fields, time_zone]) => Object.assign(fields, { time_zone })),
  now: fc.constantFrom(now, now + 86_400_000, now + 2 * 86_400_000, now + 22 * 86_400_000),
});
