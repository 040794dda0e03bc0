import { type Document, isAlias, isCollection, isMap, isScalar, isSeq, type Node, type YAMLError } from "yaml";
import { isHostileKey } from "../core/model/parse-json.ts";
import type { Json } from "../core/model/json.ts";
import type { Problem, Range } from "./problem.ts";
import { problemIn, rangeAt, type SourceDocument, type SourceFile } from "./source-file.ts";
import { commentTrap } from "./comment-trap.ts";
import { invisibleProblems, lookAlikesInData } from "./look-alikes.ts";
import { numberTrap } from "./number-trap.ts";
import { maxLexemes, maxYamlDepth, parseYaml } from "./parse-yaml.ts";
import { readPlainYaml } from "./read-plain-yaml.ts";
import { locateIn } from "./yaml-positions.ts";
import { yamlSyntaxProblem } from "./yaml-syntax.ts";

export type ReadYaml =
  | { readonly ok: true; readonly document: SourceDocument }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/**
 * Reads the strict YAML of a workspace: YAML 1.2 core, one document, no aliases, tags or merge keys, and nothing whose
 * meaning surprises. Never throws; large and deep texts fail early.
 */
export function readYaml(source: SourceFile, most: number = maxLexemes.rule): ReadYaml {
  const early = textProblem(source);
  if (early !== null) return { ok: false, problems: [early] };
  const hidden = invisibleProblems(source);
  if (hidden.length > 0) return { ok: false, problems: hidden };
  const plain = readPlainYaml(source.text);
  const read =
    plain === undefined ? readAnyYaml(source, most) : { ok: true as const, document: placedLater(source, plain) };
  if (!read.ok) return read;
  const lookAlikes = lookAlikesInData(read.document);
  return lookAlikes.length > 0 ? { ok: false, problems: lookAlikes } : read;
}

/** Nobody asks for a place in a file without a problem, which is nearly every one. */
function placedLater(source: SourceFile, data: Json): SourceDocument {
  let places: Pick<SourceDocument, "rangeOf" | "rangeWithin"> | undefined;
  const find = () => {
    const parsed = parseYaml(source.text, Number.POSITIVE_INFINITY);
    if (parsed.kind !== "document" || parsed.document.contents === null)
      throw new Error(`${source.name} is no plain YAML`);
    return locateIn(source, parsed.document.contents);
  };
  return {
    source,
    data,
    rangeOf: (path, part) => (places ??= find()).rangeOf(path, part),
    rangeWithin: (path, start, end) => (places ??= find()).rangeWithin(path, start, end),
  };
}

/** Reads it with the library alone. Exported for the test that holds the reader of plain files to it. */
export function readAnyYaml(source: SourceFile, most: number): ReadYaml {
  const parsed = parseYaml(source.text, most);
  if (parsed.kind !== "document") {
    return { ok: false, problems: [(parsed.kind === "too deep" ? tooDeep : tooMuch)(source, parsed.offset)] };
  }
  const { document } = parsed;
  const syntax = syntaxProblems(source, document);
  if (syntax.length > 0) return { ok: false, problems: syntax };
  if (document.contents === null || (isScalar(document.contents) && document.contents.value === null)) {
    return {
      ok: false,
      problems: [emptyFile(source)],
    };
  }
  const problems: Problem[] = [];
  const data = toJson(document.contents, { source, problems, depth: 0 });
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, document: { source, data, ...locateIn(source, document.contents) } };
}

