import type { ErrorObject, ValidateFunction } from "ajv";
import type { Json } from "../core/model/json.ts";
import { isJsonArray, isJsonObject } from "../core/model/parse-json.ts";
import { createValidator } from "./create-validator.ts";
import type { FixtureFile } from "./fixtures-file.generated.ts";
import type { Problem } from "./problem.ts";
import type { RuleFile } from "./rule-file.generated.ts";
import { schemaProblems } from "./schema-problems.ts";
import type { SourceDocument } from "./source-file.ts";
import type { TestFile } from "./test-file.generated.ts";
import type { WorkspaceFile } from "./workspace-file.generated.ts";

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
  return validate(document, workspaceValidator, isOfPlugin);
}

export function validateTestFile(document: SourceDocument): Validated<TestFile> {
  testValidator ??= createValidator<TestFile>("test");
  return validate(document, testValidator);
}

export function validateFixturesFile(document: SourceDocument): Validated<FixtureFile> {
  fixturesValidator ??= createValidator<FixtureFile>("fixtures");
  return validate(document, fixturesValidator);
}

/** Where plugins are named, a provider that the schema does not know may be one of theirs: `unknown-provider` judges. */
function isOfPlugin({ keyword, instancePath }: ErrorObject, data: Json): boolean {
  if (keyword !== "additionalProperties" || instancePath !== "/providers") return false;
  const plugins = isJsonObject(data) ? data["plugins"] : undefined;
  return isJsonArray(plugins) && plugins.length > 0;
}

function validate<File>(
  document: SourceDocument,
  validator: ValidateFunction<File>,
  isLeftToOthers: (error: ErrorObject, data: Json) => boolean = () => false,
): Validated<File> {
  const { data } = document;
  let errors: readonly ErrorObject[] = [];
  const isFile = (value: unknown): value is File => {
    if (validator(value)) return true;
    errors = (validator.errors ?? []).filter((error) => !isLeftToOthers(error, data));
    return errors.length === 0;
  };
  const given: unknown = data;
  return isFile(given) ? { ok: true, file: given } : { ok: false, problems: schemaProblems(document, errors) };
}
