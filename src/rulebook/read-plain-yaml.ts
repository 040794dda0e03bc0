import type { Json } from "../core/model/json.ts";
import { isHostileKey } from "../core/model/parse-json.ts";

/** Longer texts are the library's, which counts their words. */
const mostCharacters = 16_000;
const mostDepth = 16;

/**
 * Reads the YAML in which nearly every file is written, for a fraction of what the library takes, and gives up at the
 * least doubt: undefined is no verdict, and the library reads such a file. What is given here is what the library would
 * give, without a problem. It knows maps and lists by their indentation, texts and brackets on one line, texts below `|`
 * and `>`, and comments. It knows no places: the library finds them for the few files of which somebody asks.
 */
export function readPlainYaml(text: string): Json | undefined {
  if (text.length > mostCharacters || /[^\n\x20-\x7e\u00a1-\u2027\u202a-\ufefe\uff00-\ufffd]/.test(text))
    return undefined;
  if (/^(?:---|\.\.\.|%)/m.test(text)) return undefined;
  const reading = { lines: text.split("\n").map(lineOf), next: 0 };
  if (lineHere(reading) === null) return undefined;
  const value = readMap(reading, 0, 0);
  return lineHere(reading) === null ? value : undefined;
}

interface Line {
  readonly indent: number;
  /** Without blanks at its ends; empty for a line of nothing else. */
  readonly content: string;
  readonly written: string;
}

interface Reading {
  /** The next one may be what is left of a line. */
  readonly lines: Line[];
  next: number;
}

function lineOf(written: string): Line {
  const content = trimmed(written);
  return { indent: written.indexOf(content), content, written };
}

/** Without spaces at its ends. Others than those are no blanks to YAML. */
function trimmed(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && text[start] === " ") start += 1;
  while (start < end && text[end - 1] === " ") end -= 1;
  return text.slice(start, end);
}

/** The next line that says something, or null at the end. */
function lineHere(reading: Reading): Line | null {
  for (; reading.next < reading.lines.length; reading.next += 1) {
    const line = reading.lines[reading.next];
    if (line !== undefined && line.content !== "" && !line.content.startsWith("#")) return line;
  }
  return null;
}

function readMap(reading: Reading, indent: number, depth: number): Json | undefined {
  if (depth > mostDepth) return undefined;
  const entries = new Map<string, Json>();
  for (let line = lineHere(reading); line !== null && line.indent >= indent; line = lineHere(reading)) {
    const key = line.indent === indent ? keyOf(line.content) : null;
    if (key === null || entries.has(key)) return undefined;
    const value = readValue(reading, trimmed(line.content.slice(key.length + 1)), indent, depth);
    if (value === undefined) return undefined;
    entries.set(key, value);
  }
  return Object.fromEntries(entries);
}

