import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CanonicalEvent } from "../../core/model/event.ts";
import { liftEvent } from "../../core/model/lift-event.ts";
import { parseJson } from "../../core/model/parse-json.ts";
import type { RecordedEvent } from "../recording.ts";

/**
 * The recording on disk for as long as it is played, because it is read by two arms, and messages that an arm sends
 * earlier than production did have reactions that lie ahead. Nobody but this process can open it, and nothing is left of
 * it: the file has no name once it is open.
 *
 * A record is a header (bytes of the text, the key's number, the message's number from 1 or 0, then the moment as a
 * double), the key in JSON, a line feed, and the event as it was recorded.
 */
export interface SpoolWriter {
  /** `message`: that it speaks of, from 1, or 0. Gives the place of the record. */
  append(number: number, message: number, recorded: RecordedEvent): number;
  /** The file, to be read from any thread of this process, and closed by whoever is done with all. */
  finish(): Spool;
}

export interface Spool {
  readonly file: number;
  readonly bytes: number;
}

export interface SpoolHeader {
  readonly at: number;
  readonly number: number;
  /** The message of ours that it speaks of, from 1; 0 when it speaks of none. */
  readonly message: number;
}

export interface SpoolRecord extends SpoolHeader {
  readonly text: string;
}

const HEADER = 20;
const CHUNK = 1 << 20;

export function createSpool(): SpoolWriter {
  const folder = mkdtempSync(join(tmpdir(), "heed-plan-"));
  const file = openSync(join(folder, "recording"), "wx+", 0o600);
  rmSync(folder, { recursive: true, force: true });
  let buffer = Buffer.allocUnsafe(2 * CHUNK);
  let filled = 0;
  let written = 0;
  const flush = (): void => {
    writeAll(file, buffer.subarray(0, filled));
    written += filled;
    filled = 0;
  };
  return {
    append(number, message, { at, key, event, json }) {
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
      buffer.writeUInt32LE(number, filled + 4);
      buffer.writeUInt32LE(message, filled + 8);
      buffer.writeDoubleLE(at, filled + 12);
      filled += HEADER + length;
      return place;
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

export function closeSpool({ file }: Spool): void {
  closeSync(file);
}

/** All records in order of those whose key is wanted. The texts of others are passed over. */
export function* readSpool({ file, bytes }: Spool, wanted: (number: number) => boolean): Generator<SpoolRecord> {
  let buffer = Buffer.allocUnsafe(CHUNK);
  let [from, begin, end] = [0, 0, 0];
  const fill = (needed: number): boolean => {
    if (end - begin >= needed) return true;
    if (needed > buffer.length) buffer = Buffer.concat([buffer.subarray(begin, end), Buffer.alloc(needed)]);
    else buffer.copy(buffer, 0, begin, end);
    [begin, end] = [0, end - begin];
    while (end < needed && from < bytes) {
      const got = readSync(file, buffer, end, Math.min(buffer.length - end, bytes - from), from);
      if (got === 0) break;
      from += got;
      end += got;
    }
    return end >= needed;
  };
  while (fill(HEADER)) {
    const header = headerAt(buffer, begin);
    if (!fill(HEADER + header.length)) return;
    if (wanted(header.number)) yield { ...header, text: textAt(buffer, begin, header.length) };
    begin += HEADER + header.length;
  }
}

/** One record by its place. */
export function createSpoolReader({ file }: Spool): (place: number) => SpoolRecord {
  let buffer = Buffer.allocUnsafe(4_096);
  return (place) => {
    let got = readSync(file, buffer, 0, buffer.length, place);
    const header = headerAt(buffer, 0);
    const needed = HEADER + header.length;
    if (needed > buffer.length) buffer = Buffer.concat([buffer], needed);
    while (got < needed) got += readSync(file, buffer, got, needed - got, place + got);
    return { ...header, text: textAt(buffer, 0, header.length) };
  };
}

/** What `append` wrote. The event is as its sender wrote it, and is read as it was then. */
export function eventIn({ text }: SpoolRecord): { readonly key: string; readonly event: CanonicalEvent } {
  const end = text.indexOf("\n");
  const parsed = parseJson(text.slice(end + 1));
  const lifted = liftEvent(parsed.ok ? parsed.value : null);
  if (lifted.kind !== "event") throw new TypeError("the spool holds what was no event");
  return { key: JSON.parse(text.slice(0, end)) as string, event: lifted.event };
}

function headerAt(buffer: Buffer, at: number): SpoolHeader & { readonly length: number } {
  return {
    length: buffer.readUInt32LE(at),
    number: buffer.readUInt32LE(at + 4),
    message: buffer.readUInt32LE(at + 8),
    at: buffer.readDoubleLE(at + 12),
  };
}

function textAt(buffer: Buffer, at: number, length: number): string {
  return buffer.toString("utf8", at + HEADER, at + HEADER + length);
}
