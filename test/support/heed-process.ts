import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { afterAll } from "vitest";
import { cli } from "./built-cli.ts";

/** A real `heed run`, started as a person would start it. */
export interface HeedProcess {
  readonly url: string;
  /** Everything it printed so far. */
  output(): string;
  /** No warning, no clean-up: as if the machine had died. Resolves when the process is gone. */
  kill9(): Promise<void>;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
  signal(name: NodeJS.Signals): void;
}

export interface HeedOptions {
  readonly workspace: string;
  readonly dataDirectory: string;
  readonly port?: number;
  readonly store?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly flags?: readonly string[];
}

export const API_TOKEN = "test-token-of-sufficient-length";

/** Every process that a test file started and did not stop dies with it: a test that failed stops nothing itself. */
const alive = new Set<ChildProcess>();
afterAll(() => {
  for (const child of alive) child.kill("SIGKILL");
});

/** Resolves once it listens; rejects with its output when it ends before. */
export async function startHeed(options: HeedOptions): Promise<HeedProcess> {
  const flags = ["--data-dir", options.dataDirectory, "--port", String(options.port ?? 0), ...(options.flags ?? [])];
  if (options.store !== undefined) flags.push("--store", options.store);
  const child = spawn(process.execPath, [cli, "run", options.workspace, ...flags], {
    env: { PATH: process.env["PATH"] ?? "", HEED_API_TOKEN: API_TOKEN, ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  alive.add(child);
  const gone = once(child, "exit").then(([code]: (number | null)[]) => {
    alive.delete(child);
    return code ?? null;
  });
  let printed = "";
  const listening = new Promise<string>((resolve) => {
    const read = (chunk: Buffer): void => {
      printed += chunk.toString("utf8");
      const url = /Heed is listening on (\S+)/.exec(printed)?.[1];
      if (url !== undefined) resolve(url);
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
  });
  const early = gone.then((code): never => {
    throw new Error(`heed run ended with code ${code} before it listened:\n${printed}`);
  });
  early.catch(() => undefined);
  const url = await Promise.race([listening, early]);
  return {
    url,
    output: () => printed,
    async kill9() {
      child.kill("SIGKILL");
      await gone;
    },
    stop() {
      child.kill("SIGTERM");
      return gone;
    },
    signal(name) {
      child.kill(name);
    },
  };
}
