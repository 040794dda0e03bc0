import { type Checker, createChecker } from "../rulebook/checker.ts";
import { endsReading } from "../rulebook/codes.ts";
import { collisionsOf, type LoadedWorkspace } from "../rulebook/load-workspace.ts";
import type { Problem } from "../rulebook/problem.ts";
import { count } from "../rulebook/report/count.ts";
import { createSourceFile } from "../rulebook/source-file.ts";
import type { CalendarDay, WaivedProblem } from "../rulebook/waivers.ts";
import { type ChangedFiles, changedSince } from "./changed-files.ts";
import type { CheckTarget } from "./check-target.ts";
import { loadJudged } from "./load-judged.ts";

/** What a check has to tell, of all that is wrong with a workspace. */
export interface Judgement {
  readonly problems: readonly Problem[];
  readonly waived: readonly WaivedProblem[];
  /** The files that were asked for. */
  readonly files: readonly string[];
  /** What was judged, in words. */
  readonly subject: string;
}

/**
 * Judges the target, as often as it is called: the workspace is read anew, and what did not change is not parsed again.
 * With a ref, only what changed since it is judged. Throws `BadSetting` when git cannot tell what that is.
 */
export function createJudge(target: CheckTarget, ref: string | null): (today: CalendarDay) => Judgement {
  const checker = createChecker();
  return (today) => {
    const loaded = loadJudged(target.workspace);
    const { problems, waived, parsed } = checker(loaded, today);
    const all: Judgement = {
      problems,
      waived,
      files: parsed.sources.map(({ name }) => name),
      subject: `${count(parsed.rules.length, "rule") ?? "no rules"} in ${target.workspace}`,
    };
    const named = target.whole ? all : ofFiles(all, target);
    return ref === null ? named : ofChange(named, { loaded, checker, today, target, ref });
  };
}

/** The problems of some files: in them, or elsewhere and about them. */
function ofFiles({ problems, waived, files }: Judgement, { asks, workspace }: CheckTarget): Judgement {
  const asked = files.filter(asks);
  const isAsked = ({ file, related = [] }: Problem): boolean => asks(file) || related.some((other) => asks(other.file));
  return {
    problems: problems.filter((problem) => isAsked(problem) || hidesOthers(problem)),
    waived: waived.filter(({ problem }) => isAsked(problem)),
    files: asked,
    subject: `${asked.length} of ${count(files.length, "file") ?? "no files"} in ${workspace}`,
  };
}

interface Change {
  readonly loaded: LoadedWorkspace;
  readonly checker: Checker;
  readonly today: CalendarDay;
  readonly target: CheckTarget;
  readonly ref: string;
}

/** The problems of the files that changed, and those of others that were not there before, which say so. */
function ofChange({ problems, waived, files }: Judgement, change: Change): Judgement {
  const { loaded, checker, today, target, ref } = change;
  const changed = changedSince(target.workspace, ref);
  const before = new Set(checker(withoutChange(loaded, changed), today).problems.map(identity));
  const touched = files.filter((file) => changed.has(file));
  return {
    problems: problems.flatMap((problem) => {
      if (changed.has(problem.file)) return [problem];
      if (before.has(identity(problem))) return hidesOthers(problem) ? [problem] : [];
      return [{ ...problem, message: `caused by the change: ${problem.message}` }];
    }),
    waived: waived.filter(({ problem }) => changed.has(problem.file)),
    files: touched,
    subject: `${count(touched.length, "file") ?? "no files"} changed since ${ref} in ${target.workspace}`,
  };
}

/** The workspace as it was before the change. Files that it does not touch are the very same ones. */
function withoutChange(loaded: LoadedWorkspace, changed: ChangedFiles): LoadedWorkspace {
  const before = [...changed].flatMap(([name, text]) => (text === null ? [] : [createSourceFile(name, text)]));
  const untouched = loaded.files.filter(({ name }) => !changed.has(name));
  const files = [...untouched, ...before].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const problems = loaded.problems.filter(({ file, code }) => !changed.has(file) && code !== "HEED016");
  return { files, problems: [...problems, ...collisionsOf(files.map(({ name }) => name))] };
}

/** In a file that did not change, places stay where they are. */
function identity({ code, file, range, message }: Problem): string {
  return JSON.stringify([file, range.start.offset, range.end.offset, code, message]);
}

/** Without a readable `heed.yaml` rules are judged by half, which must not look like approval. */
function hidesOthers({ file, code }: Problem): boolean {
  return file === "." || (file === "heed.yaml" && (endsReading(code) || code.startsWith("HEED1")));
}
