import { relative, sep } from "node:path";

/** CI runs at the root of the repository, which is what GitHub and SARIF name files by. */
export function baseOf(workspace: string): string {
  const path = relative(process.cwd(), workspace).split(sep).join("/");
  return path === "" ? "" : `${path}/`;
}
