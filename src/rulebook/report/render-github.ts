import type { Problem, Severity } from "../problem.ts";
import { githubPlace } from "./columns.ts";
import { printable } from "./render-pretty.ts";

/** GitHub shows this many annotations of each level for a step, and drops the rest without a word. */
const maxPerLevel = 10;

/** Workflow commands that annotate the lines of a pull request. What GitHub would drop is written for the log. */
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
  if (cut.length > 0) {
    const what = cut.length === 1 ? "1 more problem is" : `${cut.length} more problems are`;
    const why = `GitHub shows at most ${maxPerLevel} errors and ${maxPerLevel} warnings for a step`;
    lines.push(`::notice title=Heed::${escapeData(`${what} in the log only: ${why}`)}`, ...cut.map(logLine));
  }
  return lines.map((line) => `${line}\n`).join("");
}

function annotation({ code, severity, message, file, range, help }: Problem, base: string): string {
  const properties: Readonly<Record<string, string | number>> = {
    file: `${base}${file}`,
    ...githubPlace(range),
    title: code,
  };
  const list = Object.entries(properties).map(([name, value]) => `${name}=${escapeProperty(String(value))}`);
  return `::${severity} ${list.join(",")}::${escapeData(help === undefined ? message : `${message}\n${help}`)}`;
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
