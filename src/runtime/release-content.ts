import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import type { RuleSource } from "../rulebook/former-rule.ts";
import type { Store } from "../store/store.ts";
import { changeHouse, type HouseKey, readHouse } from "./house-documents.ts";

/** All that a rulebook is made of, as its authors wrote it: variables of the environment stand as `${NAME}`. */
export interface RuleFiles extends RuleSource {
  /** Digests by rule id. */
  readonly rules: Readonly<Record<string, string>>;
}

/** Compressed, as it lies in the store. */
export interface PackedRules {
  readonly bytes: Uint8Array;
  /** SHA-256 of the bytes, in hex. */
  readonly digest: string;
}

/** Where it lies: documents bound how much goes into one. */
export interface Content {
  readonly digest: string;
  readonly parts: number;
}

/** What lies in the store cannot be read, or is not what was put there. */
export class DamagedRelease extends Error {
  override readonly name = "DamagedRelease";
}

/** More is no workspace: 10,000 files may be larger, and nobody's rules are. */
const MOST_BYTES = 64 * 1024 ** 2;

export async function packRules(rules: RuleFiles): Promise<PackedRules> {
  const bytes = await promisify(gzip)(Buffer.from(JSON.stringify(rules), "utf8"), { level: 9 });
  return { bytes, digest: digestOf(bytes) };
}

/** Rejects with `DamagedRelease`. */
export async function unpackRules(bytes: Uint8Array): Promise<RuleFiles> {
  const unpacked: unknown = await promisify(gunzip)(bytes, { maxOutputLength: MOST_BYTES })
    .then((text): unknown => JSON.parse(text.toString("utf8")))
    .catch(() => null);
  if (isRuleFiles(unpacked)) return unpacked;
  throw new DamagedRelease("what was deployed cannot be unpacked");
}

export async function storeContent(store: Store, { bytes, digest }: PackedRules): Promise<Content> {
  // Base64 is a third longer, and beside it stands hardly anything.
  const size = Math.floor(store.traits.maxBody / 2);
  const parts = Math.ceil(bytes.byteLength / size);
  for (let part = 0; part < parts; part++) {
    const text = Buffer.from(bytes.subarray(part * size, (part + 1) * size)).toString("base64");
    await changeHouse(store, keyOf(digest, part), () => ({ write: { part: text }, result: null }));
  }
  return { digest, parts };
}

/** Rejects with `DamagedRelease`. */
export async function readContent(store: Pick<Store, "load">, { digest, parts }: Content): Promise<RuleFiles> {
  const read: Buffer[] = [];
  for (let part = 0; part < parts; part++) {
    const body = await readHouse(store, keyOf(digest, part));
    const text: unknown = typeof body === "object" && body !== null && "part" in body ? body.part : "";
    read.push(Buffer.from(typeof text === "string" ? text : "", "base64"));
  }
  const bytes = Buffer.concat(read);
  if (digestOf(bytes) === digest) return unpackRules(bytes);
  throw new DamagedRelease("what was deployed is not in the store as it was put there");
}

/** The documents stay, empty: a key that was erased could not be written again when the same rules come back. */
export async function withoutContent(store: Store, { digest, parts }: Content): Promise<void> {
  for (let part = 0; part < parts; part++)
    await changeHouse(store, keyOf(digest, part), () => ({ write: {}, result: null }));
}

function keyOf(digest: string, part: number): HouseKey {
  return `heed:release:${digest}:${part}`;
}

function digestOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function isRuleFiles(value: unknown): value is RuleFiles {
  return (
    typeof value === "object" &&
    value !== null &&
    "rules" in value &&
    typeof value.rules === "object" &&
    value.rules !== null &&
    "files" in value &&
    Array.isArray(value.files) &&
    value.files.every(isFile)
  );
}

function isFile(value: unknown): boolean {
  return (
    typeof value === "object" &&
    value !== null &&
    "name" in value &&
    typeof value.name === "string" &&
    "text" in value &&
    typeof value.text === "string"
  );
}
