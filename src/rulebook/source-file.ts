import type { Json } from "../core/model/json.ts";
import type { ProblemCode } from "./codes.ts";
import type { Excerpt, Fix, Path, Position, Problem, Range, Related, Severity } from "./problem.ts";

/** One file of a workspace as text, with its lines known. */
export interface SourceFile {
  /** Relative to the workspace, with forward slashes. */
  readonly name: string;
  readonly text: string;
  /** Offset at which each line begins. */
  readonly lineStarts: readonly number[];
}

/** A YAML file that could be read: what it says, and where it says it. */
export interface SourceDocument {
  readonly source: SourceFile;
  readonly data: Json;
  /** Where an entry stands: its key, its value, or both. A path that is not there gives the nearest entry above it. */
  rangeOf(path: Path, part: Part): Range;
  /** Where a stretch of a text stands, however the text is quoted, folded or indented. */
  rangeWithin(path: Path, start: number, end: number): Range;
}

export type Part = "key" | "value";

export function createSourceFile(name: string, text: string): SourceFile {
  const lineStarts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) lineStarts.push(at + 1);
  return { name, text, lineStarts };
}

export function rangeAt(source: SourceFile, start: number, end: number): Range {
  const from = Math.max(0, Math.min(start, source.text.length));
  return {
    start: positionAt(source, from),
    end: positionAt(source, Math.max(from, Math.min(end, source.text.length))),
  };
}

function positionAt({ lineStarts }: SourceFile, offset: number): Position {
  let low = 0;
  let high = lineStarts.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((lineStarts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return { line: low + 1, col: offset - (lineStarts[low] ?? 0) + 1, offset };
}

interface ProblemParts {
  readonly code: ProblemCode;
  readonly message: string;
  readonly range: Range;
  readonly path?: Path;
  readonly severity?: Severity;
  readonly help?: string | null;
  readonly related?: readonly Related[];
  readonly fix?: Fix;
  /** The line holds what must not be repeated. */
  readonly secret?: boolean;
}

export function problemIn(source: SourceFile, parts: ProblemParts): Problem {
  const { code, message, range, path = [], severity = "error", help = null, related, fix, secret = false } = parts;
  return {
    code,
    severity,
    message,
    file: source.name,
    range,
    path,
    ...(help !== null && { help }),
    ...(related !== undefined && { related }),
    ...(fix !== undefined && { fix }),
    ...(!secret && { excerpt: excerptAt(source, range.start.line) }),
  };
}

/** Longer lines are cut: they are data, and a frame is for reading. */
const maxLine = 400;

function excerptAt(source: SourceFile, line: number): Excerpt {
  const before = line > 1 ? lineAt(source, line - 1) : "";
  return { ...(before.trim() !== "" && { before }), line: lineAt(source, line) };
}

function lineAt({ text, lineStarts }: SourceFile, line: number): string {
  const start = lineStarts[line - 1] ?? 0;
  const end = lineStarts[line] ?? text.length + 1;
  return text.slice(start, Math.min(end - 1, start + maxLine)).replace(/\r$/, "");
}
