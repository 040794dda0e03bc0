import { createChecker } from "./checker.ts";
import type { LoadedWorkspace } from "./load-workspace.ts";
import type { Edit, Problem } from "./problem.ts";
import { createSourceFile, type SourceFile } from "./source-file.ts";

export interface FixedWorkspace {
  readonly loaded: LoadedWorkspace;
  /** What was mended, with the places as they were at that moment. */
  readonly fixed: readonly Problem[];
}

/** A mended file shows problems that were hidden before, so one pass is not enough; every pass mends one at least. */
const maxPasses = 20;

/**
 * Mends what has a safe fix, by replacing no more than its characters: comments, order and spelling of everything else
 * stay. Repeated until nothing is left to mend; mending the result changes nothing. No problem is added but those that a
 * mended one had hidden: a file that cannot be read hides its shape, and its shape what it means. Files that are not
 * asked for stay as they are.
 */
export function fixWorkspace(loaded: LoadedWorkspace, asks: (name: string) => boolean = () => true): FixedWorkspace {
  const checker = createChecker();
  let files = loaded.files;
  const fixed: Problem[] = [];
  for (let pass = 0; pass < maxPasses; pass += 1) {
    const { problems } = checker({ ...loaded, files }, null);
    const safe = problems.filter(({ file, fix }) => fix?.safe === true && asks(file));
    const mended = files.map((source) => mend(source, safe));
    if (mended.every(({ applied }) => applied.length === 0)) break;
    fixed.push(...mended.flatMap(({ applied }) => applied));
    files = mended.map(({ source }) => source);
  }
  return { loaded: { ...loaded, files }, fixed };
}

interface Mended {
  readonly source: SourceFile;
  readonly applied: readonly Problem[];
}

/** Fixes that touch each other's characters wait for the next pass. */
function mend(source: SourceFile, safe: readonly Problem[]): Mended {
  const applied: Problem[] = [];
  const edits: Edit[] = [];
  for (const problem of safe) {
    const own = problem.file === source.name ? (problem.fix?.edits ?? []) : [];
    if (own.length === 0 || own.some((edit) => edits.some((other) => overlap(edit, other)))) continue;
    applied.push(problem);
    edits.push(...own);
  }
  if (edits.length === 0) return { source, applied };
  return { source: createSourceFile(source.name, applyEdits(source.text, edits)), applied };
}

function overlap(a: Edit, b: Edit): boolean {
  return a.range.start.offset < b.range.end.offset && b.range.start.offset < a.range.end.offset;
}

function applyEdits(text: string, edits: readonly Edit[]): string {
  const backwards = edits.toSorted((a, b) => b.range.start.offset - a.range.start.offset);
  return backwards.reduce(
    (result, { range, text: replacement }) =>
      result.slice(0, range.start.offset) + replacement + result.slice(range.end.offset),
    text,
  );
}
