import { readFileSync } from "node:fs";
import { Ajv, type AnySchemaObject, type ValidateFunction } from "ajv";
import type { FileKind } from "./not-built-yet.ts";
import type { Problem } from "./problem.ts";
import type { RuleFile } from "./rule-file.generated.ts";
import { schemaProblems } from "./schema-problems.ts";
import type { SourceDocument } from "./source-file.ts";
import type { WorkspaceFile } from "./workspace-file.generated.ts";

export type Validated<File> =
  | { readonly ok: true; readonly file: File }
  | { readonly ok: false; readonly problems: readonly Problem[] };

let ruleValidator: ValidateFunction<RuleFile> | undefined;
let workspaceValidator: ValidateFunction<WorkspaceFile> | undefined;

/** Whether the file has the shape of a rule; what conditions and texts are inside is judged elsewhere. */
export function validateRuleFile(document: SourceDocument): Validated<RuleFile> {
  ruleValidator ??= createValidator<RuleFile>("rule");
  return validate(document, "rule", ruleValidator);
}

export function validateWorkspaceFile(document: SourceDocument): Validated<WorkspaceFile> {
  workspaceValidator ??= createValidator<WorkspaceFile>("workspace");
  return validate(document, "workspace", workspaceValidator);
}

function validate<File>(document: SourceDocument, kind: FileKind, validator: ValidateFunction<File>): Validated<File> {
  const data: unknown = document.data;
  if (validator(data)) return { ok: true, file: data };
  const problems = schemaProblems(document, kind, validator.errors ?? []);
  // What is left over when every fault lies inside of conditions has the right shape otherwise.
  return problems.length > 0 ? { ok: false, problems } : { ok: true, file: trusted(document.data) };
}

/** Only faults inside of conditions were found, and those have a parser of their own. */
function trusted<File>(data: unknown): File {
  return data as File;
}

function createValidator<File>(kind: FileKind): ValidateFunction<File> {
  const ajv = new Ajv({ allErrors: true, verbose: true, strict: true, strictTypes: false, strictRequired: false, allowUnionTypes: true });
  return ajv.compile<File>(readSchema(kind));
}

function readSchema(kind: FileKind): AnySchemaObject {
  const file = new URL(`../../schemas/${kind}.schema.json`, import.meta.url);
  const schema: AnySchemaObject = JSON.parse(readFileSync(file, "utf8"));
  return schema;
}
