import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePorts } from "./free-ports.ts";

/** A real database server on the loopback interface, with a directory of its own. */
export interface DatabaseServer {
  readonly url: string;
  /** SIGKILL, as a crash would; what it wrote stays for `restart`. */
  kill9(): Promise<void>;
  restart(): Promise<void>;
  /** Ends it for good and removes its directory. */
  stop(): Promise<void>;
}

const READY_WITHIN_MS = 60_000;
const INSTALL_COMMAND = "apt-get update && apt-get install -y --no-install-recommends postgresql redis-server";
const POSTGRES_HOME = "/usr/lib/postgresql";

interface Binaries {
  readonly postgres: string;
  readonly initdb: string;
  readonly redis: string;
}

/** Finds both servers, or installs Debian's packages when run as root on Debian, or throws an error that says what to run. */
export function ensureDatabaseServers(): Binaries {
  const found = find();
  if (found !== null) return found;
  if (process.getuid?.() !== 0 || spawnSync("apt-get", ["--version"]).status !== 0) throw new Error(missing());
  spawnSync("sh", ["-c", INSTALL_COMMAND], {
    // Whether the packages start their services does not matter: every test server has a port and a directory of its own.
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    stdio: "ignore",
    timeout: 300_000,
  });
  const installed = find();
  if (installed === null) throw new Error(missing());
  return installed;
}

function find(): Binaries | null {
  const versions = existsSync(POSTGRES_HOME) ? readdirSync(POSTGRES_HOME).toSorted().toReversed() : [];
  const folder = versions
    .map((version) => join(POSTGRES_HOME, version, "bin"))
    .find((bin) => existsSync(join(bin, "initdb")));
  const redis = ["/usr/bin/redis-server", "/usr/local/bin/redis-server"].find((path) => existsSync(path));
  if (folder === undefined || redis === undefined) return null;
  return { postgres: join(folder, "postgres"), initdb: join(folder, "initdb"), redis };
}

function missing(): string {
  return `these tests need PostgreSQL and Redis\nOn Debian or Ubuntu run:\n  sudo sh -c '${INSTALL_COMMAND}'`;
}

/** The user that PostgreSQL runs as: it refuses root. Anybody else runs it as themselves. */
function unprivileged(): { readonly uid: number; readonly gid: number } | null {
  if (process.getuid?.() !== 0) return null;
  const line = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .find((entry) => entry.startsWith("postgres:"));
  const [, , uid = "", gid = ""] = (line ?? "").split(":");
  if (uid === "") throw new Error("the user `postgres`, which Debian's package makes, is not there");
  return { uid: Number(uid), gid: Number(gid) };
}

export async function startPostgres(): Promise<DatabaseServer> {
  const { postgres, initdb } = ensureDatabaseServers();
  const owner = unprivileged();
  const folder = mkdtempSync(join(tmpdir(), "heed-postgres-"));
  const data = join(folder, "data");
  if (owner !== null) chownSync(folder, owner.uid, owner.gid);
  const init = spawnSync(initdb, ["-D", data, "-U", "heed", "-A", "trust", "-E", "UTF8", "--no-sync"], {
    ...owner,
    encoding: "utf8",
  });
  if (init.status !== 0) throw new Error(`initdb failed:\n${init.stderr}`);
  const [port = 0] = await freePorts(1);
  const args = ["-D", data, "-p", String(port), "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="];
  const quick = ["-c", "fsync=off", "-c", "timezone=America/New_York"];
  return startServer({
    command: postgres,
    args: [...args, ...quick],
    owner,
    folder,
    port,
    url: `postgres://heed@127.0.0.1:${port}/postgres`,
    // What SIGTERM asks for is an end after the last client has gone.
    stopWith: "SIGINT",
  });
}

export async function startRedis(): Promise<DatabaseServer> {
  const { redis } = ensureDatabaseServers();
  const folder = mkdtempSync(join(tmpdir(), "heed-redis-"));
  chmodSync(folder, 0o700);
  const [port = 0] = await freePorts(1);
  const args = ["--port", String(port), "--bind", "127.0.0.1", "--dir", folder, "--save", "", "--appendonly", "yes"];
  const url = `redis://127.0.0.1:${port}`;
  return startServer({ command: redis, args, owner: null, folder, port, url, stopWith: "SIGTERM" });
}

interface ServerOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly owner: { readonly uid: number; readonly gid: number } | null;
  readonly folder: string;
  readonly port: number;
  readonly url: string;
  readonly stopWith: NodeJS.Signals;
}

async function startServer(options: ServerOptions): Promise<DatabaseServer> {
  let child = await begin(options);
  return {
    url: options.url,
    kill9: () => ended(child, "SIGKILL"),
    async restart() {
      await ended(child, options.stopWith);
      child = await begin(options);
    },
    async stop() {
      await ended(child, options.stopWith);
      rmSync(options.folder, { recursive: true, force: true });
    },
  };
}

async function begin({ command, args, owner, folder, port }: ServerOptions): Promise<ChildProcess> {
  const child = spawn(command, args, { ...owner, cwd: folder, stdio: "ignore" });
  for (const until = Date.now() + READY_WITHIN_MS; Date.now() < until; await sleep(50)) {
    if (child.exitCode !== null) throw new Error(`${command} ended at once with ${child.exitCode}`);
    if (await listens(port)) return child;
  }
  child.kill("SIGKILL");
  throw new Error(`${command} did not listen on port ${port} in time`);
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once("connect", () => end(true)).once("error", () => end(false));
  });
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise((resolve) => child.once("exit", resolve));
  child.kill(signal);
  await exit;
}
