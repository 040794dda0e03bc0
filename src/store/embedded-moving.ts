import type { Table } from "./embedded-database.ts";
import { type Moving, placeInFlags, placeInWords } from "./migration.ts";
import { Unsupported } from "./store.ts";

/** What an embedded store remembers of its move into another. */

const NAME = Buffer.from("moving", "utf8");

export function readMoving(meta: Table): Moving | null {
  const value = meta.getBinary(NAME);
  if (value === undefined) return null;
  const moving: unknown = JSON.parse(value.toString("utf8"));
  return isMoving(moving) ? moving : null;
}

export function writeMoving(meta: Table, moving: Moving): void {
  meta.putSync(NAME, Buffer.from(JSON.stringify(moving), "utf8"));
}

/**
 * Within a transaction, by whoever is about to work on the store. What has moved speaks from its new place: throws
 * Unsupported. A move that has not ended is void once anything changes here.
 */
export function stayHere(meta: Table, directory: string): void {
  const moving = readMoving(meta);
  if (moving?.done === true) {
    throw new Unsupported(
      `the embedded store in ${directory} was moved to ${placeInWords(moving.to)} by heed migrate: run with ${placeInFlags(moving.to)}; from here, contacts would be messaged twice`,
    );
  }
  if (moving !== null) meta.removeSync(NAME);
}

function isMoving(value: unknown): value is Moving {
  if (typeof value !== "object" || value === null || !("id" in value && "to" in value && "done" in value)) return false;
  return typeof value.to === "object" && value.to !== null && "url" in value.to && "namespace" in value.to;
}
