import type { Range } from "../../rulebook/problem.ts";

/** The beginning of a line, for formats that name places by more than a plan knows. */
export function placeOfLine(line: number): Range {
  const start = { line, col: 1, offset: 0 };
  return { start, end: start };
}