function readList(reading: Reading, indent: number, depth: number): Json | undefined {
  if (depth > mostDepth) return undefined;
  const items: Json[] = [];
  for (let line = lineHere(reading); line !== null && line.indent >= indent; line = lineHere(reading)) {
    if (line.indent > indent) return undefined;
    // The next key of the map that the list belongs to, or a mistake, which the map finds.
    if (!line.content.startsWith("- ")) break;
    const content = trimmed(line.content.slice(1));
    if (/^(?:#|- )/.test(content)) return undefined;
    const isMap = keyOf(content) !== null;
    const column = indent + line.content.length - content.length;
    if (isMap) reading.lines[reading.next] = { ...line, indent: column, content };
    const item = isMap ? readMap(reading, column, depth + 1) : readValue(reading, content, indent, depth);
    if (item === undefined) return undefined;
    items.push(item);
  }
  return items;
}

/** What stands behind a key or a list's mark, of which the indentation is given: on the same line, or below it. */
function readValue(reading: Reading, written: string, indent: number, depth: number): Json | undefined {
  reading.next += 1;
  if (/^[|>]/.test(written)) return readText(reading, written, indent);
  // Should the text go on below, whoever reads the next line finds it indented too far.
  if (written !== "" && !written.startsWith("# ")) return readOnLine(written, depth);
  const below = lineHere(reading);
  if (below === null || below.indent < indent) return undefined;
  if (below.content.startsWith("- ")) return readList(reading, below.indent, depth + 1);
  return below.indent === indent ? undefined : readMap(reading, below.indent, depth + 1);
}

/** A text below its mark, up to the first line that is indented less. */
function readText(reading: Reading, mark: string, indent: number): Json | undefined {
  if (!/^[|>]-?$/.test(mark)) return undefined;
  const from = reading.lines[reading.next];
  if (from === undefined || from.content === "" || from.indent <= indent) return undefined;
  const texts: string[] = [];
  for (; reading.next < reading.lines.length; reading.next += 1) {
    const line = reading.lines[reading.next];
    if (line === undefined || (line.content === "" && line.written !== "")) return undefined;
    if (line.content !== "" && line.indent < from.indent) break;
    texts.push(line.written.slice(from.indent));
  }
  // Only an empty line at the end of the file shows that the last one is complete.
  if (reading.next === reading.lines.length && texts.at(-1) !== "") return undefined;
  while (texts.at(-1) === "") texts.pop();
  const folded = mark.startsWith(">");
  if (folded && texts.some((text) => text === "" || text.startsWith(" ") || text.endsWith(" "))) return undefined;
  return texts.join(folded ? " " : "\n") + (mark.endsWith("-") ? "" : "\n");
}

/** The key that a line begins with, when it is one of plain words. */
function keyOf(content: string): string | null {
  const colon = content.search(/:(?: |$)/);
  const key = colon < 0 ? "" : content.slice(0, colon);
  return isPlainKey(key) ? key : null;
}

function isPlainKey(key: string): boolean {
  return /^[A-Za-z_](?:[\w. -]{0,98}[\w.-])?$/.test(key) && !isHostileKey(key) && typeof scalarOf(key) === "string";
}

/** A value that ends on its line, with nothing but a comment behind it. */
function readOnLine(written: string, depth: number): Json | undefined {
  if (/^[[{"']/.test(written)) {
    const scan = { text: written, at: 0 };
    const value = readInBrackets(scan, depth);
    return /^(?: +#.*)?$/.test(written.slice(scan.at)) ? value : undefined;
  }
  const hash = written.indexOf(" #");
  // Not every comment was meant as one: `comment-trap` tells.
  if (hash >= 0 && !/^ #(?: [^{]*)?$/.test(written.slice(hash))) return undefined;
  const text = trimmed(hash < 0 ? written : written.slice(0, hash));
  return text.includes(": ") || text.endsWith(":") ? undefined : scalarOf(text);
}

interface Scan {
  readonly text: string;
  at: number;
}

/** A list, a map, or a text among them. */
function readInBrackets(scan: Scan, depth: number): Json | undefined {
  if (depth > mostDepth) return undefined;
  if (take(scan, /\[ */y) !== null) return readFlowList(scan, depth);
  if (take(scan, /\{ */y) !== null) return readFlowMap(scan, depth);
  const quoted = readQuoted(scan);
  if (quoted !== null) return quoted;
  const plain = take(scan, /(?:[^,[\]{}:#]|:(?=[^ ,[\]{}]))+/y);
  return plain === null ? undefined : scalarOf(trimmed(plain));
}

function readFlowList(scan: Scan, depth: number): Json | undefined {
  const items: Json[] = [];
  if (take(scan, /\]/y) !== null) return items;
  for (;;) {
    const item = readInBrackets(scan, depth + 1);
    if (item === undefined) return undefined;
    items.push(item);
    if (take(scan, / *\]/y) !== null) return items;
    if (take(scan, / *, +/y) === null) return undefined;
  }
}

function readFlowMap(scan: Scan, depth: number): Json | undefined {
  const entries = new Map<string, Json>();
  if (take(scan, /\}/y) !== null) return {};
  for (;;) {
    const key = readQuoted(scan) ?? take(scan, /[\w. -]+/y);
    if (key === null || !isPlainKey(key) || entries.has(key) || take(scan, /: +/y) === null) return undefined;
    const value = readInBrackets(scan, depth + 1);
    if (value === undefined) return undefined;
    entries.set(key, value);
    if (take(scan, / *\}/y) !== null) return Object.fromEntries(entries);
    if (take(scan, / *, +/y) === null) return undefined;
  }
}

function readQuoted(scan: Scan): string | null {
  const quoted = take(scan, /"(?:[^"\\]|\\["\\n])*"|'(?:[^']|'')*'/y);
  if (quoted === null) return null;
  const text = quoted.slice(1, -1);
  if (quoted.startsWith("'")) return text.replaceAll("''", "'");
  return text.replaceAll(/\\(.)/g, (_, escaped: string) => (escaped === "n" ? "\n" : escaped));
}

/** What the expression, which must be a sticky one, finds next. */
function take(scan: Scan, next: RegExp): string | null {
  next.lastIndex = scan.at;
  const found = next.exec(scan.text)?.[0] ?? null;
  scan.at += found?.length ?? 0;
  return found;
}

/** What a text without quotes means. Of numbers only those that read as they are written. */
function scalarOf(text: string): Json | undefined {
  if (!/^(?:[A-Za-z0-9_$/(<]|[^\x20-\x7e]|-[0-9])/.test(text)) return undefined;
  if (/^(?:true|True|TRUE)$/.test(text)) return true;
  if (/^(?:false|False|FALSE)$/.test(text)) return false;
  if (/^(?:null|Null|NULL)$/.test(text)) return null;
  if (/^(?:0|-?[1-9][0-9]{0,14}|(?:0|-?[1-9][0-9]{0,9})\.[0-9]{1,5})$/.test(text)) return Number(text);
  return /^[-0-9][-+.0-9A-Fa-foxOX]*$/.test(text) && !/^[0-9]+d$/.test(text) ? undefined : text;
}
