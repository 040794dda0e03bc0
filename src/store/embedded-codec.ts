import { createHash } from "node:crypto";
import type { QueuedEntry } from "./lane-reader.ts";
import type { Key } from "./store.ts";

/**
 * How the embedded store lays bytes out. Keys of the database sort bytewise, so numbers in them are big-endian; texts
 * that are followed by something are preceded by their length, so that no key is a prefix of another.
 */

/** Eight bytes that sort like the number. Whole, from 0 to 2^53. */
export function sortable(value: number): Buffer {
  const whole = Math.min(Number.MAX_SAFE_INTEGER, Math.max(0, Math.floor(value)));
  const buffer = Buffer.allocUnsafe(8);
  buffer.writeUInt32BE(Math.floor(whole / 0x1_0000_0000), 0);
  buffer.writeUInt32BE(whole >>> 0, 4);
  return buffer;
}

export function fromSortable(buffer: Buffer, offset: number): number {
  return buffer.readUInt32BE(offset) * 0x1_0000_0000 + buffer.readUInt32BE(offset + 4);
}

/** A text with its length before it. At most 255 bytes: lanes and keys. */
export function prefixed(text: string): Buffer {
  const bytes = Buffer.from(text, "utf8");
  if (bytes.length > 255) throw new RangeError(`a lane's name has at most 255 bytes, found ${bytes.length}`);
  return Buffer.concat([Buffer.of(bytes.length), bytes]);
}

/** The first key after all that begin with this prefix. */
export function after(prefix: Buffer): Buffer {
  return Buffer.concat([prefix, Buffer.alloc(9, 0xff)]);
}

/** Sixteen bytes that stand for texts without containing them: ids may be long and may be personal. */
export function fingerprint(...texts: readonly string[]): Buffer {
  const hash = createHash("sha256");
  for (const text of texts) hash.update(`${Buffer.byteLength(text, "utf8")}:`).update(text, "utf8");
  return hash.digest().subarray(0, 16);
}

/** Layout: attempt, time, lengths of the three texts, the texts, the body. */
const ENTRY_HEAD = 18;

export function encodeEntry(entry: Omit<QueuedEntry, "seq">): Buffer {
  const key = Buffer.from(entry.key, "utf8");
  const id = Buffer.from(entry.id, "utf8");
  const reason = Buffer.from(entry.reason ?? "", "utf8").subarray(0, 0xffff);
  const buffer = Buffer.allocUnsafe(ENTRY_HEAD + key.length + id.length + reason.length + entry.body.byteLength);
  buffer.writeUInt32BE(entry.attempt, 0);
  buffer.writeDoubleBE(entry.at, 4);
  buffer.writeUInt16BE(key.length, 12);
  buffer.writeUInt16BE(id.length, 14);
  buffer.writeUInt16BE(reason.length, 16);
  let offset = ENTRY_HEAD;
  for (const part of [key, id, reason, entry.body]) {
    buffer.set(part, offset);
    offset += part.byteLength;
  }
  return buffer;
}

export function entryKey(value: Buffer): Key {
  return value.toString("utf8", ENTRY_HEAD, ENTRY_HEAD + value.readUInt16BE(12));
}

export function decodeEntry(seq: number, value: Buffer): QueuedEntry {
  const idAt = ENTRY_HEAD + value.readUInt16BE(12);
  const reasonAt = idAt + value.readUInt16BE(14);
  const bodyAt = reasonAt + value.readUInt16BE(16);
  const reason = value.toString("utf8", reasonAt, bodyAt);
  return {
    seq,
    id: value.toString("utf8", idAt, reasonAt),
    key: entryKey(value),
    body: new Uint8Array(value.subarray(bodyAt)),
    at: value.readDoubleBE(4),
    attempt: value.readUInt32BE(0),
    ...(reason === "" ? {} : { reason }),
  };
}

/** A document, or the tombstone of one. `timer` is where its wake-up stands in the index, NaN when it has none. */
export interface StoredDocument {
  readonly erased: boolean;
  /** The revision; of a tombstone, the number up to which everything of the key is gone. */
  readonly rev: number;
  readonly writtenAt: number;
  readonly timer: number;
  readonly body: Uint8Array;
}

const DOCUMENT_HEAD = 25;

export function encodeDocument(document: StoredDocument): Buffer {
  const buffer = Buffer.allocUnsafe(DOCUMENT_HEAD + document.body.byteLength);
  buffer.writeUInt8(document.erased ? 1 : 0, 0);
  buffer.writeDoubleBE(document.rev, 1);
  buffer.writeDoubleBE(document.writtenAt, 9);
  buffer.writeDoubleBE(document.timer, 17);
  buffer.set(document.body, DOCUMENT_HEAD);
  return buffer;
}

export function decodeDocument(value: Buffer): StoredDocument {
  return {
    erased: value.readUInt8(0) === 1,
    rev: value.readDoubleBE(1),
    writtenAt: value.readDoubleBE(9),
    timer: value.readDoubleBE(17),
    body: new Uint8Array(value.subarray(DOCUMENT_HEAD)),
  };
}
