import { createHash } from "node:crypto";
import type { Json } from "../core/model/json.ts";

/** SHA-256 in hex over what a file says: the order of its keys, its comments and its spelling of texts do not count. */
export function digestOf(value: Json): string {
  return createHash("sha256").update(canonicalJson(value), "utf8").digest("hex");
}

/** Of a whole rulebook: what heed.yaml says, and the digest of each rule by its id. */
export function rulebookDigest(workspace: Json, rules: Readonly<Record<string, string>>): string {
  return digestOf({ workspace, rules });
}

/** JSON in which the order of keys does not count. */
export function canonicalJson(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, inner]) => `${JSON.stringify(key)}:${canonicalJson(inner)}`);
  return `{${entries.join(",")}}`;
}
