import { closeSync, createReadStream, openSync, readSync, statSync } from "node:fs";
import type { Readable } from "node:stream";
import { constants, createGunzip, gunzipSync } from "node:zlib";
import { BadSetting } from "../run-settings.ts";

const CHUNK_BYTES = 1024 * 1024;
/** No event is longer: doors refuse what is. */
const MOST_LINE_BYTES = 16 * 1024 * 1024;
const NEWLINE = 0x0a;

/** The lines of a file that begin at one of these bytes: a file that is cut into stretches has each line in one of them. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

export const wholeFile: Stretch = { from: 0, to: Number.POSITIVE_INFINITY };

/**
 * The lines of a file, many at a time, without their ends, as bytes: whoever needs a few of them parses no others. What
 * gzip has packed is unpacked, and read as a whole. Throws `BadSetting` for a file that cannot be read.
 */
export async function* readLines(
  path: string,
  name: string,
  stretch: Stretch = wholeFile,
): AsyncGenerator<readonly Buffer[]> {
  try {
    // The byte before tells whether a line begins at the first one.
    const first = Math.max(0, stretch.from - 1);
    yield* linesIn(openBytes(path, first), first, stretch);
  } catch (fault) {
    throw unreadable(name, fault);
  }
}

/** `first`: where in the file the input begins. */
async function* linesIn(
  input: AsyncIterable<Buffer>,
  first: number,
  { from, to }: Stretch,
): AsyncGenerator<readonly Buffer[]> {
  let begun: Buffer = Buffer.alloc(0);
  /** Where in the file the line begins that is being read. */
  let at = first;
  for await (const chunk of input) {
    const lines: Buffer[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0 && at < to; end = chunk.indexOf(NEWLINE, start)) {
      const piece = chunk.subarray(start, end);
      const line = begun.length === 0 ? piece : Buffer.concat([begun, piece]);
      begun = Buffer.alloc(0);
      if (at >= from) lines.push(line);
      at += line.length + 1;
      start = end + 1;
    }
    yield lines;
    if (at >= to) return;
    if (start < chunk.length) begun = Buffer.concat([begun, chunk.subarray(start)]);
    if (begun.length > MOST_LINE_BYTES)
      throw new BadSetting("a line has more than 16 MB: expected an event in each line (NDJSON)");
  }
  if (begun.length > 0 && at >= from) yield [begun];
}

function openBytes(path: string, first: number): Readable {
  const packed = beginsPacked(headOf(path, 2));
  const file = createReadStream(path, { highWaterMark: CHUNK_BYTES, start: first });
  if (!packed) return file;
  const unpacked = createGunzip({ chunkSize: CHUNK_BYTES });
  file.on("error", (fault) => unpacked.destroy(fault));
  return file.pipe(unpacked);
}

/** Throws `BadSetting` for a file that cannot be read. */
export function measureFile(path: string, name: string): FileMeasure {
  try {
    const { size } = statSync(path);
    const head = headOf(path, HEAD_BYTES);
    const text = beginsPacked(head) ? gunzipSync(head, { finishFlush: constants.Z_SYNC_FLUSH }) : head;
    let ends = 0;
    for (let end = text.indexOf(NEWLINE); end >= 0; end = text.indexOf(NEWLINE, end + 1)) ends += 1;
    return { bytes: size, isPacked: beginsPacked(head), lines: Math.ceil((ends * size) / Math.max(1, head.length)) };
  } catch (fault) {
    throw unreadable(name, fault);
  }
}

export interface FileMeasure {
  readonly bytes: number;
  readonly isPacked: boolean;
  /** About how many it has, as far as its beginning tells. */
  readonly lines: number;
}

const HEAD_BYTES = 256 * 1024;

function headOf(path: string, most: number): Buffer {
  const file = openSync(path, "r");
  try {
    const head = Buffer.alloc(most);
    return head.subarray(0, readSync(file, head, 0, most, 0));
  } finally {
    closeSync(file);
  }
}

/** By its first bytes, whatever it is called. */
function beginsPacked(head: Buffer): boolean {
  return head[0] === 0x1f && head[1] === 0x8b;
}

function unreadable(name: string, fault: unknown): BadSetting {
  return fault instanceof BadSetting ? fault : new BadSetting(`${name} cannot be read: ${whyOf(fault)}`);
}

function whyOf(fault: unknown): string {
  const code = fault instanceof Error && "code" in fault ? String(fault.code) : String(fault);
  if (code === "ENOENT") return "there is no such file";
  if (code === "EISDIR") return "it is a folder";
  return code.startsWith("Z_") ? "it begins like a .gz file and is damaged or cut off" : code;
}
