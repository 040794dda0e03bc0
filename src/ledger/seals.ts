import { createHash } from "node:crypto";
import type { Json } from "../core/model/json.ts";
import { isJsonObject } from "../core/model/parse-json.ts";
import type { AuditLine, Key } from "../store/store.ts";

/**
 * The account is sealed in partitions. A seal is a line of the account itself, so that it goes when what it seals has
 * gone: for each line the digest of what it said, chained to the seal before it. Of a line that was erased, its digest
 * stays, which says nothing but that there was one.
 */
export interface Seal {
  readonly partition: string;
  /** 1, 2, 3 and so on in its partition. */
  readonly number: number;
  readonly at: number;
  /** The digest of the seal before it, empty before the first, and when that was made. */
  readonly previous: string;
  readonly previousAt: number;
  readonly leaves: readonly Leaf[];
  readonly digest: string;
}

/** The digest of a line, a mark of whose it is, and when it was written (epoch milliseconds). */
export type Leaf = readonly [digest: string, owner: string, at: number];

/** The end of a partition's chain. */
export interface ChainEnd {
  readonly number: number;
  readonly digest: string;
  readonly at: number;
}

/** How far the account is sealed: one document, changed together with the seals that it tells of. */
export interface SealHead {
  /** In the account: everything up to it is sealed. */
  readonly place: number;
  readonly ends: Readonly<Record<string, ChainEnd>>;
  /** Lines of before this moment may be gone, because they were older than what is kept. */
  readonly agedBefore: number;
  /** How long lines are kept, in milliseconds; null is for ever. */
  readonly keepMs: number | null;
}

export const SEALS_KEY = "heed:seals";
const noSeals: SealHead = { place: 0, ends: {}, agedBefore: 0, keepMs: null };

export function leafOf({ key, id, at, body }: Pick<AuditLine, "key" | "id" | "at" | "body">): Leaf {
  const digest = createHash("sha256")
    .update(`${JSON.stringify([key, id, at])}\n`)
    .update(body)
    .digest("base64url");
  return [digest, ownerMark(key), at];
}

/** Enough of a digest to know a key again, for those who have the key. */
export function ownerMark(key: Key): string {
  return createHash("sha256").update(key).digest("base64url").slice(0, 12);
}

/** One of 16, by whose line it is. */
function sealPartition(key: Key): string {
  return createHash("sha256").update(key).digest("hex").slice(0, 1);
}

export function digestOf({ partition, number, at, previous, previousAt, leaves }: Omit<Seal, "digest">): string {
  return createHash("sha256")
    .update(JSON.stringify([partition, number, at, previous, previousAt, leaves]))
    .digest("base64url");
}

/** The seals of these lines, one for each partition that they are of, and how far the account is sealed then. */
export function sealLines(
  head: SealHead,
  lines: readonly AuditLine[],
  now: number,
): { readonly head: SealHead; readonly seals: readonly Seal[] } {
  const byPartition = new Map<string, Leaf[]>();
  for (const line of lines) {
    if (line.key === SEALS_KEY) continue;
    const partition = sealPartition(line.key);
    const leaves = byPartition.get(partition) ?? [];
    leaves.push(leafOf(line));
    byPartition.set(partition, leaves);
  }
  const ends: Record<string, ChainEnd> = { ...head.ends };
  const seals = [...byPartition].map(([partition, leaves]): Seal => {
    const end = ends[partition] ?? { number: 0, digest: "", at: now };
    const number = end.number + 1;
    const { digest: previous, at: previousAt } = end;
    const digest = digestOf({ partition, number, at: now, previous, previousAt, leaves });
    ends[partition] = { number, digest, at: now };
    return { partition, number, at: now, previous, previousAt, leaves, digest };
  });
  return { head: { ...head, place: lines.at(-1)?.place ?? head.place, ends }, seals };
}

/** Null when it is none. */
export function readSeal(body: Uint8Array): Seal | null {
  const read = parse(body);
  return isSeal(read) ? read : null;
}

export function readSealHead(body: Uint8Array | null): SealHead {
  const read = body === null ? null : parse(body);
  return isJsonObject(read) ? { ...noSeals, ...read } : noSeals;
}

function parse(body: Uint8Array): Json {
  try {
    return JSON.parse(new TextDecoder().decode(body)) as Json;
  } catch {
    return null;
  }
}

function isSeal(value: unknown): value is Seal {
  if (typeof value !== "object" || value === null) return false;
  const has = (name: string, type: string): boolean => typeof Reflect.get(value, name) === type;
  const texts = ["partition", "previous", "digest"].every((name) => has(name, "string"));
  const numbers = ["number", "at", "previousAt"].every((name) => has(name, "number"));
  return texts && numbers && Array.isArray(Reflect.get(value, "leaves"));
}
