import { type CheckResult, checkWorkspace } from "./check-workspace.ts";
import type { LoadedWorkspace } from "./load-workspace.ts";
import { type ParsedSource, parseSource } from "./parse-workspace.ts";
import type { SourceFile } from "./source-file.ts";
import type { CalendarDay } from "./waivers.ts";

/** Judges workspaces as `checkWorkspace` does in a review, where the environment is not asked. */
export type Checker = (loaded: LoadedWorkspace, today: CalendarDay | null) => CheckResult;

/**
 * A checker with a memory, for judging nearly the same workspace again: a file of the same name and text is the same
 * object as before, down to its texts and conditions, and what was found out about those is known.
 */
export function createChecker(): Checker {
  const files = new Map<string, SourceFile>();
  const parsed = new WeakMap<SourceFile, ParsedSource>();
  const same = (file: SourceFile): SourceFile => {
    const known = files.get(file.name);
    if (known?.text === file.text) return known;
    files.set(file.name, file);
    return file;
  };
  const parse = (file: SourceFile): ParsedSource => {
    const source = parsed.get(file) ?? parseSource(file);
    parsed.set(file, source);
    return source;
  };
  return (loaded, today) => checkWorkspace({ ...loaded, files: loaded.files.map(same) }, null, today, parse);
}
