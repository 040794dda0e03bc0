import { existsSync, realpathSync } from "node:fs";
import { dirname, posix, relative, resolve, sep } from "node:path";
import { type LoadedWorkspace, loadListed } from "../rulebook/load-workspace.ts";
import { type GitPlace, readBlobs } from "./git-objects.ts";
import { git } from "./git.ts";
import { judgedPackages } from "./load-judged.ts";
import { BadSetting } from "./run-settings.ts";

/**
 * A workspace as it was in a commit, read from git's objects: nothing is checked out, and nothing of that commit is run.
 * Null when the commit has no such folder. The packages are those that are installed here now. Throws `BadSetting`.
 */
export function loadRevision(workspace: string, commit: string, place: GitPlace): LoadedWorkspace | null {
  const prefix = pathInRepository(workspace);
  const listed = listTree(place, prefix === "" ? commit : `${commit}:${prefix}`);
  if (listed === null) return null;
  const links = followLinks(place, listed);
  const files = listed.flatMap((entry) => (entry.mode === LINK ? (links.get(entry.name) ?? []) : [entry]));
  const loaded = loadListed(files, (wanted) => readBlobs(place, wanted));
  return { ...loaded, requirePackage: judgedPackages(workspace) };
}

/** The nearest folder that is there: a workspace of another revision may not be. */
export function standingFolder(workspace: string): string {
  const folder = resolve(workspace);
  return existsSync(folder) || dirname(folder) === folder ? folder : standingFolder(dirname(folder));
}

function pathInRepository(workspace: string): string {
  const folder = resolve(workspace);
  const standing = standingFolder(workspace);
  const { ok, output, fault } = git(standing, ["rev-parse", "--show-toplevel"]);
  if (!ok) throw new BadSetting(`${workspace} is in no git repository (${fault})`);
  const top = realpathSync(output.toString("utf8").trim());
  const path = relative(top, resolve(realpathSync(standing), relative(standing, folder)));
  return path.split(sep).join("/");
}

interface Entry {
  readonly name: string;
  readonly mode: string;
  readonly id: string;
  readonly bytes: number;
}

const LINK = "120000";

function listTree({ folder }: GitPlace, tree: string): readonly Entry[] | null {
  const { ok, output } = git(folder, ["ls-tree", "-r", "-z", "-l", "--full-tree", tree]);
  if (!ok) return null;
  // `<mode> <type> <object> <bytes>`, padded, a tab, the name; of a submodule `commit` and a dash.
  return output
    .toString("utf8")
    .split("\0")
    .flatMap((line) => {
      const match = /^(\d+) blob ([0-9a-f]+) +(\d+)\t(.*)$/s.exec(line);
      if (match === null) return [];
      const [, mode = "", id = "", bytes = "", name = ""] = match;
      return [{ name, mode, id, bytes: Number(bytes) }];
    });
}

/** Links to files of the same folder, by their names, with what they lead to; others lead out of the workspace. */
function followLinks(place: GitPlace, entries: readonly Entry[]): ReadonlyMap<string, Entry> {
  const links = entries.filter(({ mode }) => mode === LINK);
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  const targets = readBlobs(place, links).map((bytes) => bytes.toString("utf8"));
  const found = new Map<string, Entry>();
  for (const [index, { name }] of links.entries()) {
    const target = byName.get(posix.join(posix.dirname(name), targets[index] ?? ""));
    if (target !== undefined && target.mode !== LINK) found.set(name, { ...target, name });
  }
  return found;
}
