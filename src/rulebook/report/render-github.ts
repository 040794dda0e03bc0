import type { Problem, Severity } from "../problem.ts";
import { githubPlace } from "./columns.ts";
import { count } from "./count.ts";
import { printable } from "./render-pretty.ts";

/** GitHub shows this many annotations of each level for a step, and drops the rest without a word. */
const maxPerLevel = 10;
/** Longer messages it cuts, in the middle of an escape if need be. */
const maxMessage = 4_096;

/**
 * Workflow commands that annotate the lines of a pull request. What GitHub would drop is written for the log, and a
 * summary comes first, so that ten annotations are never taken for all there is.
 */
export function renderGithub(problems: readonly Problem[], base: string): string {
  const shown: Record<Severity, number> = { error: 0, warning: 0 };
  const cut: Problem[] = [];
  const lines: string[] = [];
  for (const problem of problems) {
    if (shown[problem.severity] >= maxPerLevel) cut.push(problem);
    else {
      shown[problem.severity] += 1;
      lines.push(annotation(problem, base));
    }
  }
  if (cut.length > 0) lines.unshift(summary(problems, cut.length));
  return [...lines, ...cut.map(logLine)].map((line) => `${line}\n`).join("");
}

function summary(problems: readonly Problem[], cut: number): string {
  const errors = problems.filter(({ severity }) => severity === "error").length;
  const all = [count(errors, "error"), count(problems.length - errors, "warning")].filter((part) => part !== null);
  const limit = `GitHub shows at most ${maxPerLevel} of each for a step`;
  return `::notice title=heed check::${escapeData(`${all.join(" and ")}: ${limit}, so ${cut} ${cut === 1 ? "is" : "are"} in the log only`)}`;
}

function annotation({ code, severity, message, file, range, help }: Problem, base: string): string {
  const properties: Readonly<Record<string, string | number>> = {
    file: `${base}${file}`,
    ...githubPlace(range),
    title: code,
  };
  const list = Object.entries(properties).map(([name, value]) => `${name}=${escapeProperty(String(value))}`);
  const text = help === undefined ? message : `${message}\n${help}`;
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
function logLine({ code, severity, message, file, range }: Problem): string {
  const place = `${file}:${range.start.line}:${range.start.col}`;
  return printable(`- ${place} ${severity} ${code} ${message}`).replaceAll("##[", "## [");
}

function escapeData(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
