import type { ValidateFunction } from "ajv";
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
