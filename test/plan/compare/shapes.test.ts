import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Json, JsonObject } from "../../../src/core/model/json.ts";
import { isJsonObject, parseJson } from "../../../src/core/model/parse-json.ts";
import { ruleShape } from "../../../src/plan/compare/rule-shape.ts";
import type { Shape } from "../../../src/plan/compare/shape.ts";
import { workspaceShape } from "../../../src/plan/compare/workspace-shape.ts";

function schema(name: string): JsonObject {
  const read = parseJson(readFileSync(`schemas/${name}.schema.json`, "utf8"));
  if (!read.ok || !isJsonObject(read.value)) throw new Error("a schema is a map");
  return read.value;
}

/**
 * The keys of a schema that have no shape, by their ways from the top. Walks both side by side; each pair of a part of
 * the schema and a shape once, because conditions and steps are inside of themselves.
 */
function forgotten(root: JsonObject, shape: Shape): readonly string[] {
  const found: string[] = [];
  const seen = new Map<JsonObject, Set<Shape>>();
  const walk = (part: Json | undefined, of: Shape | null | undefined, way: string): void => {
    if (!isJsonObject(part)) return;
    if (of === null || of === undefined) {
      found.push(way);
      return;
    }
    const known = seen.get(part) ?? new Set();
    seen.set(part, known);
    if (known.has(of)) return;
    known.add(of);
    const ref = part["$ref"];
    if (typeof ref === "string") walk(definition(root, ref), of, way);
    for (const word of ["allOf", "anyOf", "oneOf"]) for (const each of listOf(part[word])) walk(each, of, way);
    for (const word of ["then", "else"]) walk(part[word], of, way);
    // What is compared as one, or leaf by leaf whatever there is, has nothing to forget.
    if (of.kind === "leaf") return;
    const { properties, additionalProperties, items } = part;
    const map = of.kind === "either" ? of.map : of.kind === "map" ? of : null;
    const list = of.kind === "either" ? of.list : of.kind === "list" ? of : null;
    if (isJsonObject(properties)) {
      for (const [key, inner] of Object.entries(properties))
        walk(inner, map?.keys[key] ?? map?.others, `${way}.${key}`);
    }
    if (isJsonObject(additionalProperties)) walk(additionalProperties, map?.others, `${way}.*`);
    if (isJsonObject(items)) walk(items, list?.of, `${way}[]`);
  };
  walk(root, shape, "");
  return found;
}

function definition(root: JsonObject, ref: string): Json | undefined {
  const definitions = root["definitions"];
  return isJsonObject(definitions) ? definitions[ref.split("/").at(-1) ?? ""] : undefined;
}

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

describe("every key that an author may write has a class", () => {
  test.each([
    ["rule", ruleShape],
    ["workspace", workspaceShape],
  ] as const)("of a %s", (name, shape) => {
    expect(forgotten(schema(name), shape)).toEqual([]);
  });

  test("and a new one is found to have none", () => {
    const rule = schema("rule");
    const properties = isJsonObject(rule["properties"]) ? rule["properties"] : {};
    const more = { ...rule, properties: { ...properties, priority: { type: "integer" } } };
    expect(forgotten(more, ruleShape)).toEqual([".priority"]);
  });
});
