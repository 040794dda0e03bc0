import type { Range } from "../problem.ts";

/**
 * The one place in which columns are converted. Inside they begin at 1, count UTF-16 code units and end behind the last
 * one. SARIF counts the same way once told so by `columnKind`.
 */
export function sarifRegion({ start, end }: Range): Readonly<Record<string, number>> {
  return { startLine: start.line, startColumn: start.col, endLine: end.line, endColumn: end.col };
}

/**
 * GitHub's annotations end with the last column, not behind it, and know columns only within one line: with them a
 * place over several lines is refused.
 */
export function githubPlace({ start, end }: Range): Readonly<Record<string, number>> {
  if (start.line !== end.line) return { line: start.line, endLine: end.line };
  return { line: start.line, endLine: end.line, col: start.col, endColumn: Math.max(start.col, end.col - 1) };
}
