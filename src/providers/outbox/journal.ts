import { mkdir, open, readFile, rename } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { readRecord } from "./record.ts";
import type { OutboxRecord } from "./record.ts";

/** At this size the file is moved aside and begun anew; one older file is kept. */
const defaultRotateBytes = 16 * 1_048_576;
const newline = 0x0a;

/**
 * An append-only file of records, one line of JSON each. `append` resolves when the line is on disk. A process that is
 * killed in the middle of a line leaves a torn one: opening the file again takes it off, and readers skip it.
 */
export interface Journal {
  append(record: OutboxRecord): Promise<void>;
  /** The intent id was written before, in either file. */
  has(intentId: string): boolean;
  close(): Promise<void>;
}

export async function openJournal(directory: string, rotateBytes = defaultRotateBytes): Promise<Journal> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const { current, previous } = journalPaths(directory);
  let before = intentsOf(await readLines(previous));
  let file = await openRepaired(current);
  let now = intentsOf(await readLines(current));
  await syncDirectory(directory);

  const rotateWhenFull = async (): Promise<void> => {
    if (file.size < rotateBytes) return;
    await file.handle.close();
    await rename(current, previous);
    file = await openRepaired(current);
    await syncDirectory(directory);
    before = now;
    now = new Set();
  };
  const write = async (record: OutboxRecord): Promise<void> => {
    await rotateWhenFull();
    const line = Buffer.from(`${JSON.stringify(record)}\n`, "utf8");
    try {
      await file.handle.appendFile(line);
      await file.handle.datasync();
    } catch (error) {
      // A full disk may have taken half the line; the next one must not be glued to it.
      await file.handle.truncate(file.size).catch(() => undefined);
      throw error;
    }
    file.size += line.length;
    now.add(record.intent);
  };

  // One write at a time, so that a failed one can be undone without touching another's line.
  let last: Promise<void> = Promise.resolve();
  return {
    append(record) {
      const done = last.then(() => write(record));
      last = done.catch(() => undefined);
      return done;
    },
    has: (intentId) => now.has(intentId) || before.has(intentId),
    async close() {
      await last;
      await file.handle.close();
    },
  };
}

/** The newest records first, over both files. Any process may call it while another one writes. */
export async function readOutbox(
  directory: string,
  { limit }: { readonly limit: number },
): Promise<readonly OutboxRecord[]> {
  const { current, previous } = journalPaths(directory);
  const newest = recordsOf(await readLines(current), limit);
  if (newest.length >= limit) return newest;
  return [...newest, ...recordsOf(await readLines(previous), limit - newest.length)];
}

/** Whose messages: a contact's, and those to addresses of theirs that were sent to nobody who was known. */
export interface Recipient {
  readonly contactId: string | null;
  readonly addresses: readonly string[];
}

/** Who is known by an identity key. */
export function recipientOf(key: string): Recipient {
  const name = key.slice(key.indexOf(":") + 1);
  return key.startsWith("id:") ? { contactId: name, addresses: [] } : { contactId: null, addresses: [name] };
}

export function isTo({ contactId, addresses }: Recipient, record: OutboxRecord): boolean {
  if (record.contact_id !== null) return record.contact_id === contactId;
  return record.to !== null && addresses.includes(record.to);
}

/**
 * Takes out who got a message and what it said, and returns of how many. Each line keeps its length and its intent, so
 * that a process which is writing at its end is not disturbed, and no message is sent twice.
 */
export async function forgetInOutbox(directory: string, recipient: Recipient): Promise<number> {
  const { current, previous } = journalPaths(directory);
  let forgotten = 0;
  for (const path of [previous, current]) {
    const handle = await open(path, "r+").catch(unlessAbsent);
    if (handle === null) continue;
    try {
      forgotten += await forgetIn(handle, recipient);
    } finally {
      await handle.close();
    }
  }
  return forgotten;
}

async function forgetIn(handle: FileHandle, recipient: Recipient): Promise<number> {
  const bytes = await handle.readFile();
  let forgotten = 0;
  for (let start = 0, end = bytes.indexOf(newline); end >= 0; start = end + 1, end = bytes.indexOf(newline, start)) {
    const record = readRecord(bytes.toString("utf8", start, end));
    if (record === null || !isTo(recipient, record)) continue;
    const { at, intent, rule, channel, kind, from } = record;
    const rest = JSON.stringify({ at, intent, rule, contact_id: null, channel, kind, from, to: null, content: {} });
    const blank = Buffer.alloc(end - start, " ");
    blank.write(rest, "utf8");
    await handle.write(blank, 0, blank.length, start);
    forgotten += 1;
  }
  if (forgotten > 0) await handle.datasync();
  return forgotten;
}

function unlessAbsent(error: unknown): null {
  if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
  throw error;
}

function journalPaths(directory: string): { readonly current: string; readonly previous: string } {
  return { current: join(directory, "outbox.ndjson"), previous: join(directory, "outbox.1.ndjson") };
}

/** Opened for appending, readable by the owner alone, and ending with a whole line. */
async function openRepaired(path: string): Promise<{ readonly handle: FileHandle; size: number }> {
  const handle = await open(path, "a+", 0o600);
  const bytes = await handle.readFile();
  const whole = bytes.lastIndexOf(newline) + 1;
  if (whole < bytes.length) {
    await handle.truncate(whole);
    await handle.datasync();
  }
  return { handle, size: whole };
}

/** A file's name is on disk only when its directory is. */
async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function readLines(path: string): Promise<readonly string[]> {
  try {
    return (await readFile(path, "utf8")).split("\n");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}

function intentsOf(lines: readonly string[]): Set<string> {
  const intents = new Set<string>();
  for (const line of lines) {
    const record = readRecord(line);
    if (record !== null) intents.add(record.intent);
  }
  return intents;
}

function recordsOf(lines: readonly string[], limit: number): readonly OutboxRecord[] {
  const records: OutboxRecord[] = [];
  for (let at = lines.length - 1; at >= 0 && records.length < limit; at -= 1) {
    const record = readRecord(lines[at] ?? "");
    if (record !== null) records.push(record);
  }
  return records;
}
