/**
 * How long `heed plan` keeps a reviewer waiting: two rulebooks of 50 rules over a million recorded events, a sample of
 * them, and the difference between two rulebooks of 500 rules. Prints a report; asserts nothing, because the numbers are
 * the machine's. Run it with `npm run bench:plan`; the month is made once and kept in a temporary folder.
 */
import { spawn, spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { compileWorkspace } from "../../src/rulebook/compile-workspace.ts";
import { writeManyRules } from "./many-rules.ts";
import { manyRulesBehaviour } from "./month/many-rules-behaviour.ts";
import { recordMonth } from "./month/month.ts";
import { writeMonth } from "./month/write-month.ts";

const RULES = 50;
const FROM = Date.parse("2026-02-23T00:00:00Z");
const cli = new URL("../../../dist/cli/main.js", import.meta.url).pathname;
const print = (line = ""): void => void process.stdout.write(`${line}\n`);
const whole = (value: number): string => Math.round(value).toLocaleString("en-US");

const { values } = parseArgs({
  options: {
    contacts: { type: "string", default: "150000" },
    days: { type: "string", default: "28" },
    /** Where the month is kept. */
    month: { type: "string", default: join(tmpdir(), "heed-bench-plan") },
    only: { type: "string" },
  },
});

interface Run {
  readonly seconds: number;
  readonly cpu: number;
  readonly peakMb: number;
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A process from its start to its end, with its processor time and the most memory that it held. */
async function measure(args: readonly string[], cwd: string): Promise<Run> {
  const began = performance.now();
  const child = spawn(process.execPath, [cli, ...args], { cwd, stdio: ["ignore", "pipe", "pipe"] });
  let [stdout, stderr, peakMb, cpu] = ["", "", 0, 0];
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString("utf8")));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString("utf8")));
  const look = (): void => {
    const { pid } = child;
    if (pid === undefined) return;
    peakMb = Math.max(peakMb, peakOf(pid));
    cpu = Math.max(cpu, cpuOf(pid));
  };
  const looking = setInterval(look, 100);
  const status = await new Promise<number | null>((resolve) => child.on("close", resolve));
  clearInterval(looking);
  return { seconds: (performance.now() - began) / 1_000, cpu, peakMb, status, stdout, stderr };
}

/** The high-water mark of a process, in MB, as Linux keeps it; 0 elsewhere. */
function peakOf(pid: number): number {
  const [, kb] = /VmHWM:\s+(\d+) kB/.exec(procFile(pid, "status")) ?? [];
  return Number(kb ?? 0) / 1_024;
}

/** Seconds that its threads have had of the processors. */
function cpuOf(pid: number): number {
  const fields = procFile(pid, "stat").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / 100;
}

function procFile(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, "utf8");
  } catch {
    // It has ended, or this is no Linux.
    return "";
  }
}

/** Aims are those of a million events: another month is held to none. */
function report(label: string, run: Run, aims: { readonly seconds: number; readonly mb?: number } | null): void {
  const { seconds, cpu, peakMb, status } = run;
  const judged = (aim: string, met: boolean): string => `   aim ${aim}: ${met ? "met" : "MISSED"}`;
  const { seconds: most = null, mb = null } = aims ?? {};
  print(label);
  if (status !== 0 && status !== 1 && status !== 10) return print(`  ended with ${status}: ${run.stderr.slice(-600)}`);
  const inTime = most === null ? "" : judged(`${most} s`, seconds <= most);
  const inMemory = mb === null ? "" : judged(`${mb} MB`, peakMb <= mb);
  print(`  ${seconds.toFixed(1).padStart(8)} s on the wall${inTime}`);
  print(`  ${cpu.toFixed(1).padStart(8)} s of processors, over all threads`);
  print(`  ${whole(peakMb).padStart(8)} MB at most${inMemory}`);
}

