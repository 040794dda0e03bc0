import { isMap, isScalar, isSeq, type Node, type Pair, type Scalar } from "yaml";
import type { Path, Range } from "./problem.ts";
import { rangeAt, type SourceDocument, type SourceFile } from "./source-file.ts";

/** Finds the places of entries in a parsed file. */
export function locateIn(source: SourceFile, contents: Node): Pick<SourceDocument, "rangeOf" | "rangeWithin"> {
  // A text with many mistakes is asked about again and again.
  const aligned = new WeakMap<Scalar, ReturnType<typeof alignText>>();
  const rangeOfNode = (node: unknown): Range => {
    const [start, end] = spanOf(node) ?? [0, 0];
    return rangeAt(source, start, trimmedEnd(source.text, start, end));
  };
  return {
    rangeOf(path, part) {
      if (path.length === 0) return firstKey(source, contents);
      const { pair, node } = find(contents, path);
      if (part === "key" && pair !== null) return rangeOfNode(pair.key);
      return spanOf(node) === null && pair !== null ? rangeOfNode(pair.key) : rangeOfNode(node);
    },
    rangeWithin(path, start, end) {
      const { node } = find(contents, path);
      const span = spanOf(node);
      if (!isScalar(node) || span === null || typeof node.value !== "string") return rangeOfNode(node);
      const written = source.text.slice(span[0], span[1]);
      const places = aligned.get(node) ?? alignText(node.value, written, node.type ?? "PLAIN");
      aligned.set(node, places);
      const first = places[start];
      const last = places[end - 1];
      if (first === undefined || last === undefined) return rangeOfNode(node);
      return rangeAt(source, span[0] + first.offset, span[0] + last.end);
    },
  };
}

/** A problem of a whole file is shown at its first key rather than on a comment. */
function firstKey(source: SourceFile, contents: Node): Range {
  const [pair] = isMap(contents) ? contents.items : [];
  const [start, end] = spanOf(pair?.key) ?? spanOf(contents) ?? [0, 0];
  return rangeAt(source, start, Math.min(end, (source.text.indexOf("\n", start) + 1 || source.text.length + 1) - 1));
}

interface Found {
  readonly pair: Pair | null;
  readonly node: unknown;
}

function find(contents: Node, path: Path): Found {
  let found: Found = { pair: null, node: contents };
  for (const step of path) {
    const next = child(found.node, step);
    if (next === null) return found;
    found = next;
  }
  return found;
}

function child(node: unknown, step: string | number): Found | null {
  if (isMap(node)) {
    const pair = node.items.find(({ key }) => isScalar(key) && key.value === step);
    return pair === undefined ? null : { pair, node: pair.value };
  }
  if (isSeq(node) && typeof step === "number") {
    const item: unknown = node.items[step];
    return item === undefined ? null : { pair: null, node: item };
  }
  return null;
}

function spanOf(node: unknown): readonly [number, number] | null {
  if (typeof node !== "object" || node === null) return null;
  const range: unknown = Reflect.get(node, "range");
  const start: unknown = Array.isArray(range) ? range[0] : null;
  const end: unknown = Array.isArray(range) ? range[1] : null;
  return typeof start === "number" && typeof end === "number" ? [start, end] : null;
}

function trimmedEnd(text: string, start: number, end: number): number {
  return start + text.slice(start, end).trimEnd().length;
}

/**
 * For each character of a text, where it is written. Walks both in step: quoting, escapes, indentation
 * and folded line ends are what the written form has more of.
 */
function alignText(value: string, written: string, type: string): readonly Written[] {
  const places: Written[] = [];
  const block = type === "BLOCK_LITERAL" || type === "BLOCK_FOLDED";
  let at = block ? written.indexOf("\n") + 1 : type === "PLAIN" ? 0 : 1;
  for (const character of value.split("")) {
    const next = writtenCharacter(character, written, at, type);
    if (next === null) return [];
    places.push(next);
    at = next.end;
  }
  return places;
}

/** An escape of several characters may stand for one. */
interface Written {
  readonly offset: number;
  readonly end: number;
}

function writtenCharacter(character: string, written: string, from: number, type: string): Written | null {
  let at = from;
  while (at < written.length) {
    const found = written[at] ?? "";
    if (type === "QUOTE_DOUBLE" && found === "\\") {
      const escape =
        /^\\(?:x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|\r?\n[ \t]*|.)/s.exec(
          written.slice(at, at + 200),
        )?.[0] ?? "\\";
      if (!/^\\\r?\n/.test(escape)) return { offset: at, end: at + escape.length };
      at += escape.length;
      continue;
    }
    if (type === "QUOTE_SINGLE" && found === "'" && character === "'") return { offset: at, end: at + 2 };
    if (found === character || (/\s/.test(character) && /\s/.test(found))) return { offset: at, end: at + 1 };
    if (!/\s/.test(found)) return null;
    at += 1;
  }
  return null;
}
