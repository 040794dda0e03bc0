import type { Json, JsonObject } from "../../core/model/json.ts";
import { isJsonArray, isJsonObject } from "../../core/model/parse-json.ts";
import { digestOf } from "../../rulebook/digest.ts";
import { printableJson } from "../../rulebook/report/printable.ts";
import type { Plan } from "../plan.ts";

/** Its schema is `schemas/plan.schema.json`. The second number grows with what is added, the first with what breaks readers. */
export const formatVersion = "1.0";

/** Keys of it that hold somebody else's keys, which stay as they are. */
const foreign: ReadonlySet<string> = new Set(["before", "after", "facts", "reasons", "differences"]);

/** Moments: RFC 3339 in the document, epoch milliseconds in the plan. */
const moments: ReadonlySet<string> = new Set(["from", "to", "at", "warm_up_until", "due_from", "due_to"]);

/** A plan as a file for machines, with a digest over all the rest of it by which it is named and known unchanged. */
export function renderJson(plan: Plan, version: string): string {
  const document = { format_version: formatVersion, tool: { name: "heed", version }, ...toDocument(plan) };
  return `${printableJson({ ...document, digest: digestOf(document) })}\n`;
}

export function digestOfDocument(document: JsonObject): string {
  const { digest: _, ...rest } = document;
  return digestOf(rest);
}

function toDocument(plan: Plan): JsonObject {
  const value: unknown = JSON.parse(JSON.stringify(plan));
  const document = renamed(
    isJson(value) ? value : null,
    (key) => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    written,
  );
  return isJsonObject(document) ? document : {};
}

/** What `JSON.parse` gives is JSON, which its type does not say. */
export function isJson(value: unknown): value is Json {
  return value !== undefined;
}

/** The plan that a document holds, for whoever has held it against its schema. */
export function fromDocument(document: JsonObject): Json {
  return renamed(document, (key) => key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()), read);
}

function renamed(value: Json, nameOf: (key: string) => string, valueOf: (key: string, value: Json) => Json): Json {
  if (isJsonArray(value)) return value.map((entry) => renamed(entry, nameOf, valueOf));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      const name = nameOf(key);
      return [name, foreign.has(key) ? inner : valueOf(key, renamed(inner, nameOf, valueOf))];
    }),
  );
}

function written(key: string, value: Json): Json {
  const name = key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return moments.has(name) && typeof value === "number" ? new Date(value).toISOString() : value;
}

function read(key: string, value: Json): Json {
  return moments.has(key) && typeof value === "string" ? Date.parse(value) : value;
}
