import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";

const root = new URL("../..", import.meta.url).pathname;

/** The command as users get it: compiled. Tests that start real processes use this, never the sources. */
export const cli = join(root, "dist/cli/main.js");

/** Compiles when a source is newer than the last build; runs once, before any test. */
export function setup(): void {
  if (existsSync(cli) && newest(join(root, "src")) <= statSync(cli).mtimeMs) return;
  rmSync(join(root, "dist"), { recursive: true, force: true });
  execFileSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", "src/tsconfig.json"], {
    cwd: root,
    stdio: "inherit",
  });
}

function newest(directory: string): number {
  return readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .reduce((latest, entry) => Math.max(latest, statSync(join(entry.parentPath, entry.name)).mtimeMs), 0);
}
