import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fixWorkspace } from "../rulebook/fix-workspace.ts";
import type { Problem } from "../rulebook/problem.ts";
import { type ReportFormat, renderProblems, reportFormats } from "../rulebook/report/render-problems.ts";
import type { CalendarDay } from "../rulebook/waivers.ts";
import { changedSince } from "./changed-files.ts";
import { findTarget } from "./check-target.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import { createJudge } from "./judge.ts";
import { loadJudged } from "./load-judged.ts";
import { baseOf } from "./repository-base.ts";
import { BadSetting } from "./run-settings.ts";
import { version } from "./version.ts";

export interface CheckFlags {
  readonly format?: string;
  /** Warnings count as findings. */
  readonly strict?: boolean;
  /** Mends what has a safe fix before judging. */
  readonly fix?: boolean;
  /** Judges only what changed since this branch, tag or commit. */
  readonly changed?: string;
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
 * Validates what the paths name and writes every problem. The environment is not asked: a review needs no secrets. The
 * exit code tells findings in readable files from files that cannot be read at all. Throws `BadSetting`.
 */
export function check(paths: readonly string[], flags: CheckFlags, io: CheckIo): ExitCode {
  const report = createReport(paths, flags, io);
  if (flags.fix === true) mendFiles(paths, flags, io);
  const { text, code } = report();
  io.write(text);
  return code;
}

export interface Report {
  readonly text: string;
  readonly code: ExitCode;
}

/** What `check` writes, as often as it is asked for: what did not change meanwhile is not read again. */
export function createReport(paths: readonly string[], flags: CheckFlags, io: CheckIo): () => Report {
  const { format = "pretty", strict = false } = flags;
  if (!isReportFormat(format))
    throw new BadSetting(`unknown format "${format}": write one of ${reportFormats.join(", ")}`);
  const target = findTarget(paths);
  const judge = createJudge(target, flags.changed ?? null);
  const base = baseOf(target.workspace);
  return () => {
    const { problems, waived, files, subject } = judge(dayOf(io.now()));
    const text = renderProblems(problems, { format, colours: io.colours, base, files, waived, strict, version });
    const silenced = waived.length === 0 ? "" : ` (${waived.length} waived)`;
    const fine = format === "pretty" && problems.length === 0 ? `${subject}: no problems${silenced}\n` : "";
    return { text: `${text}${fine}`, code: exitCodeOf(problems, strict) };
  };
}

function mendFiles(paths: readonly string[], { changed: ref }: CheckFlags, io: CheckIo): void {
  const { workspace, asks } = findTarget(paths);
  const changed = ref === undefined ? null : changedSince(workspace, ref);
  const before = loadJudged(workspace);
  const { loaded, fixed } = fixWorkspace(before, (name) => asks(name) && changed?.has(name) !== false);
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

/** The day in UTC: the same wherever the check runs, so that a review and CI agree. */
function dayOf(now: number): CalendarDay {
  return new Date(now).toISOString().slice(0, 10);
}

function exitCodeOf(problems: readonly Problem[], strict: boolean): ExitCode {
  if (problems.some(({ code }) => code.startsWith("HEED0"))) return EXIT.unreadable;
  return problems.some(({ severity }) => strict || severity === "error") ? EXIT.findings : EXIT.fine;
}
