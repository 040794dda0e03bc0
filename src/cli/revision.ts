import { git } from "./git.ts";

/** The commit that a folder's files are of, `+changes` behind it where they differ; null outside of a repository. */
export function revisionOf(folder: string): string | null {
  try {
    const head = git(folder, ["rev-parse", "--short=12", "HEAD"]);
    if (!head.ok) return null;
    const changed = git(folder, ["status", "--porcelain", "--", "."]).output.byteLength > 0;
    return `${head.output.toString("utf8").trim()}${changed ? "+changes" : ""}`;
  } catch {
    // There is no git on this machine, or no such folder.
    return null;
  }
}
