import { isList } from "../core/model/path.ts";
import type { Json } from "../core/model/json.ts";
import { isJsonObject } from "../core/model/parse-json.ts";
import type { Field, Lookup } from "../core/model/rulebook.ts";
import { compileTemplate } from "../templates/compile-template.ts";
import type { TemplateKind } from "../templates/template.ts";
import { templateReferences } from "../templates/template-references.ts";
import type { TemplateStore } from "./compile-parts.ts";
import { fieldTypeOf } from "./compile-settings.ts";
import { digestOf } from "./digest.ts";
import { jsonAt } from "./json-at.ts";
import type { ParsedFile } from "./parsed-workspace.ts";
import type { Path } from "./problem.ts";
import type { Lookup as LookupFile, WorkspaceFile } from "./workspace-file.generated.ts";

/**
 * The look-ups of heed.yaml as rules ask for them. Only their texts in Liquid are compiled, because they are what
 * depends on the contact; the rest, secrets among it, is for those who fetch.
 */
export function compileLookups(
  { file: { lookups = {} }, document }: ParsedFile<WorkspaceFile>,
  store: Pick<TemplateStore, "templates">,
  resolve: (text: string) => string,
): ReadonlyMap<string, Lookup> {
  const compiled = Object.entries(lookups).map(([name, lookup]): [string, Lookup] => {
    const { on_error: onError, fields } = lookup;
    const written = textsInLiquid(jsonAt(document.data, ["lookups", name]) ?? null);
    // A preset says whom by a word.
    const preset =
      "hubspot" in lookup ? [{ path: ["hubspot", "by"], text: `{{ contact.${lookup.hubspot.by ?? "email"} }}` }] : [];
    const texts = compileTexts([...written, ...preset], store, resolve);
    return [name, { name, texts, onError: onError ?? "hold", fields: compileFields(fields), ...redactedIn(fields) }];
  });
  return new Map(compiled);
}

/** Template ids by place. */
function compileTexts(
  placed: readonly PlacedText[],
  { templates }: Pick<TemplateStore, "templates">,
  resolve: (text: string) => string,
): Lookup["texts"] {
  const texts = placed.map(({ path, text }): [string, string] => {
    const place = path.join(".");
    const kind = kindOfText(path);
    const source = resolve(text);
    const id = `lookup:${kind}:${digestOf(source).slice(0, 32)}`;
    const compiled = compileTemplate(source, kind, fieldsAsked(source));
    if (!compiled.ok) throw new Error("a text of a look-up that passed its check does not compile");
    templates.set(id, { template: compiled.template, source });
    return [place, id];
  });
  return Object.fromEntries(texts);
}

/** How what a contact supplied is written into the text at this place of a look-up. */
export function kindOfText([source, setting]: Path): TemplateKind {
  if (source === "http" && setting === "url") return "url";
  if (source === "http" && setting === "headers") return "header";
  return source === "salesforce" ? "soql" : "text";
}

/** The fields of contacts that a text reads. Where one is missing and has no fallback, the text cannot be made, and nobody is asked. */
export function fieldsAsked(source: string): ReadonlySet<string> {
  const references = templateReferences(source, "text");
  return new Set(references.flatMap(({ path: [root, field] }) => (root === "contact" && field ? [field] : [])));
}

function compileFields(fields: LookupFile["fields"]): Lookup["fields"] {
  if (fields === undefined) return null;
  const compiled = Object.entries(fields).map(([name, { type, enum: values }]): [string, Field] => [
    name,
    { type: fieldTypeOf(type), values: values ?? null },
  ]);
  return new Map(compiled);
}

function redactedIn(fields: LookupFile["fields"] = {}): Pick<Lookup, "redacted"> {
  const names = Object.entries(fields).flatMap(([name, { redact }]) => (redact === true ? [name] : []));
  return names.length === 0 ? {} : { redacted: new Set(names) };
}

interface PlacedText {
  readonly path: Path;
  readonly text: string;
}

/** Every text in Liquid that a look-up has, with its place. */
export function textsInLiquid(value: Json, place: Path = []): readonly PlacedText[] {
  if (typeof value === "string") return /\{[{%]/.test(value) ? [{ path: place, text: value }] : [];
  if (isList(value)) return value.flatMap((entry, index) => textsInLiquid(entry, [...place, index]));
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => textsInLiquid(inner, [...place, key]));
}
