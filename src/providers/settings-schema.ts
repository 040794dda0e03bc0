import { createRequire } from "node:module";
import type { Json } from "../core/model/json.ts";
import type { SettingsProblem } from "./definition.ts";

/** Judges settings by a JSON Schema. The messages name what was expected, and never quote a value. */
export type JudgeSettings = (settings: Json) => readonly SettingsProblem[];

/**
 * Compiles the schema that a package brings for its settings. Null when it is none. The validator is loaded here and not
 * above, because few workspaces have such a package, and every check would wait for it.
 */
export function compileSettingsSchema(schema: object): JudgeSettings | null {
  const loaded: unknown = createRequire(import.meta.url)("ajv");
  const ajvClass = field(loaded, "Ajv");
  if (typeof ajvClass !== "function") throw new TypeError("ajv has no class of its name");
  const ajv: unknown = Reflect.construct(ajvClass, [{ allErrors: true, strict: false, logger: false }]);
  const compile = field(ajv, "compile");
  if (typeof compile !== "function") throw new TypeError("ajv does not compile");
  let validate: unknown;
  try {
    validate = Reflect.apply(compile, ajv, [schema]);
  } catch {
    return null;
  }
  if (typeof validate !== "function") return null;
  const judge = validate;
  return (settings) => {
    const isSound: unknown = Reflect.apply(judge, undefined, [settings]);
    const errors = field(judge, "errors");
    return isSound === true || !Array.isArray(errors) ? [] : errors.map(problemOf);
  };
}

/** A key that is missing, or should not be there, is named by the path. */
function problemOf(error: unknown): SettingsProblem {
  const pointer = String(field(error, "instancePath"));
  const path = pointer
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
  const parameters = field(error, "params");
  const [missing, unknown] = [field(parameters, "missingProperty"), field(parameters, "additionalProperty")];
  if (typeof missing === "string") return { path: [...path, missing], message: "is required" };
  if (typeof unknown === "string") return { path: [...path, unknown], message: "is not known here" };
  const allowed = field(parameters, "allowedValues");
  const list = Array.isArray(allowed) ? `: ${allowed.map(String).join(", ")}` : "";
  return { path, message: `${String(field(error, "message"))}${list}` };
}

function field(value: unknown, name: string): unknown {
  const mayHaveFields = (typeof value === "object" && value !== null) || typeof value === "function";
  return mayHaveFields ? Reflect.get(value, name) : undefined;
}
