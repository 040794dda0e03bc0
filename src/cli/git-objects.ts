import { git } from "./git.ts";
import { BadSetting } from "./run-settings.ts";

/** A repository of git, asked about a folder that lies in it. Every fault is a `BadSetting` that begins with `flag`. */
export interface GitPlace {
  readonly folder: string;
  readonly flag: string;
}

const fetchDeeper = "; this clone is shallow: fetch the whole history (actions/checkout: fetch-depth: 0)";

/** Whether the clone lacks history. Throws when the folder lies in no work tree. */
function isShallow({ folder, flag }: GitPlace): boolean {
  const inside = git(folder, ["rev-parse", "--is-inside-work-tree", "--is-shallow-repository"]);
  const [isInside, shallow] = inside.output.toString("utf8").split("\n");
  if (!inside.ok || isInside !== "true")
    throw new BadSetting(`${flag}: ${folder} is in no git repository (${inside.fault || "it has no work tree"})`);
  return shallow === "true";
}

/** The commit that a branch, tag or commit names; null when git knows none of that name. */
export function findCommit({ folder }: GitPlace, ref: string): string | null {
  // What begins with a dash would be read as an option.
  if (ref.startsWith("-")) return null;
  const found = git(folder, ["rev-parse", "--verify", "--quiet", `${ref}^{commit}`]);
  return found.ok ? found.output.toString("utf8").trim() : null;
}

export function commitOf(place: GitPlace, ref: string): string {
  const commit = findCommit(place, ref);
  if (commit !== null) return commit;
  const help = isShallow(place) ? fetchDeeper : "; write a branch, tag or commit, such as origin/main";
  throw new BadSetting(`${place.flag}: git knows no commit "${ref.slice(0, 80)}"${help}`);
}

/** The last commit that `ref` shares with `with`. */
export function mergeBase(place: GitPlace, ref: string, other = "HEAD"): string {
  const shallow = isShallow(place);
  const base = git(place.folder, ["merge-base", commitOf(place, ref), other]);
  if (!base.ok) {
    const help = shallow ? fetchDeeper : "; name the branch that this one started from";
    throw new BadSetting(`${place.flag}: "${ref.slice(0, 80)}" and this branch share no commit${help}`);
  }
  return base.output.toString("utf8").trim();
}

/** The bytes of objects, in their order. `names` says of each what it is for, should the clone lack it. */
export function readBlobs(
  place: GitPlace,
  objects: readonly { readonly id: string; readonly name: string }[],
): readonly Buffer[] {
  const asked = objects.map(({ id }) => `${id}\n`).join("");
  const { output, ok, fault } = git(place.folder, ["cat-file", "--batch"], asked);
  if (!ok) throw new BadSetting(`${place.flag}: git could not read the files as they were (${fault})`);
  let at = 0;
  return objects.map(({ name }): Buffer => {
    // `<object> blob <bytes>`, the bytes, a line end; `<object> missing` in a clone without it.
    const headEnd = output.indexOf("\n", at);
    const head = output.toString("utf8", at, headEnd);
    const bytes = Number(head.split(" ")[2] ?? Number.NaN);
    if (Number.isNaN(bytes)) throw new BadSetting(`${place.flag}: this clone lacks what ${name} was before (${head})`);
    at = headEnd + 1 + bytes + 1;
    return output.subarray(headEnd + 1, headEnd + 1 + bytes);
  });
}
