import type { ErrorObject } from "ajv";
import type { Json } from "../core/model/json.ts";
import type { ProblemCode } from "./codes.ts";
import { didYouMean } from "./suggest.ts";

export interface Explained {
  readonly message: string;
  readonly help?: string | null;
}

type Explanation = Explained & { readonly code: ProblemCode };

/** What is wrong with a value, in words: what was found, what is expected, what to write. */
export function explainValue(error: ErrorObject, name: string, value: Json, written: string): Explanation {
  const { keyword, params } = error;
  const schema = annotationsOf(error.parentSchema);
  switch (keyword) {
    case "type":
      return wrongType(schema, name, value, written, params["type"]);
    case "enum":
    case "const":
      return unknownValue(name, value, keyword === "enum" ? params["allowedValues"] : [params["allowedValue"]]);
    case "pattern":
    case "format":
      return malformed(schema, name, value);
    case "minLength":
    case "minItems":
    case "minProperties":
      return tooFew(schema, name, Number(params["limit"]));
    case "maxLength":
      return { code: "HEED105", message: `${name} is longer than ${String(params["limit"])} characters` };
    case "maxItems":
      return { code: "HEED105", message: `${name} has more than ${String(params["limit"])} entries` };
    case "minimum":
      return { code: "HEED105", message: `${name} is ${written}, and must be at least ${String(params["limit"])}` };
    case "maximum":
      return { code: "HEED105", message: `${name} is ${written}, and must be at most ${String(params["limit"])}` };
    case "uniqueItems":
      return { code: "HEED105", message: `${name} has the same entry twice`, help: "keep one" };
    default:
      return { code: "HEED105", message: `${name} ${error.message ?? "is not as it should be"}` };
  }
}

interface Annotations {
  readonly title: string;
  readonly description: string | null;
  readonly examples: readonly unknown[];
  /** A regular expression. */
  readonly pattern: string | null;
}

function annotationsOf(schema: unknown): Annotations {
  const title = propertyOf(schema, "title");
  const description = propertyOf(schema, "description");
  const examples = propertyOf(schema, "examples");
  const pattern = propertyOf(schema, "pattern");
  return {
    title: typeof title === "string" ? title.charAt(0).toLowerCase() + title.slice(1) : "value",
    description: typeof description === "string" ? description : null,
    examples: Array.isArray(examples) ? examples : [],
    pattern: typeof pattern === "string" ? pattern : null,
  };
}

const typeNames: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  integer: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "a map",
};

function wrongType(schema: Annotations, name: string, value: Json, written: string, types: unknown): Explanation {
  const wanted = (Array.isArray(types) ? types : [types]).map(String);
  const expected = timeNames[schema.title] ?? wanted.map((type) => typeNames[type] ?? type).join(" or ");
  return {
    code: "HEED103",
    message: `${name} takes ${expected}, found ${describe(value, written)}`,
    help: typeHint(schema, wanted, value, written) ?? exampleHint(schema),
  };
}

/** Titles of texts that say how long, or when. */
const timeNames: Readonly<Record<string, string>> = {
  duration: "a duration",
  moment: "a moment",
  "moment or window": "a moment or a window",
};

function typeHint(schema: Annotations, wanted: readonly string[], value: Json, written: string): string | null {
  if (wanted.includes("boolean") && typeof value === "string") {
    if (/^(?:yes|y|on|true)$/i.test(value)) return "write true";
    if (/^(?:no|n|off|false)$/i.test(value)) return "write false";
  }
  if (wanted.includes("string") && typeof value === "number") {
    const least = schema.title === "duration" ? 1 : 0;
    return Object.hasOwn(timeNames, schema.title) && Number.isInteger(value) && value >= least
      ? `write a unit with it, such as ${value}s, ${value}m or ${value}h`
      : quoteHint(schema, written);
  }
  if (schema.title === "duration" && Array.isArray(value)) return "for a range write { between: [3m, 7m] }";
  if (wanted.includes("string") && typeof value === "boolean") return `quote it if the text is meant: "${written}"`;
  if (
    wanted.some((type) => type === "integer" || type === "number") &&
    typeof value === "string" &&
    Number.isFinite(Number(value))
  ) {
    return `remove the quotes: ${value.trim()}`;
  }
  return null;
}

/** Quotes alone make no `10%` of 10, and no `50.00 USD` of 50. */
function quoteHint({ pattern }: Annotations, written: string): string | null {
  return pattern === null || new RegExp(pattern, "u").test(written) ? `quote it: "${written}"` : null;
}