/** The month, made once for these numbers. */
async function monthIn(folder: string, workspace: string): Promise<string> {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `month-${values.contacts}-${values.days}.ndjson`);
  if (existsSync(path)) return path;
  print("making the month: this takes many minutes, once");
  const compiled = await compileWorkspace(workspace, {});
  if (!compiled.ok) throw new Error(compiled.problems.map(({ message }) => message).join("; "));
  const file = writeMonth(`${path}.part`);
  const { events, sent } = await recordMonth(
    {
      workspace: compiled.workspace,
      behaviour: manyRulesBehaviour(RULES),
      contacts: Number(values.contacts),
      days: Number(values.days),
      seed: 1,
      from: FROM,
    },
    file,
  );
  file.close();
  print(`${whole(events)} events, ${whole(sent)} messages that were sent`);
  renameSync(`${path}.part`, path);
  return path;
}

/** A repository in which a change of a few rules is proposed. */
function repositoryOf(rules: number): { readonly folder: string; readonly workspace: string } {
  const folder = mkdtempSync(join(tmpdir(), "heed-bench-plan-rules-"));
  const workspace = join(folder, "rules");
  writeManyRules(workspace, rules);
  cpSync(new URL("../../../schemas", import.meta.url).pathname, join(folder, "schemas"), { recursive: true });
  const git = (...args: string[]): void => {
    const { status, stderr } = spawnSync("git", ["-C", folder, ...args], { encoding: "utf8" });
    if (status !== 0) throw new Error(`git ${args.join(" ")}: ${stderr}`);
  };
  git("init", "--quiet", "--initial-branch", "main");
  git("add", ".");
  git("-c", "user.name=bench", "-c", "user.email=bench@example.com", "commit", "--quiet", "--message", "Rules");
  change(join(workspace, "pack-0/guide-2.yaml"), "delay: { between: [6m, 9m] }", "delay: { between: [1m, 2m] }");
  change(join(workspace, "pack-0/cart-3.yaml"), "delay: 1h", "delay: 20m");
  change(join(workspace, "pack-0/quiet-7.yaml"), "max: 1, per: contact", "max: 3, per: contact");
  return { folder, workspace };
}

function change(path: string, before: string, after: string): void {
  const text = readFileSync(path, "utf8");
  if (!text.includes(before)) throw new Error(`${path} has no ${JSON.stringify(before)}`);
  writeFileSync(
    path,
    text.replace(before, () => after),
  );
}

print(`Node ${process.version}, ${availableParallelism()} cores (${cpus()[0]?.model ?? "unknown"})`);
print();
const isWhole = Number(values.contacts) >= 150_000 && Number(values.days) >= 28;
const wants = (part: string): boolean => values.only === undefined || values.only === part;
const small = repositoryOf(RULES);
try {
  if (wants("full") || wants("sample")) {
    const month = await monthIn(values.month, small.workspace);
    print(`${whole(statSync(month).size / 2 ** 20)} MB of events in ${month}, ${RULES} rules, three of them changed`);
    const asked = ["plan", "rules", "--base", "HEAD", "--events", month, "--format", "json"];
    if (wants("full")) {
      report(
        "all contacts (--full)",
        await measure([...asked, "--full"], small.folder),
        isWhole ? { seconds: 120, mb: 1_024 } : null,
      );
    }
    if (wants("sample"))
      report("the usual sample", await measure(asked, small.folder), isWhole ? { seconds: 20 } : null);
  }
  if (wants("diff")) {
    const large = repositoryOf(500);
    const asked = ["plan", "rules", "--base", "HEAD", "--format", "json"];
    report("500 rules without events, process start to end", await measure(asked, large.folder), { seconds: 3 });
    rmSync(large.folder, { recursive: true });
  }
} finally {
  rmSync(small.folder, { recursive: true });
}
print();
print(
  "The month is in the disk's cache. Not measured: fetching base from a remote, a month in a store instead of a file,",
);
print(
  "look-ups (a backtest asks none), contacts with years of history. On a machine that does other things as well the",
);
print("wall tells how busy it is; the processors' time is nearer to the truth.");
