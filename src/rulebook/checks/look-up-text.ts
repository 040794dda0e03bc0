import { templateProblems } from "../../templates/compile-template.ts";
import type { TemplateKind } from "../../templates/template.ts";
import { templateReferences } from "../../templates/template-references.ts";
import type { Check } from "../check.ts";
import { fieldsAsked, kindOfText, textsInLiquid } from "../compile-lookups.ts";
import { expandPath, jsonAt } from "../json-at.ts";
import type { ParsedWorkspace } from "../parsed-workspace.ts";
import { problemAt } from "../check.ts";
import type { Path, Problem } from "../problem.ts";
import { problemIn, type SourceDocument } from "../source-file.ts";
import { didYouMean } from "../suggest.ts";
import { type PathTypes, pathTypesOf } from "../type-of-path.ts";

/** A text of a look-up that is not Liquid, or asks for what is not known when a look-up is made. */
export const lookUpText = {
  id: "look-up-text",
  pages: {
    HEED220: {
      what: "A look-up's text cannot be filled in, or has Liquid where it would be dangerous.",
      why: "A look-up asks about a contact, so its texts may read `contact` alone. A database's query is fixed, and its values go into `params`, so that no contact can change what is asked.",
      example: {
        in: "heed.yaml",
        bad: 'lookups:\n  crm: { http: { url: "https://crm.example.com/{{ event.data.id }}" } }',
        good: 'lookups:\n  crm: { http: { url: "https://crm.example.com/{{ contact.id }}" } }',
      },
    },
  },
  run,
} as const satisfies Check;

/** What may say about whom is asked, from the look-up. All else is the same for everybody. */
const MAY_VARY =
  /^(?:http\/(?:url|headers\/.+|body\/.+)|postgres\/params\/\d+|redis\/(?:get|hgetall)|salesforce\/query)$/;

function run(parsed: ParsedWorkspace): readonly Problem[] {
  const { workspace } = parsed;
  const types = pathTypesOf(parsed);
  if (workspace === null || types === null) return [];
  const { document } = workspace;
  return expandPath(document.data, ["lookups", "*"]).flatMap((lookup) =>
    textsInLiquid(jsonAt(document.data, lookup) ?? null).flatMap(({ path, text }) => {
      const at = [...lookup, ...path];
      if (MAY_VARY.test(path.join("/"))) return inText({ document, types }, at, text, kindOfText(path));
      const message = `\`${String(path.at(-1))}\` is fixed: Liquid can't be in it`;
      const help = path.includes("query")
        ? "write $1 here, and the value under params"
        : "write it out, or use ${NAME}";
      return [problemAt(document, { code: "HEED220", path: at, message, help })];
    }),
  );
}

interface Sight {
  readonly document: SourceDocument;
  readonly types: PathTypes;
}

/** What is missing of a contact makes the question pointless, not wrong: the look-up then has no answer. So its fields need no fallback. */
function inText({ document, types }: Sight, path: Path, text: string, kind: TemplateKind): readonly Problem[] {
  const at = (start: number, end: number, message: string, help: string | null): Problem =>
    problemIn(document.source, { code: "HEED220", message, help, path, range: document.rangeWithin(path, start, end) });
  const references = templateReferences(text, "text");
  const foreign = references.filter((reference) => reference.path[0] !== "contact");
  if (foreign.length === 0) {
    const undeclared = references.flatMap((reference) => {
      const found = types.of(reference.path, { event: [], trigger: [] });
      if (found.kind === "known") return [];
      const { message, word, known, help } = found.mistake;
      return [at(reference.start, reference.end, message, didYouMean(word, known) ?? help("string"))];
    });
    if (undeclared.length > 0) return undeclared;
    const problems = templateProblems(text, kind, fieldsAsked(text)).map(({ message, help, start, end }) =>
      at(start, end, message, help ?? null),
    );
    const bare = kind === "soql" ? outsideQuotes(text) : null;
    if (bare === null) return problems;
    const message = "what a contact supplies is safe in a SOQL query only between single quotes";
    return [...problems, at(bare, bare + 2, message, "write '{{ contact.… }}'")];
  }
  return foreign.map(({ path: [root = ""], start, end }) =>
    at(start, end, `a look-up asks about a contact, and can't read \`${root}\``, "use {{ contact.… }}"),
  );
}

/** Where Liquid stands outside of the literals of a query; null when it never does. Quotes within Liquid are its own. */
function outsideQuotes(query: string): number | null {
  let quoted = false;
  for (const { 0: token, index } of query.matchAll(/\\.|'|\{\{.*?\}\}|\{%.*?%\}/gs)) {
    if (token === "'") quoted = !quoted;
    else if (!token.startsWith("\\") && !quoted) return index;
  }
  return null;
}
