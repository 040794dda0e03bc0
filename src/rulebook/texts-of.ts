import type { Json } from "../core/model/json.ts";
import { isJsonObject } from "../core/model/parse-json.ts";
import { isList } from "../core/model/path.ts";
import type { TemplateKind } from "../templates/template.ts";
import { jsonAt } from "./json-at.ts";
import type { Text } from "./parsed-workspace.ts";
import type { Path } from "./problem.ts";
import type { RuleFile } from "./rule-file.generated.ts";
import type { SourceDocument } from "./source-file.ts";
import { stepsOf } from "./steps.ts";

/** What a step has in Liquid, and how it is read: into a header nothing may break a line, into HTML all is escaped. */
const fields: readonly { readonly path: Path; readonly kind: TemplateKind }[] = [
  { path: ["subject"], kind: "header" },
  { path: ["text"], kind: "text" },
  { path: ["html"], kind: "html" },
  { path: ["to"], kind: "header" },
  { path: ["body"], kind: "text" },
  { path: ["set"], kind: "text" },
  { path: ["tag"], kind: "header" },
  { path: ["untag"], kind: "header" },
  { path: ["emit", "data"], kind: "text" },
];

/** Every text in Liquid that a rule has in its own file. */
export function textsOf(file: RuleFile, document: SourceDocument): readonly Text[] {
  return stepsOf(file).flatMap(({ path: step }) =>
    fields.flatMap(({ path, kind }) => textsAt(document, [...step, ...path], kind)),
  );
}

function textsAt(document: SourceDocument, path: Path, kind: TemplateKind): readonly Text[] {
  const value: Json | undefined = jsonAt(document.data, path);
  if (typeof value === "string") {
    const rangeOf: Text["rangeOf"] = (start, end) => document.rangeWithin(path, start, end);
    return [{ file: document.source, path, kind, source: value, rangeOf }];
  }
  if (isList(value)) return value.flatMap((_, index) => textsAt(document, [...path, index], kind));
  return isJsonObject(value) ? Object.keys(value).flatMap((key) => textsAt(document, [...path, key], kind)) : [];
}
