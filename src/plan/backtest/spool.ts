import { mkdtempSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CanonicalEvent } from "../../core/model/event.ts";
import { liftEvent } from "../../core/model/lift-event.ts";
import { parseJson } from "../../core/model/parse-json.ts";
import type { RecordedEvent } from "../recorded.ts";
import { hashBytes } from "./hash.ts";

/**
 * A piece of the recording on disk for as long as it is played, because it is read by two arms, and messages that an arm
 * sends earlier than production did have reactions that lie ahead. Nobody but this process can open it, and nothing is
 * left of it: the file has no name once it is open.
 *
 * A record is a header (bytes of the text, then the moment as a double), the key in JSON, a line feed, and the event as
 * it was recorded.
 */
export interface SpoolWriter {
  append(recorded: RecordedEvent): Appended;
  finish(): Spool;
}

export interface Appended {
  readonly place: number;
  /** Of all that the record says, the moment aside. */
  readonly hash: number;
}

/** To be read from any thread of this process. */
export interface Spool {
  readonly file: number;
  readonly bytes: number;
}

/** Of all pieces. Places go on from one to the next. */
export type Spools = readonly Spool[];

export interface SpoolRecord {
  readonly at: number;
  readonly text: string;
}

const HEADER = 12;
const CHUNK = 1 << 20;

/** A file without a name, to be closed by whoever asked for it. */
export function openSpoolFile(): number {
  const folder = mkdtempSync(join(tmpdir(), "heed-plan-"));
  const file = openSync(join(folder, "recording"), "wx+", 0o600);
  rmSync(folder, { recursive: true, force: true });
  return file;
}

export function createSpool(file: number): SpoolWriter {
  let buffer = Buffer.allocUnsafe(2 * CHUNK);
  let filled = 0;
  let written = 0;
  const flush = (): void => {
    writeAll(file, buffer.subarray(0, filled));
    written += filled;
    filled = 0;
  };
  return {
    append({ at, key, event, json }) {
      const begin = `${JSON.stringify(key)}\n`;
      const stored = json ?? JSON.stringify(event);
      const most = HEADER + 3 * (begin.length + stored.length);
      if (filled + most > buffer.length) flush();
      if (most > buffer.length) buffer = Buffer.allocUnsafe(most);
      const place = written + filled;
      let length = buffer.write(begin, filled + HEADER);
      if (typeof stored === "string") length += buffer.write(stored, filled + HEADER + length);
      else {
        buffer.set(stored, filled + HEADER + length);
        length += stored.length;
      }
      buffer.writeUInt32LE(length, filled);
      buffer.writeDoubleLE(at, filled + 4);
      const hash = hashBytes(buffer, filled + HEADER, filled + HEADER + length);
      filled += HEADER + length;
      return { place, hash };
    },
    finish() {
      flush();
      return { file, bytes: written };
    },
  };
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done);
}

/** As much as is read at once where records are far from each other, and where one stands behind the other. */
export const reach = { near: 1 << 12, far: 1 << 20 } as const;

/** Reads records by their places. */
export function createSpoolReader(spools: Spools, atOnce: number): (place: number) => SpoolRecord {
  let buffer = Buffer.allocUnsafe(atOnce);
  /** What of which file is in the buffer. */
  let [held, begin, end] = [-1, 0, 0];
  const read = (file: number, from: number, length: number): void => {
    if (length > buffer.length) buffer = Buffer.allocUnsafe(length);
    [held, begin, end] = [file, from, from];
    while (end - begin < length) {
      const got = readSync(file, buffer, end - begin, buffer.length - (end - begin), end);
      if (got === 0) throw new RangeError("a place beyond the spool was read");
      end += got;
    }
  };
  return (place) => {
    const { file, from } = spotOf(spools, place);
    if (file !== held || from < begin || from + HEADER > end) read(file, from, HEADER);
    const length = HEADER + buffer.readUInt32LE(from - begin);
    if (from + length > end) read(file, from, length);
    const start = from - begin;
    return {
      at: buffer.readDoubleLE(start + 4),
      text: buffer.toString("utf8", start + HEADER, start + length),
    };
  };
}

/** In which file a place is, and where there. */
function spotOf(spools: Spools, place: number): { readonly file: number; readonly from: number } {
  let from = place;
  for (const { file, bytes } of spools) {
    if (from < bytes) return { file, from };
    from -= bytes;
  }
  throw new RangeError("a place beyond the spools was asked for");
}

/** What `append` wrote. The event is as its sender wrote it, and is read as it was then. */
export function eventIn({ text }: SpoolRecord): { readonly key: string; readonly event: CanonicalEvent } {
  const end = text.indexOf("\n");
  const parsed = parseJson(text.slice(end + 1));
  const lifted = liftEvent(parsed.ok ? parsed.value : null);
  if (lifted.kind !== "event") throw new TypeError("the spool holds what was no event");
  return { key: JSON.parse(text.slice(0, end)) as string, event: lifted.event };
}
