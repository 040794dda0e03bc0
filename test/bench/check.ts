/**
 * How long `heed check` keeps its author waiting: a cold start over many rules, one edit while watching, and files made
 * to be slow. Prints a report; asserts nothing, because the numbers are the machine's. Run it with `npm run bench:check`.
 */
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { checkWorkspace } from "../../src/rulebook/check-workspace.ts";
import { hostileFiles } from "../rulebook/hostile-corpus.ts";
import { heedYaml, inMemory } from "../rulebook/in-memory.ts";
import { editedRule, writeManyRules } from "./many-rules.ts";

const RULES = 500;
const COLD_TARGET_MS = 1_500;
const EDIT_TARGET_MS = 300;
const HOSTILE_TARGET_MS = 100;

const cli = new URL("../../../dist/cli/main.js", import.meta.url).pathname;
const print = (line = ""): void => void process.stdout.write(`${line}\n`);

interface Spread {
  readonly median: number;
  readonly worst: number;
}

function spreadOf(samples: readonly number[]): Spread {
  const sorted = samples.toSorted((a, b) => a - b);
  return { median: sorted[Math.floor(sorted.length / 2)] ?? 0, worst: sorted.at(-1) ?? 0 };
}

function report(label: string, { median, worst }: Spread, target: number | null = null): void {
  const judged = target === null ? "" : `   target ${target} ms: ${median <= target ? "met" : "MISSED"}`;
  print(`${label.padEnd(56)}${median.toFixed(0).padStart(6)} ms  worst${worst.toFixed(0).padStart(6)} ms${judged}`);
}

/** Milliseconds from the start of a process to its end. */
function timeProcess(
  args: readonly string[],
  repetitions: number,
): { readonly times: Spread; readonly output: string } {
  let output = "";
  const samples = Array.from({ length: repetitions }, () => {
    const began = performance.now();
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
    if (status !== 0) throw new Error(`node ${args.join(" ")} ended with ${status}: ${stdout}${stderr}`);
    output = stdout;
    return performance.now() - began;
  });
  return { times: spreadOf(samples), output };
}

/** Milliseconds from an edit of a file until its judgement is printed, and those that the judgement itself took. */
async function timeEdits(
  workspace: string,
  edits: number,
): Promise<{ readonly seen: Spread; readonly judged: Spread }> {
  const child = spawn(process.execPath, [cli, "check", workspace, "--watch"], { stdio: ["ignore", "pipe", "pipe"] });
  let notify = (_took: number): void => undefined;
  child.stderr.on("data", (chunk: Buffer) => {
    const took = /checked at \S+ in (\d+) ms/.exec(chunk.toString("utf8"))?.[1];
    if (took !== undefined) notify(Number(took));
  });
  const judgement = (): Promise<number> => new Promise((resolve) => (notify = resolve));
  await judgement();
  const seen: number[] = [];
  const judged: number[] = [];
  for (let edit = 0; edit < edits; edit += 1) {
    const { name, text } = editedRule((edit * 37) % RULES, `Edit ${edit}`);
    const next = judgement();
    const began = performance.now();
    writeFileSync(join(workspace, name), text);
    judged.push(await next);
    seen.push(performance.now() - began);
  }
  child.kill();
  return { seen: spreadOf(seen), judged: spreadOf(judged) };
}

function timeHostileFiles(): readonly (readonly [what: string, times: Spread])[] {
  const timed = hostileFiles.map(({ what, name, text }) => {
    const loaded = inMemory({ "heed.yaml": heedYaml, [name]: text });
    const samples = Array.from({ length: 7 }, () => {
      const began = performance.now();
      checkWorkspace(loaded, null);
      return performance.now() - began;
    });
    return [what, spreadOf(samples)] as const;
  });
  return timed.toSorted(([, a], [, b]) => b.median - a.median);
}

const workspace = mkdtempSync(join(tmpdir(), "heed-bench-check-"));
writeManyRules(workspace, RULES);
print(
  `Node ${process.version}, ${availableParallelism()} cores (${cpus()[0]?.model ?? "unknown"}), ${RULES} rules in ${workspace}`,
);
print();
const cold = timeProcess([cli, "check", workspace], 7);
print(cold.output.trimEnd().split("\n").at(-1));
report("cold check, process start to end", cold.times, COLD_TARGET_MS);
report("  of which: Node with nothing to do", timeProcess(["--eval", "0"], 7).times);
report("  of which: heed with nothing to do (--version)", timeProcess([cli, "--version"], 7).times);
print();
const edits = await timeEdits(workspace, 20);
report("--watch, from an edit to its judgement on the screen", edits.seen, EDIT_TARGET_MS);
report("  of which: the judgement itself", edits.judged);
print();
print(`The slowest of ${hostileFiles.length} hostile files, in a warm process`);
for (const [what, times] of timeHostileFiles().slice(0, 8)) report(`  ${what}`, times, HOSTILE_TARGET_MS);
print();
print(
  "The files are in the disk's cache. Not measured: a cold disk, a slow one, git (--changed), and editors that write",
);
print("in several steps; --watch waits 70 ms for quiet, which the numbers contain.");
rmSync(workspace, { recursive: true });
