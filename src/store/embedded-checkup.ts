import { existsSync } from "node:fs";
import { join } from "node:path";
import { open } from "lmdb";
import type { Table } from "./embedded-database.ts";
import { assertStore } from "./embedded-files.ts";
import { countLanes } from "./embedded-lanes.ts";
import { readMoving } from "./embedded-moving.ts";
import { ownerOf } from "./embedded-owner.ts";
import type { Moving } from "./migration.ts";

/** What an operator wants to know of an embedded store. */
export interface EmbeddedCheckup {
  /** The process that has it open, or null. */
  readonly owner: number | null;
  /** Entries by lane. */
  readonly depth: Readonly<Record<string, number>>;
  readonly documents: number;
  readonly moving: Moving | null;
}

const BINARY = { encoding: "binary", keyEncoding: "binary" } as const;

/** Reads only, whether or not a process is at work on it. Null when there is no store. */
export async function lookIntoEmbedded(directory: string): Promise<EmbeddedCheckup | null> {
  const path = join(directory, "store.mdb");
  if (!existsSync(path)) return null;
  assertStore(path);
  const root = open<Buffer, Buffer>({ path, readOnly: true, maxDbs: 16, ...BINARY });
  const table = (name: string): Table => root.openDB<Buffer, Buffer>({ name, ...BINARY });
  const meta = table("meta");
  const checkup = {
    owner: ownerOf(meta),
    depth: Object.fromEntries(countLanes({ ready: table("ready"), delayed: table("delayed") })),
    documents: table("documents").getKeysCount(),
    moving: readMoving(meta),
  };
  await root.close();
  return checkup;
}
