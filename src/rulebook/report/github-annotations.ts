import type { Range, Severity } from "../problem.ts";
import { githubPlace } from "./columns.ts";
import { count } from "./count.ts";
import { printable } from "./printable.ts";

/** A word about a place of a file, shown beside its line in a pull request. */
export interface Annotation {
  readonly severity: Severity;
  readonly file: string;
  readonly range: Range;
  readonly title: string;
  readonly message: string;
  /** What follows in the annotation and not in the log. */
  readonly more: string | null;
}

/** GitHub shows this many annotations of each level for a step, and drops the rest without a word. */
const maxPerLevel = 10;
/** Longer messages it cuts, in the middle of an escape if need be. */
const maxMessage = 4_096;

/**
 * Workflow commands that annotate the lines of a pull request. What GitHub would drop is written for the log, and a
 * summary comes first, so that ten annotations are never taken for all there is.
 */
export function githubAnnotations(annotations: readonly Annotation[], command: string, base: string): string {
  const shown: Record<Severity, number> = { error: 0, warning: 0 };
  const cut: Annotation[] = [];
  const lines: string[] = [];
  for (const one of annotations) {
    if (shown[one.severity] >= maxPerLevel) cut.push(one);
    else {
      shown[one.severity] += 1;
      lines.push(annotation(one, base));
    }
  }
  if (cut.length > 0) lines.unshift(summary(annotations, command, cut.length));
  return [...lines, ...cut.map(logLine)].map((line) => `${line}\n`).join("");
}

function summary(annotations: readonly Annotation[], command: string, cut: number): string {
  const errors = annotations.filter(({ severity }) => severity === "error").length;
  const all = [count(errors, "error"), count(annotations.length - errors, "warning")].filter((part) => part !== null);
  const limit = `GitHub shows at most ${maxPerLevel} of each for a step`;
  return `::notice title=${command}::${escapeData(`${all.join(" and ")}: ${limit}, so ${cut} ${cut === 1 ? "is" : "are"} in the log only`)}`;
}

function annotation({ severity, file, range, title, message, more }: Annotation, base: string): string {
  const properties: Readonly<Record<string, string | number>> = {
    file: `${base}${file}`,
    ...githubPlace(range),
    title,
  };
  const list = Object.entries(properties).map(([name, value]) => `${name}=${escapeProperty(String(value))}`);
  const text = more === null ? message : `${message}\n${more}`;
  return `::${severity} ${list.join(",")}::${escapeData(shortened(text))}`;
}

/** GitHub counts what is written, escapes included. */
function shortened(text: string): string {
  const escaped = (part: string): number => escapeData(part).length;
  if (escaped(text) <= maxMessage) return text;
  let end = Math.min(text.length, maxMessage - 1);
  while (escaped(text.slice(0, end)) > maxMessage - 1) end -= 1;
  return `${text.slice(0, end).replace(/[\ud800-\udbff]$/, "")}…`;
}

/** The dash keeps a hostile file name from being a command, and a command of the old form needs its bracket. */
function logLine({ title, severity, message, file, range }: Annotation): string {
  const place = `${file}:${range.start.line}:${range.start.col}`;
  return printable(`- ${place} ${severity} ${title} ${message}`).replaceAll("##[", "## [");
}

function escapeData(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
