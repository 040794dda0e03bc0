import { existsSync, readFileSync, readlinkSync, realpathSync } from "node:fs";
import type { Table } from "./embedded-database.ts";
import { Unsupported } from "./store.ts";

/**
 * One process at a time: the leases of deliveries live in its memory. The owner is written down inside the database, in
 * a transaction that LMDB serialises across processes, so two starters can't both find the place free. What died
 * without a word, by kill -9 or power loss, is recognised by its process being gone.
 */
interface Owner {
  readonly pid: number;
  /** What tells this process from a later one of the same number: boot, pid namespace and start time, where known. */
  readonly birth: string;
}

const NAME = Buffer.from("owner", "utf8");
/** Somebody has it open. */
export class OpenElsewhere extends Unsupported {}

/** LMDB's lock does not tell two openings within one process apart. */
const openHere = new Set<string>();

/** To be called within a transaction. Throws OpenElsewhere, naming the process, when another one has the directory open. */
export function claimOwnership(meta: Table, directory: string): void {
  const owner = parseOwner(meta.getBinary(NAME));
  if (owner !== null && isAlive(owner)) {
    throw new OpenElsewhere(
      `the embedded store in ${directory} is open in process ${owner.pid}; only one process may use it at a time: stop that one, or use the JetStream store`,
    );
  }
  meta.putSync(NAME, Buffer.from(JSON.stringify({ pid: process.pid, birth: birthOf(process.pid) }), "utf8"));
  openHere.add(realpathSync(directory));
}

/** The process that has it open, or null. Changes nothing. */
export function ownerOf(meta: Table): number | null {
  const owner = parseOwner(meta.getBinary(NAME));
  return owner !== null && isAlive(owner) ? owner.pid : null;
}

export function releaseOwnership(meta: Table, directory: string): void {
  openHere.delete(realpathSync(directory));
  meta.removeSync(NAME);
}

/** To be asked before LMDB opens the files a second time. Throws OpenElsewhere. */
export function assertNotOpenHere(directory: string): void {
  if (!existsSync(directory) || !openHere.has(realpathSync(directory))) return;
  throw new OpenElsewhere(
    `the embedded store in ${directory} is open already in this process (${process.pid}); close it first`,
  );
}

function parseOwner(value: Buffer | undefined): Owner | null {
  if (value === undefined) return null;
  const owner: unknown = JSON.parse(value.toString("utf8"));
  if (typeof owner !== "object" || owner === null || !("pid" in owner) || !("birth" in owner)) return null;
  return typeof owner.pid === "number" && typeof owner.birth === "string"
    ? { pid: owner.pid, birth: owner.birth }
    : null;
}

function isAlive(owner: Owner): boolean {
  try {
    // Signal 0 asks whether the process exists and does nothing to it.
    process.kill(owner.pid, 0);
  } catch (error) {
    // EPERM: it exists and belongs to someone else.
    if (!(error instanceof Error && "code" in error && error.code === "EPERM")) return false;
  }
  return birthOf(owner.pid) === owner.birth;
}

/** Empty where /proc does not exist: then the number alone decides. */
function birthOf(pid: number): string {
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    const namespace = readlinkSync("/proc/self/ns/pid");
    // The 22nd field is the start time; the second, the command in parentheses, may contain anything.
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const started = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
    return `${boot} ${namespace} ${started}`;
  } catch {
    return "";
  }
}
