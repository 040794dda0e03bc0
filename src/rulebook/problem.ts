import type { ProblemCode } from "./codes.ts";

/** What is wrong with a workspace, as data: made by checks, printed by `renderProblems`, counted by nobody else. */
export interface Problem {
  readonly code: ProblemCode;
  readonly severity: Severity;
  /** One sentence in lower case: what was found, and what was expected. */
  readonly message: string;
  /** Relative to the workspace, with forward slashes. */
  readonly file: string;
  readonly range: Range;
  /** From the top of the file to the entry concerned; empty for the file as a whole. */
  readonly path: Path;
  /** What to write instead. */
  readonly help?: string;
  /** Other places that belong to it. */
  readonly related?: readonly Related[];
  readonly fix?: Fix;
  /** The line it is on, so that it can be shown without the file. Absent where the line itself must not be repeated. */
  readonly excerpt?: Excerpt;
}

export type Severity = "error" | "warning";
export type Path = readonly (string | number)[];

/** The end is not included. */
export interface Range {
  readonly start: Position;
  readonly end: Position;
}

export interface Position {
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 code units, as editors count. */
  readonly col: number;
  /** From 0, in UTF-16 code units from the beginning of the file. */
  readonly offset: number;
}

export interface Related {
  readonly message: string;
  readonly file: string;
  readonly range: Range;
}

export interface Fix {
  /** Whether the meaning is surely the one intended. */
  readonly safe: boolean;
  readonly edits: readonly Edit[];
}

export interface Edit {
  readonly range: Range;
  readonly text: string;
}

export interface Excerpt {
  /** The line before, when there is one. */
  readonly before?: string;
  readonly line: string;
}

/** More than anybody mends in one go. A file made for it would drown all others. */
export const mostPerFile = 200;

type Placed = Pick<Problem, "file" | "range"> & { readonly code: string };

/** By file, then from top to bottom. */
export function byPlace(a: Placed, b: Placed): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.range.start.offset - b.range.start.offset || (a.code < b.code ? -1 : a.code > b.code ? 1 : 0);
}
