import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

export const root = new URL("../..", import.meta.url).pathname;

/** A copy of the sources, with the tools' configuration, in which violations can be planted. */
export interface PlantedTree {
  plant(files: Readonly<Record<string, string>>): void;
  /** Runs a tool of node_modules in the tree; resolves to its output whatever its exit code. */
  run(script: string, args: readonly string[]): Promise<string>;
  remove(): void;
}

const configuration = [".oxlintrc.json", "package.json", "tsconfig.json", "test/config"];

export function copyTree(): PlantedTree {
  const directory = mkdtempSync(join(tmpdir(), "heed-fences-"));
  for (const name of ["src", ...configuration]) cpSync(join(root, name), join(directory, name), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(directory, "node_modules"));
  return {
    plant(files) {
      for (const [name, source] of Object.entries(files)) {
        mkdirSync(dirname(join(directory, name)), { recursive: true });
        writeFileSync(join(directory, name), source);
      }
    },
    async run(script, args) {
      return await new Promise((resolve) => {
        const command = [join(root, "node_modules", script), ...args];
        execFile(process.execPath, command, { cwd: directory, maxBuffer: 1e8 }, (_error, stdout, stderr) =>
          // A tool that broke says so on stderr, and a test that expects findings then shows it.
          resolve(stdout === "" ? stderr : stdout),
        );
      });
    },
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}
