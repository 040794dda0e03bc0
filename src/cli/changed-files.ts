import { statSync } from "node:fs";
import { isWorkspaceFile } from "../rulebook/load-workspace.ts";
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
  const base = mergeBase(workspace, ref);
  const before = contentsOf(workspace, differences(workspace, base));
  for (const name of untracked(workspace)) if (!before.has(name)) before.set(name, null);
  return before;
}

function mergeBase(workspace: string, ref: string): string {
  const inside = git(workspace, ["rev-parse", "--is-inside-work-tree", "--is-shallow-repository"]);
  const [isInside, isShallow] = inside.output.toString("utf8").split("\n");
  if (!inside.ok || isInside !== "true")
    throw new BadSetting(`--changed: ${workspace} is in no git repository (${inside.fault || "it has no work tree"})`);
  const deeper =
    isShallow === "true" ? "; this clone is shallow: fetch the whole history (actions/checkout: fetch-depth: 0)" : "";
  // What begins with a dash would be read as an option.
  const commit = ref.startsWith("-") ? null : git(workspace, ["rev-parse", "--verify", "--quiet", `${ref}^{commit}`]);
  if (commit?.ok !== true) {
    const help = deeper || "; write a branch, tag or commit, such as origin/main";
    throw new BadSetting(`--changed: git knows no commit "${ref.slice(0, 80)}"${help}`);
  }
  const base = git(workspace, ["merge-base", commit.output.toString("utf8").trim(), "HEAD"]);
  if (!base.ok) {
    const help = deeper || "; name the branch that this one started from";
    throw new BadSetting(`--changed: "${ref.slice(0, 80)}" and this branch share no commit${help}`);
  }
  return base.output.toString("utf8").trim();
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

function contentsOf(workspace: string, changed: readonly Difference[]): Map<string, string | null> {
  const objects = changed.flatMap(({ object }) => object ?? []);
  const { output, ok, fault } = git(
    workspace,
    ["cat-file", "--batch"],
    objects.map((object) => `${object}\n`).join(""),
  );
  if (!ok) throw new BadSetting(`--changed: git could not read the files as they were (${fault})`);
  let at = 0;
  return new Map(
    changed.map(({ name, object }) => {
      if (object === null) return [name, null];
      // `<object> blob <bytes>`, the bytes, a line end; `<object> missing` in a clone without it.
      const headEnd = output.indexOf("\n", at);
      const head = output.toString("utf8", at, headEnd);
      const bytes = Number(head.split(" ")[2] ?? Number.NaN);
      if (Number.isNaN(bytes)) throw new BadSetting(`--changed: this clone lacks what ${name} was before (${head})`);
      at = headEnd + 1 + bytes + 1;
      return [name, output.toString("utf8", headEnd + 1, headEnd + 1 + bytes)];
    }),
  );
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
