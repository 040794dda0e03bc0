import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import formats from "ajv-formats";
import type { JsonObject } from "../core/model/json.ts";
import { isJsonObject } from "../core/model/parse-json.ts";
import type { Plan } from "../plan/plan.ts";
import { digestOfDocument, formatVersion, fromDocument, isJson } from "../plan/report/json.ts";
import { BadSetting } from "./run-settings.ts";

export interface ReadPlan {
  readonly plan: Plan;
  /** By which it is named. */
  readonly digest: string;
}

/**
 * A plan that `heed plan --out` wrote, held against its schema and its own digest: what was changed by hand is no plan
 * that anybody agreed to. Throws `BadSetting`.
 */
export function readPlan(file: string): ReadPlan {
  const document = readDocument(file);
  const refuse = (why: string): never => {
    throw new BadSetting(`${file} ${why}; heed plan --out ${file} writes one`);
  };
  const version = document["format_version"];
  if (typeof version !== "string" || version.split(".")[0] !== formatVersion.split(".")[0])
    refuse(`is no plan that this heed reads: its format_version is not ${formatVersion}`);
  const validate = validator();
  if (!validate(document)) {
    const [first] = validate.errors ?? [];
    refuse(`is no plan: ${first?.instancePath ?? ""} ${first?.message ?? ""}`.trimEnd());
  }
  const { digest } = document;
  if (digest !== digestOfDocument(document)) refuse("was changed after it was made: its digest does not fit");
  const plan: unknown = fromDocument(document);
  if (!isPlan(plan) || typeof digest !== "string") return refuse("is no plan");
  return { plan, digest };
}

/** What the schema lets through is one, once its keys have our names. */
function isPlan(value: unknown): value is Plan {
  return typeof value === "object" && value !== null && "ruleChanges" in value;
}

function readDocument(file: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, "utf8"));
  } catch (fault) {
    const why = fault instanceof SyntaxError ? "is no JSON" : "cannot be read";
    throw new BadSetting(`${file} ${why}; heed plan --out ${file} writes a plan`);
  }
  if (isJson(value) && isJsonObject(value)) return value;
  throw new BadSetting(`${file} is no plan; heed plan --out ${file} writes one`);
}

function validator() {
  const schema: unknown = JSON.parse(readFileSync(new URL("../../schemas/plan.schema.json", import.meta.url), "utf8"));
  if (typeof schema !== "object" || schema === null) throw new TypeError("a schema is not an object");
  const ajv = new Ajv({ allowUnionTypes: true, strictTypes: false });
  formats.default(ajv, ["date-time"]);
  return ajv.compile(schema);
}
