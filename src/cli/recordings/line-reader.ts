import { createReadStream, openSync, readSync, closeSync } from "node:fs";
import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { BadSetting } from "../run-settings.ts";

const CHUNK_BYTES = 1024 * 1024;
/** No event is longer: doors refuse what is. */
const MOST_LINE_BYTES = 16 * 1024 * 1024;
const NEWLINE = 0x0a;

/**
 * The lines of a file, many at a time, without their ends, as bytes: whoever needs a few of them parses no others. What
 * gzip has packed is unpacked. Throws `BadSetting` for a file that cannot be read.
 */
export async function* readLines(path: string, name: string): AsyncGenerator<readonly Buffer[]> {
  try {
    yield* linesIn(openBytes(path));
  } catch (fault) {
    if (fault instanceof BadSetting) throw fault;
    throw new BadSetting(`${name} cannot be read: ${whyOf(fault)}`);
  }
}

async function* linesIn(input: AsyncIterable<Buffer>): AsyncGenerator<readonly Buffer[]> {
  let begun: Buffer = Buffer.alloc(0);
  for await (const chunk of input) {
    const lines: Buffer[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      const piece = chunk.subarray(start, end);
      lines.push(begun.length === 0 ? piece : Buffer.concat([begun, piece]));
      begun = Buffer.alloc(0);
      start = end + 1;
    }
    if (start < chunk.length) begun = Buffer.concat([begun, chunk.subarray(start)]);
    if (begun.length > MOST_LINE_BYTES)
      throw new BadSetting("a line has more than 16 MB: expected an event in each line (NDJSON)");
    yield lines;
  }
  if (begun.length > 0) yield [begun];
}

function openBytes(path: string): Readable {
  const packed = isPacked(path);
  const file = createReadStream(path, { highWaterMark: CHUNK_BYTES });
  if (!packed) return file;
  const unpacked = createGunzip({ chunkSize: CHUNK_BYTES });
  file.on("error", (fault) => unpacked.destroy(fault));
  return file.pipe(unpacked);
}

/** By its first bytes, whatever it is called. */
function isPacked(path: string): boolean {
  const file = openSync(path, "r");
  try {
    const head = Buffer.alloc(2);
    return readSync(file, head, 0, 2, 0) === 2 && head[0] === 0x1f && head[1] === 0x8b;
  } finally {
    closeSync(file);
  }
}

function whyOf(fault: unknown): string {
  const code = fault instanceof Error && "code" in fault ? String(fault.code) : String(fault);
  if (code === "ENOENT") return "there is no such file";
  if (code === "EISDIR") return "it is a folder";
  return code.startsWith("Z_") ? "it begins like a .gz file and is damaged or cut off" : code;
}
