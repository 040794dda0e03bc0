import { isList } from "../conditions/path.ts";
import type { Json } from "../core/model/json.ts";
import { isJsonObject } from "../core/model/parse-json.ts";
import type { Lookup, LookupField } from "../core/model/rulebook.ts";
import { compileTemplate } from "../templates/compile-template.ts";
import type { TemplateKind } from "../templates/template.ts";
import { templateReferences } from "../templates/template-references.ts";
import type { TemplateStore } from "./compile-parts.ts";
import { fieldTypeOf } from "./compile-settings.ts";
import { digestOf } from "./digest.ts";
import type { Lookup as LookupFile, WorkspaceFile } from "./workspace-file.generated.ts";

/**
 * The look-ups of heed.yaml as rules ask for them. Only their texts in Liquid are compiled, because they are what
 * depends on the contact; the rest, secrets among it, is for those who fetch.
 */
export function compileLookups(
  { lookups = {} }: WorkspaceFile,
  store: Pick<TemplateStore, "templates">,
  resolve: (text: string) => string,
): ReadonlyMap<string, Lookup> {
  return new Map(Object.entries(lookups).map(([name, file]) => [name, compileLookup(name, file, store, resolve)]));
}

function compileLookup(
  name: string,
  file: LookupFile,
  { templates }: Pick<TemplateStore, "templates">,
  resolve: (text: string) => string,
): Lookup {
  const texts: Record<string, string> = {};
  for (const [place, written] of textsIn(sourceOf(file), [])) {
    const kind: TemplateKind = place.startsWith("http.headers.") ? "header" : "text";
    const source = resolve(written);
    const id = `lookup:${kind}:${digestOf(source).slice(0, 32)}`;
    const compiled = compileTemplate(source, kind, fieldsAsked(source));
    if (!compiled.ok) throw new Error("a text of a look-up that passed its check does not compile");
    templates.set(id, { template: compiled.template, source });
    texts[place] = id;
  }
  return { name, texts, onError: file.on_error ?? "hold", fields: compileFields(file.fields) };
}

/** The fields of contacts that a text reads. Where one is missing and has no fallback, the text cannot be made, and nobody is asked. */
export function fieldsAsked(source: string): ReadonlySet<string> {
  const references = templateReferences(source, "text");
  return new Set(references.flatMap(({ path: [root, field] }) => (root === "contact" && field ? [field] : [])));
}

function compileFields(fields: LookupFile["fields"]): Lookup["fields"] {
  if (fields === undefined) return null;
  const compiled = Object.entries(fields).map(([name, { type, enum: values }]): [string, LookupField] => [
    name,
    { type: fieldTypeOf(type), values: values ?? null },
  ]);
  return new Map(compiled);
}

/** What says whom to ask, and how. */
function sourceOf(file: LookupFile): Json {
  const { timeout: _timeout, cache: _cache, on_error: _onError, fields: _fields, ...source } = file;
  return JSON.parse(JSON.stringify(source));
}

/** Every text in Liquid, by its place with dots. */
function textsIn(value: Json, place: readonly string[]): readonly (readonly [string, string])[] {
  if (typeof value === "string") return /\{[{%]/.test(value) ? [[place.join("."), value]] : [];
  if (isList(value)) return value.flatMap((entry, index) => textsIn(entry, [...place, String(index)]));
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => textsIn(inner, [...place, key]));
}
