import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { ENVIRONMENT } from "./stream-scene.ts";

const cli = process.env["BENCH_CLI"] ?? new URL("../../../dist/cli/main.js", import.meta.url).pathname;
/** Linux tells times of processes in hundredths of a second. */
const TICKS = 100;
const OUTPUT_KEPT = 4_000;
const children = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of children) child.kill("SIGKILL");
});

/** A worker as production runs it: the compiled command, with its rules, its logs and its metrics. */
export interface Heed {
  readonly pid: number;
  readonly url: string;
  /** Events decided so far, by its own metrics. */
  decided(): Promise<number>;
  /** The last it said. */
  output(): string;
  kill9(): Promise<void>;
  stop(): Promise<void>;
}

export interface HeedOptions {
  readonly workspace: string;
  readonly dataDirectory: string;
  /** `embedded` or the address of a NATS server. */
  readonly store: string;
  readonly flags?: readonly string[];
}

export async function startHeed({ workspace, dataDirectory, store, flags }: HeedOptions): Promise<Heed> {
  const args = ["run", workspace, "--data-dir", dataDirectory, "--port", "0", "--store", store, ...(flags ?? [])];
  // As docker-compose.yml starts it.
  const node = (process.env["BENCH_NODE_FLAGS"] ?? "--max-semi-space-size=32").split(" ").filter((flag) => flag !== "");
  const child = spawn(process.execPath, [...node, cli, ...args], {
    env: { PATH: process.env["PATH"] ?? "", ...ENVIRONMENT },
    stdio: ["ignore", "pipe", "pipe"],
  });
  children.add(child);
  let printed = "";
  const url = await new Promise<string>((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      printed = (printed + chunk.toString("utf8")).slice(-OUTPUT_KEPT);
      const found = /Heed is listening on (\S+)/.exec(printed)?.[1];
      if (found !== undefined) resolve(found);
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    child.once("exit", (code) => reject(new Error(`heed run ended with code ${code}:\n${printed}`)));
  });
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill(signal);
      await once(child, "exit");
    }
    children.delete(child);
  };
  return {
    pid: child.pid ?? 0,
    url,
    async decided() {
      const text = await (await fetch(`${url}/metrics`)).text();
      const lines = text.matchAll(/^heed_records_total\{kind="event",reason="([^"]*)"\} (\d+)/gm);
      let sum = 0;
      for (const [, reason, number] of lines) sum += reason === "event.duplicate" ? 0 : Number(number);
      return sum;
    },
    output: () => printed,
    kill9: () => end("SIGKILL"),
    stop: () => end("SIGTERM"),
  };
}

export interface Vendor {
  readonly pid: number;
  readonly url: string;
  /** Milliseconds from receipt to the provider's call, of the messages since the last time this was asked. */
  latencies(): Promise<readonly number[]>;
  stop(): void;
}

export async function startVendor(): Promise<Vendor> {
  const child = startChild("stream-vendor.js");
  const { url } = await heard<{ readonly url: string }>(child);
  return {
    pid: child.pid ?? 0,
    url,
    async latencies() {
      const answer = heard<{ readonly milliseconds: readonly number[] }>(child);
      child.send("latencies");
      return (await answer).milliseconds;
    },
    stop: () => void child.kill(),
  };
}

/** A child of the bench's own files, which dies with it. */
export function startChild(file: string): ChildProcess {
  const child = fork(new URL(file, import.meta.url));
  children.add(child);
  child.once("exit", () => children.delete(child));
  return child;
}

export async function heard<T>(child: ChildProcess): Promise<T> {
  const [message] = await once(child, "message");
  return message as T;
}

/** CPU seconds of a process, all of its threads, since it was started. NaN where there is no /proc. */
export function cpuSecondsOf(pid: number): number {
  const words = readProc(pid, "stat")
    .replace(/^.*\) /s, "")
    .split(" ");
  return (Number(words[11]) + Number(words[12])) / TICKS;
}

/** Bytes of memory that a process holds. NaN where there is no /proc. */
export function residentBytesOf(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readProc(pid, "status"))?.[1] ?? Number.NaN) * 1_024;
}

function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}

export interface Drained {
  readonly perSecond: number;
  /** CPU microseconds an event, by process, in the order given. */
  readonly cpuMicros: readonly number[];
  /** What was decided when, for who wants to look closer. */
  readonly samples: readonly Sample[];
}

export interface Sample {
  readonly atMs: number;
  readonly decided: number;
  readonly cpuSeconds: readonly number[];
}

/** Each look costs the worker a list of its metrics. */
const SAMPLE_MS = 250;
const PATIENCE_MS = 120_000;

/**
 * Watches workers decide what waits, until `events` more than at the beginning are decided. The rate is that between a
 * quarter and nine tenths of the way: before, code is being compiled; after, workers run dry.
 */
export async function watchDrain(
  workers: readonly Heed[],
  pids: readonly number[],
  events: number,
  during: (sample: Sample) => void = () => undefined,
): Promise<Drained> {
  const samples: Sample[] = [];
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const counts = await Promise.all(workers.map((worker) => worker.decided().catch(() => 0)));
    const decided = counts.reduce((sum, count) => sum + count, 0);
    const sample = { atMs: performance.now(), decided, cpuSeconds: pids.map(cpuSecondsOf) };
    samples.push(sample);
    during(sample);
    if (decided >= events) break;
    if (sample.atMs > deadline) {
      const said = workers.map((worker) => worker.output()).join("\n");
      throw new Error(`only ${decided} of ${events} events were decided in time; the workers said:\n${said}`);
    }
    await sleep(SAMPLE_MS);
  }
  const from = samples.find(({ decided }) => decided >= events * 0.25);
  const to = samples.findLast(({ decided }) => decided <= events * 0.9);
  return { ...slope(from ?? samples[0], to ?? samples.at(-1)), samples };
}

/** The rate and the CPU between two looks. */
export function slope(from: Sample | undefined, to: Sample | undefined): Omit<Drained, "samples"> {
  if (from === undefined || to === undefined || to.decided <= from.decided)
    return { perSecond: Number.NaN, cpuMicros: [] };
  const events = to.decided - from.decided;
  return {
    perSecond: (events / (to.atMs - from.atMs)) * 1_000,
    cpuMicros: to.cpuSeconds.map((seconds, index) => ((seconds - (from.cpuSeconds[index] ?? 0)) * 1e6) / events),
  };
}