function unknownValue(name: string, value: Json, allowed: unknown): Explanation {
  const known = Array.isArray(allowed) ? allowed.map(inYaml) : [];
  const near = typeof value === "string" ? didYouMean(value, known) : null;
  return {
    code: "HEED104",
    message: `${describeBare(value)} is not a value of ${name}`,
    help: near ?? (known.length === 1 ? `the only value is ${known[0] ?? ""}` : `values are ${known.join(", ")}`),
  };
}

function malformed(schema: Annotations, name: string, value: Json): Explanation {
  const title = schema.title === "duration" ? "duration" : `valid ${schema.title}`;
  const message = `${describeBare(value)} is not a ${title}`;
  if (schema.title === "duration") return { code: "HEED105", message, help: durationHint(value) };
  return {
    code: "HEED105",
    message: name.includes(" of ") ? `${name}: ${message}` : message,
    help: slipHint(schema, value) ?? exampleHint(schema),
  };
}

/** Beginnings and endings that people add to a name, or leave out, because another key wants them. */
const slips: readonly ((value: string) => string)[] = [
  withoutRoot,
  (value) => `data.${withoutRoot(value)}`,
  (value) => `event.data.${withoutRoot(value).replace(/^data\./, "")}`,
  (value) => value.replace(/\.liquid$/, ""),
];

function withoutRoot(path: string): string {
  return path.replace(/^(?:event|trigger)\./, "");
}

function slipHint({ title, pattern }: Annotations, value: Json): string | null {
  if (typeof value !== "string" || pattern === null || !["key", "same path", "template"].includes(title)) return null;
  const meant = slips.map((mend) => mend(value)).find((mended) => new RegExp(pattern, "u").test(mended));
  return meant === undefined ? null : `write ${meant}`;
}

function durationHint(value: Json): string {
  // A month is no unit, and must not be taken for minutes.
  const match = typeof value === "string" ? /^\s*(\d{1,6})\s*(?!mo)([smhdw])[a-z]*\s*$/i.exec(value) : null;
  if (match !== null && Number(match[1]) > 0) {
    return `write ${Number(match[1])}${(match[2] ?? "").toLowerCase()}`;
  }
  return "a duration is one whole number above zero and one unit: 30s, 15m, 2h, 3d, 1w";
}

function tooFew(schema: Annotations, name: string, limit: number): Explanation {
  if (name === "`expect`") {
    return { code: "HEED105", message: `${name} is empty`, help: "write `expect: none` when no message may come" };
  }
  const message = limit <= 1 ? `${name} is empty` : `${name} needs at least ${limit} entries`;
  return { code: "HEED105", message, help: exampleHint(schema) };
}

function exampleHint(schema: Annotations): string | null {
  const examples = schema.examples.slice(0, 2).map(inYaml);
  return examples.length === 0 ? schema.description : `for example ${examples.join(" or ")}`;
}

/** A value in YAML's flow style, as an author would write it. */
function inYaml(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inYaml).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).map(([key, inner]) => `${key}: ${inYaml(inner)}`);
    return entries.length === 0 ? "{}" : `{ ${entries.join(", ")} }`;
  }
  if (typeof value === "string")
    return /^(?:[A-Za-z/][A-Za-z0-9 _./-]*|\d+(?:[smhdw]|\/[smh]))$/.test(value) ? value : JSON.stringify(value);
  return String(value);
}

function describe(value: Json, written: string): string {
  if (typeof value === "string") return `the text ${describeBare(value)}`;
  if (typeof value === "number") return `the number ${written}`;
  if (typeof value === "boolean") return written;
  return Array.isArray(value) ? "a list" : "a map";
}

function describeBare(value: Json): string {
  const text = typeof value === "string" ? `"${value}"` : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

export function propertyNamesOf(schema: unknown): readonly string[] {
  const properties = propertyOf(schema, "properties");
  return typeof properties === "object" && properties !== null ? Object.keys(properties) : [];
}

/** The verbs of a step, from the alternatives of its schema. */
export function verbsOf(schema: unknown): readonly string[] {
  const alternatives = propertyOf(schema, "oneOf");
  if (!Array.isArray(alternatives)) return [];
  return alternatives.flatMap((alternative: unknown) => {
    const required = propertyOf(alternative, "required");
    return Array.isArray(required) ? required.map(String) : [];
  });
}

function propertyOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}
