import type { Problem } from "../problem.ts";

/** JUnit XML with a test case for each problem and each file without: a warning fails its case only when it counts. */
export function renderJunit(problems: readonly Problem[], files: readonly string[], strict: boolean): string {
  const clean = files.filter((file) => !problems.some((problem) => problem.file === file));
  const cases = [...problems.map((problem) => problemCase(problem, strict)), ...clean.map(cleanCase)];
  const failures = problems.filter((problem) => fails(problem, strict)).length;
  const counts = `tests="${cases.length}" failures="${failures}" errors="0"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="heed check" ${counts}>`,
    `  <testsuite name="heed check" ${counts}>`,
    ...cases,
    "  </testsuite>",
    "</testsuites>",
    "",
  ].join("\n");
}

function problemCase(problem: Problem, strict: boolean): string {
  const { code, message, file, range, help } = problem;
  const place = `${file}:${range.start.line}:${range.start.col}`;
  const head = `    <testcase classname="${escapeXml(file)}" name="${escapeXml(`${code} at ${range.start.line}:${range.start.col}`)}">`;
  const text = escapeXml(`${place} ${code} ${message}${help === undefined ? "" : `\n${help}`}`);
  const body = fails(problem, strict)
    ? `<failure type="${code}" message="${escapeXml(message)}">${text}</failure>`
    : `<system-out>warning: ${text}</system-out>`;
  return `${head}\n      ${body}\n    </testcase>`;
}

function cleanCase(file: string): string {
  return `    <testcase classname="${escapeXml(file)}" name="no problems"/>`;
}

function fails({ severity }: Problem, strict: boolean): boolean {
  return strict || severity === "error";
}

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** XML 1.0 has no way to write most control characters and half characters. */
function escapeXml(text: string): string {
  return text
    .replace(/(?![\t\n])\p{Cc}|\p{Cs}|[\ufffe\uffff]/gu, "\ufffd")
    .replace(/[&<>"]/g, (character) => entities[character] ?? character);
}
