import { writeFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { checkWorkspace } from "../rulebook/check-workspace.ts";
import { fixWorkspace } from "../rulebook/fix-workspace.ts";
import { loadWorkspace } from "../rulebook/load-workspace.ts";
import type { Problem } from "../rulebook/problem.ts";
import { type ReportFormat, renderProblems, reportFormats } from "../rulebook/report/render-problems.ts";
import type { CalendarDay } from "../rulebook/waivers.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import { version } from "./version.ts";

export interface CheckFlags {
  readonly format?: string;
  /** Warnings count as findings. */
  readonly strict?: boolean;
  /** Mends what has a safe fix before judging. */
  readonly fix?: boolean;
}

export interface CheckIo {
  write(text: string): void;
  /** What is told beside the result. */
  talk(text: string): void;
  readonly colours: boolean;
  /** By which the dates of waivers are judged. */
  readonly now: () => number;
}

/**
 * Validates a workspace and writes every problem. The environment is not asked: a review needs no secrets. The exit
 * code tells findings in readable files from files that cannot be read at all.
 */
export async function check(
  workspace: string,
  { format = "pretty", strict = false, fix = false }: CheckFlags,
  io: CheckIo,
): Promise<ExitCode> {
  if (!isReportFormat(format)) {
    io.write(`heed check: unknown format "${format}": write one of ${reportFormats.join(", ")}\n`);
    return EXIT.usage;
  }
  if (fix) mendFiles(workspace, io);
  const { parsed, problems, waived } = checkWorkspace(loadWorkspace(workspace), null, dayOf(io.now()));
  const files = parsed.sources.map(({ name }) => name);
  const base = baseOf(workspace);
  io.write(renderProblems(problems, { format, colours: io.colours, base, files, waived, strict, version }));
  if (format === "pretty" && problems.length === 0) {
    const silenced = waived.length === 0 ? "" : ` (${waived.length} waived)`;
    io.write(
      `${parsed.rules.length} ${parsed.rules.length === 1 ? "rule" : "rules"} in ${workspace}: no problems${silenced}\n`,
    );
  }
  return exitCodeOf(problems, strict);
}

function mendFiles(workspace: string, io: CheckIo): void {
  const before = loadWorkspace(workspace);
  const { loaded, fixed } = fixWorkspace(before);
  for (const [index, { name, text }] of loaded.files.entries()) {
    if (text !== before.files[index]?.text) writeFileSync(join(workspace, name), text);
  }
  for (const { file, range, code, message, fix: made } of fixed) {
    const wrote = made?.edits.map((edit) => (edit.text === "" ? "nothing" : `\`${edit.text}\``)).join(", ") ?? "";
    io.talk(`fixed ${file}:${range.start.line}:${range.start.col} ${code} ${message}: wrote ${wrote}\n`);
  }
}

function isReportFormat(format: string): format is ReportFormat {
  return reportFormats.some((known) => known === format);
}

/** CI runs at the root of the repository, which is what GitHub and SARIF name files by. */
function baseOf(workspace: string): string {
  const path = relative(process.cwd(), workspace).split(sep).join("/");
  return path === "" ? "" : `${path}/`;
}

/** The day in UTC: the same wherever the check runs, so that a review and CI agree. */
function dayOf(now: number): CalendarDay {
  return new Date(now).toISOString().slice(0, 10);
}

function exitCodeOf(problems: readonly Problem[], strict: boolean): ExitCode {
  if (problems.some(({ code }) => code.startsWith("HEED0"))) return EXIT.unreadable;
  return problems.some(({ severity }) => strict || severity === "error") ? EXIT.findings : EXIT.fine;
}
