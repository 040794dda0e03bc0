import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import ts from "typescript";

const REPOSITORY = new URL("../..", import.meta.url).pathname;

/** The stores and a child program as JavaScript, which Node 20 can run in a process of its own. */
export interface CompiledChild {
  run(...args: readonly string[]): RunningChild;
  remove(): void;
}

export interface RunningChild {
  readonly lines: readonly string[];
  readonly pid: number;
  /** Resolves when a line begins so; rejects when the process ends without one. */
  line(beginning: string): Promise<string>;
  kill9(): Promise<void>;
  /** Resolves with the signal or code it ended by. */
  readonly ended: Promise<string>;
}

export function compileChild(program: string): CompiledChild {
  const directory = mkdtempSync(join(tmpdir(), "heed-child-"));
  symlinkSync(join(REPOSITORY, "node_modules"), join(directory, "node_modules"));
  writeFileSync(join(directory, "package.json"), '{ "type": "module" }');
  const sources = ["src/store", "src/core/model"].flatMap((folder) =>
    readdirSync(join(REPOSITORY, folder)).map((file) => join(folder, file)),
  );
  for (const source of [
    ...sources.filter((file) => file.endsWith(".ts")),
    program,
    "test/store/conformance/test-clock.ts",
  ]) {
    const { outputText } = ts.transpileModule(readFileSync(join(REPOSITORY, source), "utf8"), {
      compilerOptions: {
        module: ts.ModuleKind.ESNext,
        target: ts.ScriptTarget.ES2023,
        rewriteRelativeImportExtensions: true,
      },
    });
    const target = join(directory, source.replace(/\.ts$/, ".js"));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, outputText);
  }
  return {
    run: (...args) =>
      watch(
        spawn(process.execPath, [join(directory, program.replace(/\.ts$/, ".js")), ...args], {
          stdio: ["ignore", "pipe", "pipe"],
        }),
      ),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

function watch(child: ChildProcess): RunningChild {
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  let rest = "";
  let errors = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    errors += chunk.toString("utf8");
  });
  child.stdout?.on("data", (chunk: Buffer) => {
    const parts = (rest + chunk.toString("utf8")).split("\n");
    rest = parts.pop() ?? "";
    lines.push(...parts);
    for (const check of waiting) check();
  });
  const ended = new Promise<string>((resolve) =>
    child.once("close", (code, signal) => resolve(signal ?? String(code))),
  );
  return {
    lines,
    pid: child.pid ?? 0,
    ended,
    async line(beginning) {
      const found = new Promise<string>((resolve) => {
        const check = (): void => {
          const line = lines.find((candidate) => candidate.startsWith(beginning));
          if (line === undefined) return;
          waiting.delete(check);
          resolve(line);
        };
        waiting.add(check);
        check();
      });
      const end = ended.then((how) => {
        throw new Error(`the child ended (${how}) without a line "${beginning}": ${errors.slice(-2_000)}`);
      });
      return await Promise.race([found, end]);
    },
    async kill9() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}
