import { checkWorkspace } from "../rulebook/check-workspace.ts";
import { loadWorkspace } from "../rulebook/load-workspace.ts";
import type { Problem } from "../rulebook/problem.ts";
import { renderProblems } from "../rulebook/render-problems.ts";
import type { CalendarDay } from "../rulebook/waivers.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";

export interface CheckFlags {
  readonly format?: string;
  /** Warnings count as findings. */
  readonly strict?: boolean;
}

export interface CheckIo {
  write(text: string): void;
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
  { format = "pretty", strict = false }: CheckFlags,
  io: CheckIo,
): Promise<ExitCode> {
  if (format !== "pretty" && format !== "json") {
    io.write(`heed check: unknown format "${format}": write pretty or json\n`);
    return EXIT.usage;
  }
  const { parsed, problems, waived } = checkWorkspace(loadWorkspace(workspace), null, dayOf(io.now()));
  io.write(renderProblems(problems, { format, colours: io.colours && format === "pretty" }));
  if (format === "pretty" && problems.length === 0) {
    const silenced = waived === 0 ? "" : ` (${waived} waived)`;
    io.write(
      `${parsed.rules.length} ${parsed.rules.length === 1 ? "rule" : "rules"} in ${workspace}: no problems${silenced}\n`,
    );
  }
  return exitCodeOf(problems, strict);
}

/** The day in UTC: the same wherever the check runs, so that a review and CI agree. */
function dayOf(now: number): CalendarDay {
  return new Date(now).toISOString().slice(0, 10);
}

function exitCodeOf(problems: readonly Problem[], strict: boolean): ExitCode {
  if (problems.some(({ code }) => code.startsWith("HEED0"))) return EXIT.unreadable;
  return problems.some(({ severity }) => strict || severity === "error") ? EXIT.findings : EXIT.fine;
}
