import type { ErrorObject } from "ajv";
import type { Json, JsonObject } from "../core/model/json.ts";
import { isJsonObject } from "../core/model/parse-json.ts";
import type { ProblemCode } from "./codes.ts";
import { didYouMean, slipOf } from "./suggest.ts";
import { type WrittenForm, writtenForms } from "./written-forms.ts";

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
      return wrongType(error, name, value, written);
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
  /** The only ones that there are. */
  readonly values: readonly unknown[];
}

function annotationsOf(schema: unknown): Annotations {
  const title = propertyOf(schema, "title");
  const description = propertyOf(schema, "description");
  const examples = propertyOf(schema, "examples");
  const pattern = propertyOf(schema, "pattern");
  const values = propertyOf(schema, "enum");
  return {
    // Not of an abbreviation: a URL stays one.
    title: typeof title === "string" ? title.replace(/^[A-Z](?=[a-z ])/, (letter) => letter.toLowerCase()) : "value",
    description: typeof description === "string" ? description : null,
    examples: Array.isArray(examples) ? examples : [],
    pattern: typeof pattern === "string" ? pattern : null,
    values: Array.isArray(values) ? values : [],
  };
}

function inWords(names: readonly string[]): string {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} or ${names.at(-1) ?? ""}`;
}

const typeNames: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  integer: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "a map",
};

function wrongType(error: ErrorObject, name: string, value: Json, written: string): Explanation {
  const schema = annotationsOf(error.parentSchema);
  const types: unknown = error.params["type"];
  const wanted = (Array.isArray(types) ? types : [types]).map(String);
  const expected = writtenForms.get(schema.title)?.noun ?? inWords(wanted.map((type) => typeNames[type] ?? type));
  return {
    code: "HEED103",
    message: `${name} takes ${expected}, found ${describe(value, written)}`,
    help:
      sendHint(name, value) ??
      typeHint(schema, wanted, value, written) ??
      wrapHint(error.parentSchema, wanted, value, written) ??
      exampleHint(schema),
  };
}

/** The channel with all that is said in a map under the verb. */
function sendHint(name: string, value: Json): string | null {
  if (name !== "`send`" || !isJsonObject(value)) return null;
  const [, ...content] = Object.keys(value);
  const beside = content.length === 0 ? "" : `, and ${content.map((key) => `\`${key}\``).join(", ")} beside it`;
  return `write send: ${inYaml(Object.values(value)[0])}${beside}`;
}

function typeHint(schema: Annotations, wanted: readonly string[], value: Json, written: string): string | null {
  if (wanted.includes("boolean") && typeof value === "string") {
    if (/^(?:yes|y|on|true)$/i.test(value)) return "write true";
    if (/^(?:no|n|off|false)$/i.test(value)) return "write false";
  }
  if (wanted.includes("string") && typeof value === "number") {
    const form = writtenForms.get(schema.title);
    return (
      (form === undefined ? null : (form.unit(written) ?? meantHint(form, schema, written))) ??
      quoteHint(schema, written)
    );
  }
  if (schema.title === "body" && wanted.includes("object")) {
    return "a webhook takes a map; for a message write `text`, and in an email `subject` with `text` or `html`";
  }
  if (schema.title === "duration" && Array.isArray(value)) return "for a range write { between: [3m, 7m] }";
  if (wanted.includes("string") && typeof value === "boolean") return truthHint(schema, written);
  if (
    wanted.some((type) => type === "integer" || type === "number") &&
    typeof value === "string" &&
    Number.isFinite(Number(value))
  ) {
    return `remove the quotes: ${value.trim()}`;
  }
  return null;
}

/** Quotes make a text of it, where any text will do. */
function truthHint({ title, values }: Annotations, written: string): string | null {
  if (values.length > 0) return `values are ${values.map(inYaml).join(", ")}`;
  return writtenForms.get(title)?.rule ?? `quote it if the text is meant: "${written}"`;
}

/** Quotes alone make no `10%` of 10, and no `50.00 USD` of 50. */
function quoteHint({ pattern }: Annotations, written: string): string | null {
  return pattern === null || new RegExp(pattern, "u").test(written) ? `quote it: "${written}"` : null;
}

/** Keys for which a lone text is most likely meant, in maps that have more. */
const mainKeys: ReadonlySet<string> = new Set(["event", "from", "type", "channel", "stop"]);

/** What stands where a list or a map of it should. */
function wrapHint(schema: unknown, wanted: readonly string[], value: Json, written: string): string | null {
  // Where several types will do, none of them is surely meant.
  if (wanted.length > 1) return null;
  if (wanted.includes("array")) {
    const items = propertyOf(schema, "items");
    if (isJsonObject(value))
      return isEntry(items, value) ? "make it a list: put [ ] around it, or a dash before it" : null;
    if (typeof value !== "string" || value.length > 60) return null;
    if (propertyOf(items, "type") !== "object") return takesText(items) ? `write [${written}]` : null;
    const inner = asMap(items, value, written);
    return inner === null ? null : `write [${inner}]`;
  }
  if (!wanted.includes("object") || typeof value !== "string" || value.length > 60) return null;
  const map = asMap(schema, value, written);
  return map === null ? mainValues(schema) : `write ${map}`;
}

/** A list whose entries are texts of any kind, as far as the schema says here. */
function takesText(items: unknown): boolean {
  return propertyOf(items, "type") === "string" && propertyOf(items, "enum") === undefined;
}

/** The example of a map with the text in place of what it is mainly about. */
function asMap(schema: unknown, value: string, written: string): string | null {
  const required = propertyOf(schema, "required");
  const names = Array.isArray(required) ? required.map(String) : propertyNamesOf(schema).slice(0, 1);
  const [main] = names;
  const property = propertyOf(propertyOf(schema, "properties"), main ?? "");
  const pattern = propertyOf(property, "pattern");
  const isLocalTime = main === "from" && pattern === undefined;
  if (main === undefined || !mainKeys.has(main) || isLocalTime) return null;
  if (typeof pattern === "string" && !new RegExp(pattern, "u").test(value)) return null;
  const values = propertyOf(property, "enum");
  if (Array.isArray(values) && !values.includes(value)) return null;
  const [example] = annotationsOf(schema).examples;
  const others = names.slice(1).map((name) => `, ${name}: ${inYaml(propertyOf(example, name))}`);
  return `{ ${main}: ${written}${others.join("")} }`;
}

/** What the main key of a map takes, when that is one of a few words. */
function mainValues(schema: unknown): string | null {
  const [main = "", ...others] = propertyNamesOf(schema);
  const values = propertyOf(propertyOf(propertyOf(schema, "properties"), main), "enum");
  return Array.isArray(values) && others.length === 0
    ? `write { ${main}: … } with ${inWords(values.map(inYaml))}`
    : null;
}

/** Whether a map may be one of these items, as far as the schema says here. */
function isEntry(items: unknown, value: JsonObject): boolean {
  const names = propertyNamesOf(items);
  return names.length === 0 || Object.keys(value).some((name) => names.includes(name));
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
  const form = writtenForms.get(schema.title);
  if (form !== undefined) {
    const meant = typeof value === "string" ? meantHint(form, schema, value) : null;
    const message = `${describeBare(value)} is not ${form.noun}`;
    return { code: "HEED105", message, help: meant ?? form.rule ?? exampleHint(schema) };
  }
  const message = `${describeBare(value)} is not a valid ${schema.title}`;
  const inList = name.includes(" of ") ? `${name}: ${message}` : message;
  return {
    code: "HEED105",
    message: schema.title === "value" ? `${name} cannot be ${describeBare(value)}` : inList,
    help: slipHint(schema, value) ?? exampleHint(schema),
  };
}

/** What the form says was meant, when it has that form then. */
function meantHint(form: WrittenForm, { pattern }: Annotations, written: string): string | null {
  const meant = written.length > 60 ? null : form.meant(written);
  const bare = meant?.replaceAll('"', "") ?? "";
  return meant !== null && (pattern === null || new RegExp(pattern, "u").test(bare))
    ? `write ${meant}`
    : form.unit(written);
}

/** Beginnings and endings that people add to a name, or leave out, because another key wants them. */
const slips: readonly ((value: string) => string)[] = [
  withoutRoot,
  (value) => `data.${withoutRoot(value)}`,
  (value) => `event.data.${withoutRoot(value).replace(/^data\./, "")}`,
  (value) => value.replace(/\.liquid$/, ""),
  (value) => `${value}.yaml`,
];

function withoutRoot(path: string): string {
  return path.replace(/^(?:event|trigger)\./, "");
}

function slipHint({ title, pattern }: Annotations, value: Json): string | null {
  if (
    typeof value !== "string" ||
    pattern === null ||
    !["key", "same path", "template", "value", "rule file"].includes(title)
  )
    return null;
  // What is of no event is no slip of a path of one.
  if (/^(?:contact|consent|last|lookup|message)\./.test(value)) return null;
  const field = title === "same path" ? slipOf(withoutRoot(value), ["message_id"]) : null;
  if (field !== null) return `write ${field}`;
  const meant = slips.map((mend) => mend(value)).find((mended) => new RegExp(pattern, "u").test(mended));
  return meant === undefined ? null : `write ${meant}`;
}

function tooFew(schema: Annotations, name: string, limit: number): Explanation {
  if (name === "`expect`") {
    return { code: "HEED105", message: `${name} is empty`, help: "write `expect: none` when no message may come" };
  }
  const message = limit <= 1 ? `${name} is empty` : `${name} needs at least ${limit} entries`;
  return { code: "HEED105", message, help: exampleHint(schema) ?? "write at least one" };
}

/** Examples of what a schema describes, as a hint. */
export function exampleOf(schema: unknown): string | null {
  const { examples } = annotationsOf(schema);
  return examples.length === 0 ? null : exampleHint(annotationsOf(schema));
}

function exampleHint(schema: Annotations): string | null {
  const examples = schema.examples.slice(0, 2).map(inYaml);
  return examples.length === 0 ? schema.description : `for example ${examples.join(" or ")}`;
}

/** A value in YAML's flow style, as an author would write it. */
function inYaml(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inYaml).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).map(
      ([key, inner]) => `${/^[A-Za-z_][\w .-]*$/.test(key) ? key : JSON.stringify(key)}: ${inYaml(inner)}`,
    );
    return entries.length === 0 ? "{}" : `{ ${entries.join(", ")} }`;
  }
  if (typeof value === "string")
    return /^(?:[A-Za-z/][A-Za-z0-9 _./-]*|\d+(?:[smhdw]|\/[smh])|\d+(?:\.\d+)?(?:%| [A-Z]{3}))$/.test(value)
      ? value
      : JSON.stringify(value);
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

/** The keys of which a map needs at least one: those that each alternative of `anyOf` requires, and nothing else. */
export function alternativesOf(schema: unknown): readonly string[] {
  const alternatives = propertyOf(schema, "anyOf");
  if (!Array.isArray(alternatives)) return [];
  const keys = alternatives.map((alternative: unknown) => propertyOf(alternative, "required"));
  return keys.every(Array.isArray) ? keys.flatMap((required) => required.slice(0, 1).map(String)) : [];
}

function propertyOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}
