import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

const root = new URL("../..", import.meta.url).pathname;

/** The command as users get it: built. Tests that start real processes use this, never the sources. */
export const cli = join(root, "dist/cli/main.js");

/** Builds when a source is newer than the last build; runs once, before any test. */
export function setup(): void {
  const sources = ["src", "schemas"].map((directory) => newest(join(root, directory)));
  if (existsSync(cli) && Math.max(...sources) <= statSync(cli).mtimeMs) return;
  execFileSync("npm", ["run", "--silent", "build"], { cwd: root, stdio: "inherit" });
}

function newest(directory: string): number {
  return readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .reduce((latest, entry) => Math.max(latest, statSync(join(entry.parentPath, entry.name)).mtimeMs), 0);
}
