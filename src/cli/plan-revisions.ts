import { statSync } from "node:fs";
import type { PlannedSide } from "../plan/make-plan.ts";
import type { Revision } from "../plan/plan.ts";
import type { Side } from "../plan/side.ts";
import { checkWorkspace } from "../rulebook/check-workspace.ts";
import { compileParsed } from "../rulebook/compile-workspace.ts";
import type { LoadedWorkspace } from "../rulebook/load-workspace.ts";
import { isRuleFile } from "../rulebook/parse-workspace.ts";
import type { ParsedWorkspace } from "../rulebook/parsed-workspace.ts";
import type { Problem } from "../rulebook/problem.ts";
import { count } from "../rulebook/report/count.ts";
import { commitOf, findCommit, type GitPlace, mergeBase } from "./git-objects.ts";
import { git } from "./git.ts";
import { loadJudged } from "./load-judged.ts";
import { loadRevision, standingFolder } from "./load-revision.ts";
import { BadSetting } from "./run-settings.ts";

/** The files as they lie in the folder, committed or not. */
const WORKTREE = "WORKTREE";

export interface RevisionFlags {
  readonly base?: string;
  readonly head?: string;
}

export type Revisions =
  | { readonly ok: true; readonly base: PlannedSide; readonly head: PlannedSide; readonly notes: readonly string[] }
  /** Head cannot be read or has errors: there is nothing to plan. */
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Reads both sides of a plan: what is, from git's objects, and what is to be. Throws `BadSetting`. */
export function readRevisions(workspace: string, flags: RevisionFlags): Revisions {
  const place: GitPlace = { folder: standingFolder(workspace), flag: "--base" };
  const head = readHead(workspace, flags.head ?? WORKTREE, { ...place, flag: "--head" });
  const checked = checkWorkspace(head.loaded, null);
  const errors = checked.problems.filter(({ severity }) => severity === "error");
  if (errors.length > 0 || checked.parsed.workspace === null) return { ok: false, problems: errors };
  const side = { parsed: checked.parsed, compiled: compileParsed(checked.parsed, checked.parsed.workspace, {}) };
  const named = baseCommit(place, flags.base ?? null, head.revision);
  const base = readBase(loadRevision(workspace, named.commit, place), side, named.name);
  return {
    ok: true,
    base: { revision: { name: named.name, commit: named.commit, dirty: false }, side: base.side },
    head: { revision: head.revision, side },
    notes: base.notes,
  };
}

function readHead(workspace: string, name: string, place: GitPlace) {
  if (name !== WORKTREE) {
    const commit = commitOf(place, name);
    const loaded = loadRevision(workspace, commit, place);
    if (loaded === null) throw new BadSetting(`--head: ${name} has no folder ${workspace}`);
    return { loaded, revision: { name, commit, dirty: false } };
  }
  if (statSync(workspace, { throwIfNoEntry: false })?.isDirectory() !== true)
    throw new BadSetting(`there is no folder ${workspace}: name the one that holds heed.yaml`);
  const dirty = git(workspace, ["status", "--porcelain", "--", "."]).output.byteLength > 0;
  return { loaded: loadJudged(workspace), revision: { name, commit: findCommit(place, "HEAD"), dirty } };
}

const usualBases = ["origin/main", "origin/master", "main", "master"];

/** The last commit that both share: what the other branch did meanwhile is not part of this change. */
function baseCommit(place: GitPlace, asked: string | null, head: Omit<Revision, "digest">) {
  const name = asked ?? usualBases.find((ref) => findCommit(place, ref) !== null) ?? null;
  if (name === null) {
    // Says first what is wrong where there is no repository at all.
    commitOf(place, "HEAD");
    throw new BadSetting(
      `--base: git knows none of ${usualBases.join(", ")}; say what to compare with, such as --base HEAD~1`,
    );
  }
  const from = head.name === WORKTREE ? "HEAD" : (head.commit ?? "HEAD");
  const shared = mergeBase(place, name, from);
  // An older head, as of a rollback, is compared with what it was asked to be compared with.
  const commit = asked !== null && head.name !== WORKTREE && shared === head.commit ? commitOf(place, name) : shared;
  return { name, commit };
}

interface Base {
  readonly side: Side;
  readonly notes: readonly string[];
}

/** A base with mistakes is still compared as far as it can be understood, and that is said. */
function readBase(loaded: LoadedWorkspace | null, head: Side, name: string): Base {
  if (loaded === null) return { side: withoutRules(head), notes: [`${name} has no such folder: every rule is new`] };
  const { parsed, problems } = checkWorkspace(loaded, null);
  const errors = problems.filter(({ severity }) => severity === "error");
  if (parsed.workspace === null) {
    const why = `heed.yaml of ${name} cannot be read: every rule counts as new, and settings are not compared`;
    return { side: withoutRules(head), notes: [why] };
  }
  const broken = new Set(errors.map(({ file }) => file));
  const sound = broken.size === 0 ? parsed : withoutFiles(parsed, broken);
  const side = compiled(sound, parsed.workspace);
  if (side === null) {
    const why = `${name} does not pass heed check and cannot be compiled: every rule counts as new, and settings are not compared`;
    return { side: withoutRules(head), notes: [why] };
  }
  if (broken.size === 0) return { side, notes: [] };
  const lost = parsed.rules.length - sound.rules.length + unreadRules(loaded, parsed);
  const left =
    lost === 0
      ? ""
      : `; ${count(lost, "rule")} with errors ${lost === 1 ? "is" : "are"} left out, and ${lost === 1 ? "counts" : "count"} as new`;
  const first = errors[0] === undefined ? "" : ` (${errors[0].code} in ${errors[0].file})`;
  return { side, notes: [`${name} does not pass heed check${first}${left}`] };
}

function compiled(parsed: ParsedWorkspace, heed: NonNullable<ParsedWorkspace["workspace"]>): Side | null {
  try {
    return { parsed, compiled: compileParsed(parsed, heed, {}) };
  } catch {
    // A workspace with errors may not compile, which is no fault of ours.
    return null;
  }
}

function withoutFiles(parsed: ParsedWorkspace, broken: ReadonlySet<string>): ParsedWorkspace {
  const isSound = ({ document }: { readonly document: { readonly source: { readonly name: string } } }): boolean =>
    !broken.has(document.source.name);
  return { ...parsed, rules: parsed.rules.filter(isSound), tests: parsed.tests.filter(isSound) };
}

function unreadRules({ files }: LoadedWorkspace, { rules }: ParsedWorkspace): number {
  return files.filter(({ name }) => isRuleFile(name)).length - rules.length;
}

/** A workspace in which there is nothing yet, with the settings of the one that comes. */
function withoutRules({ parsed }: Side): Side {
  const empty: ParsedWorkspace = { ...parsed, sources: [], rules: [], templates: new Map(), tests: [], fixtures: [] };
  const side = parsed.workspace === null ? null : compiled(empty, parsed.workspace);
  if (side === null) throw new Error("a workspace without rules does not compile");
  return side;
}
