import { spawn, spawnSync } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { accessSync, closeSync, constants, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, Socket } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** A real nats-server with JetStream, for tests. */
export interface NatsServer {
  readonly url: string;
  readonly port: number;
  /** As the server announces it, for example `2.9.10`. */
  readonly version: string;
  readonly storeDir: string;
  /** Of the process that runs now; a test may SIGSTOP it. */
  readonly pid: number;
  /** What the server logged so far, over all its lives. */
  log(): string;
  /** Ends it for good, in an orderly way, and removes the directories this module made. Safe to repeat. */
  stop(): Promise<void>;
  /** SIGKILL, as a crash would. The store directory stays, for `restart`. */
  kill9(): Promise<void>;
  /** Starts it again on the same port and store directory; one that still runs is first ended in an orderly way. */
  restart(): Promise<void>;
}

export interface NatsServerOptions {
  /** Kept after `stop`; without it, a temporary directory that is removed. */
  readonly storeDir?: string;
  /** Lines of nats-server configuration, read after ours: a key given here wins, `jetstream` as a whole. */
  readonly config?: string;
  /** Without it, a free one that the server picks. */
  readonly port?: number;
  /** The path of the server; without it, `ensureNatsServer`. */
  readonly binary?: string;
}

/** Starting replays the store directory, which a busy machine does slowly. */
const READY_WITHIN_MS = 30_000;
const EXIT_WITHIN_MS = 10_000;
const INSTALL_COMMAND = "apt-get update && apt-get install -y --no-install-recommends nats-server";

/** The path of the nats-server to use, or null. `/usr/sbin` is where Debian puts it and not on every user's PATH. */
export function findNatsServer(): string | null {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/usr/local/bin"];
  for (const folder of folders.filter((name) => name !== "")) {
    const candidate = join(folder, "nats-server");
    try {
      accessSync(candidate, constants.X_OK);
      return candidate;
    } catch {
      // Not here.
    }
  }
  return null;
}

/** Finds nats-server, or installs Debian's package when run as root on Debian, or throws an error that says what to run. */
export function ensureNatsServer(): string {
  const found = findNatsServer();
  if (found !== null) return found;
  const canInstall = process.getuid?.() === 0 && spawnSync("apt-get", ["--version"]).status === 0;
  if (!canInstall) throw new Error(missing("it is not on the PATH"));
  const install = spawnSync("sh", ["-c", INSTALL_COMMAND], {
    // Whether the package starts its service does not matter: every test server has a port and a directory of its own.
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 300_000,
  });
  const installed = findNatsServer();
  if (installed === null)
    throw new Error(missing(`installing it failed:\n${(install.stdout + install.stderr).slice(-2_000)}`));
  return installed;
}

function missing(why: string): string {
  return `these tests need nats-server, and ${why}\nOn Debian or Ubuntu run:\n  sudo sh -c '${INSTALL_COMMAND}'\nElsewhere put a nats-server (2.9.10 or newer, from https://github.com/nats-io/nats-server/releases) on the PATH.`;
}

export async function startNatsServer(options: NatsServerOptions = {}): Promise<NatsServer> {
  const binary = options.binary ?? ensureNatsServer();
  const scratch = mkdtempSync(join(tmpdir(), "heed-nats-"));
  const storeDir = options.storeDir ?? join(scratch, "store");
  let life: Life;
  try {
    life = await begin(options.port ?? -1);
  } catch (error) {
    rmSync(scratch, { recursive: true, force: true });
    throw error;
  }
  const { port, version } = life;
  let stopped = false;

  async function begin(onPort: number): Promise<Life> {
    const configFile = join(scratch, "nats.conf");
    writeFileSync(configFile, configuration(onPort, storeDir, scratch, options.config ?? ""));
    return await startLife(binary, configFile, scratch, onPort);
  }

  return {
    url: `nats://127.0.0.1:${port}`,
    port,
    version,
    storeDir,
    get pid() {
      return life.pid;
    },
    log: () => readLog(scratch),
    async stop() {
      if (stopped) return;
      stopped = true;
      await life.end("SIGTERM");
      rmSync(scratch, { recursive: true, force: true });
    },
    async kill9() {
      await life.end("SIGKILL");
    },
    async restart() {
      if (stopped) throw new Error("this nats-server was stopped for good; start another one");
      await life.end("SIGTERM");
      life = await begin(port);
    },
  };
}