function textProblem(source: SourceFile): Problem | null {
  const { text } = source;
  if (text.startsWith("\ufeff")) {
    const range = rangeAt(source, 0, 1);
    const fix = { safe: true, edits: [{ range, text: "" }] };
    return problemIn(source, {
      code: "HEED010",
      message: "the file begins with a byte order mark",
      help: "save it as UTF-8 without BOM",
      range,
      fix,
    });
  }
  const control = /(?![\t\n\r\u0085])\p{Cc}|[\ufeff\ufffe\uffff]/u.exec(text);
  if (control !== null) {
    const code = (control[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
    const range = rangeAt(source, control.index, control.index + 1);
    return problemIn(source, {
      code: "HEED010",
      message: `the file contains the invisible control character U+${code}`,
      help: "remove it",
      range,
    });
  }
  const directive = /^%.*$/m.exec(text);
  if (
    directive !== null &&
    text
      .slice(0, directive.index)
      .replace(/^[ \t]*#.*$/gm, "")
      .trim() === ""
  ) {
    const range = rangeAt(source, directive.index, directive.index + directive[0].length);
    return problemIn(source, {
      code: "HEED002",
      message: "YAML directives are not allowed",
      help: "remove the line: files are YAML 1.2",
      range,
    });
  }
  return null;
}

function tooMuch(source: SourceFile, offset: number): Problem {
  const message = "the file has more entries than anybody can read, so it is not read beyond this one";
  const help = "split it: one rule per file, and the tests of each beside it";
  return problemIn(source, { code: "HEED001", message, help, range: rangeAt(source, offset, offset + 1) });
}

function tooDeep(source: SourceFile, offset: number): Problem {
  const message = `the file nests more than ${maxYamlDepth} levels deep`;
  const help = "write it flatter: what nests that deep cannot be read";
  return problemIn(source, { code: "HEED009", message, help, range: rangeAt(source, offset, offset + 1) });
}

function emptyFile(source: SourceFile): Problem {
  const help = "write what belongs here, or delete the file";
  return problemIn(source, { code: "HEED012", message: "the file is empty", help, range: rangeAt(source, 0, 0) });
}

/** One slip upsets a parser many times over, so only the first is told. */
function syntaxProblems(source: SourceFile, document: Document.Parsed): readonly Problem[] {
  const faults: readonly YAMLError[] = [...document.errors, ...document.warnings];
  const [first] = faults.toSorted((a, b) => a.pos[0] - b.pos[0]);
  return first === undefined ? [] : [yamlSyntaxProblem(source, first)];
}

interface Conversion {
  readonly source: SourceFile;
  readonly problems: Problem[];
  readonly depth: number;
}

/** The file's content as JSON, reporting what YAML allows and a workspace does not. */
function toJson(node: Node, conversion: Conversion): Json {
  const { source, problems, depth } = conversion;
  const [begin, end] = node.range ?? [0, 0];
  if (depth > maxYamlDepth) {
    if (problems.every(({ code }) => code !== "HEED009")) problems.push(tooDeep(source, begin));
    return null;
  }
  if (isAlias(node)) {
    reportAlias(conversion, "aliases (`*name`) are not allowed", begin, end);
    return null;
  }
  // The parser keeps a tag on a node only where one is written.
  if (node.tag !== undefined) {
    problems.push(tagged(source, rangeAt(source, begin, end)));
    return null;
  }
  if (node.anchor !== undefined) {
    const start = source.text.lastIndexOf(`&${node.anchor}`, begin);
    reportAlias(
      conversion,
      `anchors (\`&${node.anchor.slice(0, 60)}\`) are not allowed`,
      start,
      start + node.anchor.length + 1,
    );
  }
  const inner = { ...conversion, depth: depth + 1 };
  if (isSeq(node)) return node.items.map((item) => (isNode(item) ? toJson(item, inner) : null));
  if (isMap(node)) return mapToJson(node.items, inner);
  if (!isScalar(node)) return null;
  const trap = numberTrap(source, node);
  if (trap !== null) problems.push(trap);
  const { value } = node;
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? value : null;
}

/** A tag stands before its value, with blanks or an anchor between them. */
function tagged(source: SourceFile, value: Range): Problem {
  const before = source.text.slice(Math.max(0, value.start.offset - 200), value.start.offset);
  const found = /![^\s,[\]{}]*(?=\s+(?:&\S+\s+)?$)/.exec(before);
  const start = found === null ? value.start.offset : value.start.offset - before.length + found.index;
  const written = found?.[0] ?? "";
  return problemIn(source, {
    code: "HEED005",
    message: `tags (\`${written === "" ? "!name" : written.slice(0, 60)}\`) are not allowed`,
    help: "remove it; quote the value if it is a text",
    range: found === null ? value : rangeAt(source, start, start + written.length),
  });
}

/** An anchor and its aliases are one idea, so one is told. */
function reportAlias({ source, problems }: Conversion, message: string, start: number, end: number): void {
  if (problems.some(({ code }) => code === "HEED004")) return;
  problems.push(
    problemIn(source, {
      code: "HEED004",
      message,
      help: "write the value out wherever it is needed",
      range: rangeAt(source, start, end),
    }),
  );
}

function mapToJson(pairs: readonly { readonly key: unknown; readonly value: unknown }[], conversion: Conversion): Json {
  const entries = new Map<string, Json>();
  const keys = new Map<string, unknown>();
  for (const { key, value } of pairs) {
    const name = readKey(key, conversion);
    if (name === null) continue;
    const first = keys.get(name);
    if (first !== undefined) conversion.problems.push(duplicateKey(conversion.source, name, key, first));
    else keys.set(name, key);
    entries.set(name, isNode(value) ? toJson(value, conversion) : null);
    const cut = isScalar(value) ? commentTrap(conversion.source, name, value) : null;
    if (cut !== null) conversion.problems.push(cut);
  }
  return Object.fromEntries(entries);
}

function duplicateKey(source: SourceFile, name: string, key: unknown, first: unknown): Problem {
  return problemIn(source, {
    code: "HEED003",
    message: `\`${name.slice(0, 60)}\` is written twice in this map, and only one of them would count`,
    help: "keep one",
    range: rangeOfKey(source, key),
    related: [{ message: "first written here", file: source.name, range: rangeOfKey(source, first) }],
  });
}

function rangeOfKey(source: SourceFile, key: unknown): Range {
  const [start = 0, end = start] = isNode(key) ? (key.range ?? []) : [];
  return rangeAt(source, start, end);
}

function readKey(key: unknown, { source, problems }: Conversion): string | null {
  // Nearly every key is just a word.
  if (isScalar(key) && typeof key.value === "string" && /^[\w. -]{1,500}$/.test(key.value) && !isHostileKey(key.value))
    return key.value;
  const range = rangeOfKey(source, key);
  const [start, end] = [range.start.offset, range.end.offset];
  if (isNode(key) && isCollection(key)) {
    const liquid = source.text[start] === "{" && source.text[start - 1] === "{";
    problems.push(
      liquid
        ? problemIn(source, {
            code: "HEED018",
            message: "a text that begins with {{ must be quoted, because { opens a map",
            help: "put the whole text in single quotes",
            range: rangeAt(source, start - 1, end + 1),
          })
        : keyThatIsNone(source, range),
    );
    return null;
  }
  if (!isScalar(key)) {
    problems.push(keyThatIsNone(source, range));
    return null;
  }
  const name = typeof key.value === "string" ? key.value : source.text.slice(start, end);
  if (name === "<<") {
    problems.push(
      problemIn(source, {
        code: "HEED006",
        message: "merge keys (`<<`) are not allowed",
        help: "write the entries out",
        range,
      }),
    );
    return null;
  }
  if (typeof key.value !== "string" || isHostileKey(name) || name.length > 500) {
    const quoted = name.length <= 60 ? `\`${name}\`` : "this";
    const help = isHostileKey(name) ? "choose another name" : `quote it if it is meant: "${name.slice(0, 60)}"`;
    problems.push(problemIn(source, { code: "HEED013", message: `${quoted} cannot be a key`, help, range }));
    return null;
  }
  return name;
}

function keyThatIsNone(source: SourceFile, range: Range): Problem {
  const help = "write a name, then a colon and the value";
  return problemIn(source, { code: "HEED013", message: "a key must be a plain text", help, range });
}

function isNode(value: unknown): value is Node {
  return isAlias(value) || isCollection(value) || isScalar(value);
}
