import { readFileSync } from "node:fs";
import { Ajv, type AnySchemaObject, type ValidateFunction } from "ajv";
import type { JsonObject } from "../core/model/json.ts";
import { isJsonObject } from "../core/model/parse-json.ts";
import type { FixtureFile } from "./fixtures-file.generated.ts";
import type { Problem } from "./problem.ts";
import type { RuleFile } from "./rule-file.generated.ts";
import { schemaProblems } from "./schema-problems.ts";
import type { SourceDocument } from "./source-file.ts";
import type { TestFile } from "./test-file.generated.ts";
import type { WorkspaceFile } from "./workspace-file.generated.ts";

/** Schemas of `schemas/`, by the name before `.schema.json`. */
type FileKind = "rule" | "workspace" | "test" | "fixtures";

export type Validated<File> =
  | { readonly ok: true; readonly file: File }
  | { readonly ok: false; readonly problems: readonly Problem[] };

let ruleValidator: ValidateFunction<RuleFile> | undefined;
let workspaceValidator: ValidateFunction<WorkspaceFile> | undefined;
let testValidator: ValidateFunction<TestFile> | undefined;
let fixturesValidator: ValidateFunction<FixtureFile> | undefined;

/** Whether the file has the shape of a rule; what conditions and texts are inside is judged elsewhere. */
export function validateRuleFile(document: SourceDocument): Validated<RuleFile> {
  ruleValidator ??= createValidator<RuleFile>("rule");
  return validate(document, ruleValidator);
}

export function validateWorkspaceFile(document: SourceDocument): Validated<WorkspaceFile> {
  workspaceValidator ??= createValidator<WorkspaceFile>("workspace");
  return validate(document, workspaceValidator);
}

export function validateTestFile(document: SourceDocument): Validated<TestFile> {
  testValidator ??= createValidator<TestFile>("test");
  return validate(document, testValidator);
}

export function validateFixturesFile(document: SourceDocument): Validated<FixtureFile> {
  fixturesValidator ??= createValidator<FixtureFile>("fixtures");
  return validate(document, fixturesValidator);
}

function validate<File>(document: SourceDocument, validator: ValidateFunction<File>): Validated<File> {
  const data: unknown = document.data;
  if (validator(data)) return { ok: true, file: data };
  return { ok: false, problems: schemaProblems(document, validator.errors ?? []) };
}

/**
 * Compiling is most of what a short check costs, so nothing is done that the tests of the schemas do: judging a schema by
 * its own schema, and polishing code that runs a few hundred times.
 */
function createValidator<File>(kind: FileKind): ValidateFunction<File> {
  const ajv = new Ajv({
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
  });
  return ajv.compile<File>(readSchema(kind));
}

/** Conditions are described for editors, but judged by their own parser, which says better what is wrong. */
function readSchema(kind: FileKind): AnySchemaObject {
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
