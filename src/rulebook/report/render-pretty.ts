import pc from "picocolors";
import type { Excerpt, Problem } from "../problem.ts";
import { count } from "./count.ts";
import { printable } from "./printable.ts";

/** Problems for people, each with its place, line and what to write instead, then their number. Empty without problems. */
export function renderPretty(problems: readonly Problem[], colours: boolean): string {
  if (problems.length === 0) return "";
  const paint = pc.createColors(colours);
  return `${problems.map((problem) => pretty(problem, paint)).join("\n")}\n${summary(problems)}\n`;
}

type Paint = ReturnType<typeof pc.createColors>;

function pretty(problem: Problem, paint: Paint): string {
  const { code, severity, message, file, range, help, related = [], excerpt } = problem;
  const label = severity === "error" ? paint.red("error") : paint.yellow("warning");
  const place = paint.bold(`${file}:${range.start.line}:${range.start.col}`);
  const lines = [`${place} ${label} ${code} ${printable(message)}`];
  if (excerpt !== undefined && excerpt.line.trim() !== "") lines.push(...frame(problem, excerpt, paint));
  for (const { message: note, file: other, range: where } of related) {
    lines.push(`  ${paint.cyan("see")}  ${other}:${where.start.line}:${where.start.col} ${note}`);
  }
  if (help !== undefined) lines.push(`  ${paint.cyan("help")} ${printable(help)}`);
  return `${lines.join("\n")}\n`;
}

/** A longer line is shown in part, so that the carets stay below their place. */
const maxShown = 160;

/** The line with carets below the place. */
function frame({ range }: Problem, excerpt: Excerpt, paint: Paint): readonly string[] {
  const width = String(range.start.line).length;
  const { line, cut } = around(excerpt.line, range.start.col - 1);
  const before = excerpt.before === undefined ? undefined : around(excerpt.before, 0).line;
  const from = Math.min(range.start.col - 1 - cut, line.length);
  const to =
    range.end.line === range.start.line ? Math.min(range.end.col - 1 - cut, line.length) : line.trimEnd().length;
  const carets = "^".repeat(Math.max(1, columns(line.slice(from, to))));
  const numbered = (number: number, text: string): string =>
    `  ${paint.dim(`${String(number).padStart(width)} │`)} ${printable(text)}`;
  return [
    ...(before === undefined ? [] : [numbered(range.start.line - 1, before)]),
    numbered(range.start.line, line),
    `  ${paint.dim(`${" ".repeat(width)} │`)} ${" ".repeat(columns(line.slice(0, from)))}${paint.red(carets)}`,
  ];
}

/** The part of a line in which a place is, and how many characters less are before it. */
function around(line: string, place: number): { readonly line: string; readonly cut: number } {
  if (line.length <= maxShown) return { line, cut: 0 };
  const start = Math.max(0, Math.min(place - maxShown / 2, line.length - maxShown));
  const shown = line.slice(start, start + maxShown);
  const more = start + maxShown < line.length ? "…" : "";
  return start === 0 ? { line: `${shown}${more}`, cut: 0 } : { line: `…${shown}${more}`, cut: start - 1 };
}

/** How many columns of a terminal a text takes, nearly enough: wide scripts and emoji take two, marks none. */
function columns(text: string): number {
  let count = 0;
  for (const character of printable(text)) {
    if (/\p{M}|\p{Cf}/u.test(character)) continue;
    count +=
      /\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/u.test(
        character,
      )
        ? 2
        : 1;
  }
  return count;
}

function summary(problems: readonly Problem[]): string {
  const errors = problems.filter(({ severity }) => severity === "error").length;
  const warnings = problems.length - errors;
  return [count(errors, "error"), count(warnings, "warning")].filter((part) => part !== null).join(", ");
}
