import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Link, openLink } from "./link.ts";
import { API_TOKEN, type Scene } from "./scene.ts";

const cli = new URL("../../dist/cli/main.js", import.meta.url).pathname;
const START_AGAIN_MS = 300;

/** One place of the system at which a process runs: when that ends, in whatever way, another is started. */
export interface Worker {
  readonly role: string;
  readonly link: Link;
  /** Where its door is; null while nobody is at home. */
  url(): string | null;
  kill9(): void;
  freeze(): void;
  thaw(): void;
  /** How often a process was started here, and listened. */
  lives(): number;
  /** What all its processes said. */
  output(): string;
  /** Ends it for good, in an orderly way; resolves with the exit code of the last process. */
  stop(): Promise<number | null>;
}

export interface WorkerOptions {
  readonly role: string;
  readonly scene: Scene;
  readonly natsPort: number;
  readonly scratch: string;
}

export async function startWorker(options: WorkerOptions): Promise<Worker> {
  const link = await openLink({ port: options.natsPort });
  let child: ChildProcess | null = null;
  let url: string | null = null;
  let printed = "";
  let lives = 0;
  let stopping = false;
  const isStopping = (): boolean => stopping;

  const live = async (): Promise<number | null> => {
    const born = spawnHeed(options, link);
    child = born;
    let own = "";
    const read = (chunk: Buffer): void => {
      own += chunk.toString("utf8");
      printed += chunk.toString("utf8");
      const found = url === null ? /Heed is listening on (\S+)/.exec(own)?.[1] : undefined;
      if (found === undefined || child !== born) return;
      url = found;
      lives += 1;
    };
    born.stdout?.on("data", read);
    born.stderr?.on("data", read);
    const [code]: (number | null)[] = await once(born, "exit");
    url = null;
    return code ?? null;
  };
  // A run that is broken off leaves nobody behind.
  const atExit = (): void => void child?.kill("SIGKILL");
  process.once("exit", atExit);
  const ended = (async () => {
    let code = await live();
    while (!isStopping()) {
      // As a supervisor would: a start that failed, because the server was away, is tried again.
      await sleep(START_AGAIN_MS);
      if (!isStopping()) code = await live();
    }
    return code;
  })();

  return {
    role: options.role,
    link,
    url: () => url,
    kill9: () => void child?.kill("SIGKILL"),
    freeze: () => void child?.kill("SIGSTOP"),
    thaw: () => void child?.kill("SIGCONT"),
    lives: () => lives,
    output: () => printed,
    async stop() {
      stopping = true;
      child?.kill("SIGCONT");
      child?.kill("SIGTERM");
      const code = await ended;
      process.removeListener("exit", atExit);
      await link.close();
      return code;
    },
  };
}

function spawnHeed({ role, scene, scratch }: WorkerOptions, link: Link): ChildProcess {
  const flags = ["--store", link.url, "--role", role, "--data-dir", join(scratch, "data"), "--port", "0", "--watch"];
  return spawn(process.execPath, [cli, "run", scene.directory, ...flags], {
    env: { PATH: process.env["PATH"] ?? "", HEED_API_TOKEN: API_TOKEN, ...scene.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
}
