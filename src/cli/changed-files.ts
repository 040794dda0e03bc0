import { statSync } from "node:fs";
import { isWorkspaceFile } from "../rulebook/load-workspace.ts";
import { type GitPlace, mergeBase, readBlobs } from "./git-objects.ts";
import { git } from "./git.ts";
import { BadSetting } from "./run-settings.ts";

/** The files of a workspace that a change touches, by their names in it, with what they said before: null for nothing. */
export type ChangedFiles = ReadonlyMap<string, string | null>;

/**
 * What differs from the last commit that the branch shares with `ref`: committed since, not committed yet, or not even
 * known to git. Throws `BadSetting` with what to do when git cannot tell.
 */
export function changedSince(workspace: string, ref: string): ChangedFiles {
  if (statSync(workspace, { throwIfNoEntry: false })?.isDirectory() !== true)
    throw new BadSetting(`--changed: there is no folder ${workspace}`);
  const place: GitPlace = { folder: workspace, flag: "--changed" };
  const before = contentsOf(place, differences(workspace, mergeBase(place, ref)));
  for (const name of untracked(workspace)) if (!before.has(name)) before.set(name, null);
  return before;
}

interface Difference {
  readonly name: string;
  /** The object that held the file before, or null when there was none, or none that a workspace reads. */
  readonly object: string | null;
}

function differences(workspace: string, base: string): readonly Difference[] {
  const flags = ["--raw", "-z", "--no-abbrev", "--no-renames", "--no-ext-diff", "--ignore-submodules", "--relative"];
  const fields = answer(git(workspace, ["diff", ...flags, base, "--", "."])).split("\0");
  // `:<mode before> <mode now> <object before> <object now> <status>`, then the name.
  return fields.flatMap((entry, index) => {
    if (!entry.startsWith(":") || index % 2 === 1) return [];
    const [mode = "", , object = ""] = entry.slice(1).split(" ");
    const name = fields[index + 1] ?? "";
    return [{ name, object: mode.startsWith("100") && isWorkspaceFile(name) ? object : null }];
  });
}

function contentsOf(place: GitPlace, changed: readonly Difference[]): Map<string, string | null> {
  const wanted = changed.flatMap(({ name, object }) => (object === null ? [] : [{ id: object, name }]));
  const texts = readBlobs(place, wanted).map((bytes) => bytes.toString("utf8"));
  const before = new Map(wanted.map(({ name }, index) => [name, texts[index] ?? ""]));
  return new Map(changed.map(({ name }) => [name, before.get(name) ?? null]));
}

/** Files that git ignores are judged like others, so they count as new, too. */
function untracked(workspace: string): readonly string[] {
  const listed = git(workspace, ["ls-files", "--others", "--exclude=node_modules", "-z", "--", "."]);
  return answer(listed)
    .split("\0")
    .filter((name) => name !== "");
}

function answer({ ok, output, fault }: ReturnType<typeof git>): string {
  if (!ok) throw new BadSetting(`--changed: git could not tell what changed (${fault})`);
  return output.toString("utf8");
}