/** Quotes are JSON's, which nats-server's configuration reads alike. Its last of two equal keys wins. */
function configuration(port: number, storeDir: string, scratch: string, extra: string): string {
  return [
    `listen: "127.0.0.1:${port}"`,
    `ports_file_dir: ${JSON.stringify(scratch)}`,
    `jetstream { store_dir: ${JSON.stringify(storeDir)} }`,
    extra,
    "",
  ].join("\n");
}

/** One process of the server, from start to exit. */
interface Life {
  readonly pid: number;
  readonly port: number;
  readonly version: string;
  end(signal: "SIGTERM" | "SIGKILL"): Promise<void>;
}

async function startLife(binary: string, configFile: string, scratch: string, onPort: number): Promise<Life> {
  const log = openSync(join(scratch, "log"), "a");
  const child = spawn(binary, ["-c", configFile], { stdio: ["ignore", log, log] });
  closeSync(log);
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()).once("error", () => resolve()));
  const pid = child.pid;
  if (pid === undefined) throw new Error(`${binary} could not be started`);
  const watchdog = startWatchdog(pid, scratch);
  const end = async (signal: "SIGTERM" | "SIGKILL"): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill(signal);
      // A server that a test froze cannot hear SIGTERM.
      const patience = setTimeout(() => child.kill("SIGKILL"), EXIT_WITHIN_MS);
      await exited;
      clearTimeout(patience);
    }
    watchdog.kill("SIGKILL");
  };
  try {
    const port = onPort > 0 ? onPort : await announcedPort(child, scratch, pid);
    const version = await ready(child, port);
    return { pid, port, version, end };
  } catch (error) {
    await end("SIGKILL");
    throw new Error(`nats-server did not become ready: ${String(error)}\n${readLog(scratch).slice(-2_000)}`, {
      cause: error,
    });
  }
}

/**
 * Holds a pipe of ours; when it closes, because this process ended in whatever way, SIGKILL included, it kills the
 * server and removes its scratch directory. So no server outlives the tests that started it.
 */
function startWatchdog(pid: number, scratch: string): ChildProcess {
  const watchdog = spawn("sh", ["-c", 'read -r _; kill -9 "$1"; rm -rf "$2"', "sh", String(pid), scratch], {
    stdio: ["pipe", "ignore", "ignore"],
    // A group of its own: Ctrl-C in a terminal must not end the watchdog before its work.
    detached: true,
  });
  watchdog.unref();
  // Neither the watchdog nor our end of its pipe, a socket, may hold this process open.
  if (watchdog.stdin instanceof Socket) watchdog.stdin.unref();
  return watchdog;
}

/** With port -1 the server picks a free port and writes it down: no moment in which another process could take it. */
async function announcedPort(child: ChildProcess, scratch: string, pid: number): Promise<number> {
  const file = join(scratch, `nats-server_${pid}.ports`);
  const deadline = Date.now() + READY_WITHIN_MS;
  for (;;) {
    const port = /(?:nats|tls):\/\/127\.0\.0\.1:(\d+)/.exec(readOr(file, ""))?.[1];
    if (port !== undefined) return Number(port);
    await pause(child, deadline);
  }
}

/** Waits for the INFO line, which the server sends only after JetStream has recovered; returns the version it names. */
async function ready(child: ChildProcess, port: number): Promise<string> {
  const deadline = Date.now() + READY_WITHIN_MS;
  for (;;) {
    const info = await greeting(port);
    const version = /"version":"([^"]+)"/.exec(info)?.[1];
    // Another process may answer on a port that our server, restarting, did not get back: then ours exits, and pause says so.
    if (version !== undefined && child.exitCode === null) return version;
    await pause(child, deadline);
  }
}

async function greeting(port: number): Promise<string> {
  return await new Promise((resolve) => {
    let text = "";
    const socket = connect(port, "127.0.0.1");
    socket.setTimeout(1_000, () => socket.destroy());
    socket.on("data", (chunk) => {
      text += chunk.toString("utf8");
      if (text.includes("\r\n")) socket.destroy();
    });
    socket.on("error", () => socket.destroy());
    socket.on("close", () => resolve(text));
  });
}

async function pause(child: ChildProcess, deadline: number): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) throw new Error("it exited");
  if (Date.now() > deadline) throw new Error(`no answer within ${READY_WITHIN_MS} ms`);
  await sleep(20);
}

function readLog(scratch: string): string {
  return readOr(join(scratch, "log"), "");
}

function readOr(file: string, otherwise: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return otherwise;
  }
}
