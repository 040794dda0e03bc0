import { readFileSync } from "node:fs";
import { Ajv, type AnySchemaObject, type Options, type ValidateFunction } from "ajv";
import type { JsonObject } from "../core/model/json.ts";
import { isJsonObject } from "../core/model/parse-json.ts";

/** Schemas of `schemas/`, by the name before `.schema.json`. */
export const fileKinds = ["rule", "workspace", "test", "fixtures"] as const;
export type FileKind = (typeof fileKinds)[number];

/**
 * Nothing is done that the tests of the schemas do: judging a schema by its own schema, and polishing code that runs a
 * few hundred times.
 */
export const validatorOptions: Options = {
  meta: false,
  validateSchema: false,
  inlineRefs: false,
  code: { optimize: false },
  allErrors: true,
  verbose: true,
  strict: true,
  strictTypes: false,
  strictRequired: false,
  allowUnionTypes: true,
};

/**
 * Compiling the schemas would be a tenth of a cold check, so the build puts a module in the place of this one that holds
 * what it returns (`src/rolldown.config.ts`).
 */
export function createValidator<File>(kind: FileKind): ValidateFunction<File> {
  return new Ajv(validatorOptions).compile<File>(readSchema(kind));
}

/** Conditions are described for editors, but judged by their own parser, which says better what is wrong. */
export function readSchema(kind: FileKind): AnySchemaObject {
  const file = new URL(`../../schemas/${kind}.schema.json`, import.meta.url);
  const schema = parseJsonObject(readFileSync(file, "utf8"));
  const definitions = schema["definitions"];
  return { ...schema, definitions: { ...(isJsonObject(definitions) ? definitions : {}), condition: {} } };
}

function parseJsonObject(text: string): JsonObject {
  const value: unknown = JSON.parse(text);
  if (!isObject(value)) throw new TypeError("a schema is not an object");
  return value;
}

/** What `JSON.parse` gives is JSON, which its type does not say. */
function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
