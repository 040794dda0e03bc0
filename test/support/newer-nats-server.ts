import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { userInfo } from "node:os";
import { basename, join } from "node:path";
import { ensureNatsServer } from "./nats-server.ts";

/**
 * The server of a newer stable Debian, for what an old one can't do (replicas, say) and to see that both work. Its
 * package is unpacked into a folder of ours and never installed: the machine stays as it is.
 */
const RELEASE = "trixie";
const CACHE = new URL("../../node_modules/.cache/", import.meta.url).pathname;
const UNPACKED = join(CACHE, `nats-server-${RELEASE}`);
const BINARY = join(UNPACKED, "usr/sbin/nats-server");
/** From here on replicas can be trusted. */
const NEW_ENOUGH = [2, 10, 23] as const;

/** The path of a nats-server of 2.10.23 or newer, or null: that on the PATH, or one unpacked before. Fetches nothing. */
export function findNewerNatsServer(): string | null {
  if (existsSync(BINARY)) return BINARY;
  const onPath = ensureNatsServer();
  return isNewEnough(onPath) ? onPath : null;
}

/** Finds it or fetches it, or throws an error that says what to do. */
export function ensureNewerNatsServer(): string {
  const found = findNewerNatsServer();
  if (found !== null) return found;
  mkdirSync(CACHE, { recursive: true });
  const work = mkdtempSync(join(CACHE, "fetching-nats-server-"));
  try {
    fetchPackage(work);
    // As one step: another run may do the same at the same time.
    if (!existsSync(BINARY)) renameSync(join(work, "unpacked"), UNPACKED);
  } catch (error) {
    if (existsSync(BINARY)) return BINARY;
    throw new Error(missing(error instanceof Error ? error.message : String(error)), { cause: error });
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return BINARY;
}

function missing(why: string): string {
  return `nats-server ${NEW_ENOUGH.join(".")} or newer is needed, and Debian's package of ${RELEASE} could not be fetched:\n${why}\nPut a newer nats-server on the PATH, or run this on Debian with its package sources in reach.`;
}

function isNewEnough(binary: string): boolean {
  const version = /v(\d+)\.(\d+)\.(\d+)/.exec(spawnSync(binary, ["--version"], { encoding: "utf8" }).stdout);
  const parts = (version?.slice(1) ?? []).map(Number);
  const differing = NEW_ENOUGH.findIndex((wanted, index) => parts[index] !== wanted);
  const [wanted, found] = [NEW_ENOUGH[differing] ?? 0, parts[differing] ?? 0];
  return parts.length === 3 && (differing === -1 || found > wanted);
}

/** With lists, archives and sources of its own, and the machine's keys: apt refuses what they did not sign. */
function fetchPackage(work: string): void {
  const folder = (name: string): string => {
    const path = join(work, name);
    mkdirSync(path);
    return path;
  };
  const settings = [
    "Dir::Etc::sourcelist=/dev/null",
    `Dir::Etc::sourceparts=${writeSources(folder("sources"))}`,
    `Dir::State::lists=${folder("lists")}`,
    `Dir::Cache=${folder("cache")}`,
    // The folder is ours and not readable by apt's own user.
    `APT::Sandbox::User=${userInfo().username}`,
    "Acquire::Languages=none",
    "Acquire::Retries=0",
    "Acquire::http::Timeout=15",
  ];
  const options = ["-c", writeHooklessConfiguration(work), ...settings.flatMap((setting) => ["-o", setting])];
  const downloads = folder("download");
  const update = run("apt-get", [...options, "update"], work);
  const download = run("apt-get", [...options, "download", "nats-server"], downloads);
  const file = readdirSync(downloads).find((name) => name.endsWith(".deb"));
  if (file === undefined) throw new Error(`${update.output}${download.output}`.slice(-2_000));
  const unpack = run("dpkg", ["-x", join(downloads, file), join(work, "unpacked")], work);
  if (!unpack.ok) throw new Error(unpack.output);
}

/** What the machine runs after its own updates is no business of this one. */
function writeHooklessConfiguration(work: string): string {
  const file = join(work, "apt.conf");
  writeFileSync(file, "#clear APT::Update::Post-Invoke;\n#clear APT::Update::Post-Invoke-Success;\n");
  return file;
}

/** The machine's own package sources, with the name of the release replaced. */
function writeSources(into: string): string {
  const own = /^VERSION_CODENAME=(\w+)/m.exec(readOr("/etc/os-release"))?.[1];
  if (own === undefined) throw new Error("this machine is no Debian: /etc/os-release has no VERSION_CODENAME");
  const parts = existsSync("/etc/apt/sources.list.d")
    ? readdirSync("/etc/apt/sources.list.d").filter((name) => /\.(?:list|sources)$/.test(name))
    : [];
  for (const path of ["/etc/apt/sources.list", ...parts.map((name) => join("/etc/apt/sources.list.d", name))]) {
    const text = readOr(path);
    const replaced = withRelease(text, own, RELEASE);
    if (replaced !== text) writeFileSync(join(into, basename(path)), replaced);
  }
  if (readdirSync(into).length === 0) throw new Error(`no source in /etc/apt is one of ${own}`);
  return into;
}

/** Package sources with another release in place of their own: as a suite, not as a part of an address or of a key's name. */
export function withRelease(sources: string, own: string, other: string): string {
  return sources
    .split("\n")
    .map((line) =>
      /^\s*(?:deb\s|Suites:)/.test(line) ? line.replace(new RegExp(`(?<=\\s)${own}(?=[\\s/-]|$)`, "g"), other) : line,
    )
    .join("\n");
}

function run(command: string, args: readonly string[], cwd: string): { readonly ok: boolean; readonly output: string } {
  const ended = spawnSync(command, args, {
    cwd,
    encoding: "utf8",
    env: { ...process.env, LC_ALL: "C" },
    timeout: 120_000,
  });
  const output = ended.error === undefined ? ended.stdout + ended.stderr : `${ended.error.message}\n`;
  return { ok: ended.status === 0, output };
}

function readOr(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
