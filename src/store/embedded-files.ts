import { accessSync, closeSync, constants, existsSync, openSync, readSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { Unsupported } from "./store.ts";

/** Nothing has ever run there. */
export class NoStore extends Unsupported {
  readonly directory: string;
  constructor(directory: string) {
    super(`there is no embedded store in ${directory}; say with --data-dir or HEED_DATA_DIR where it is`);
    this.directory = directory;
  }
}

/** Where LMDB's first page says what it is, and what it says; in the order of this machine's bytes. */
const MARK_AT = 24;
const MARK = 0xbeefc0de;

/**
 * To be asked before LMDB opens the files: it ends the process when they are none of its own, and says little of files that
 * it may not write. Throws Unsupported. A store that is not there yet is begun by whoever may begin one.
 */
export function checkEmbeddedFiles(directory: string, mayBegin: boolean): void {
  const path = join(directory, "store.mdb");
  if (!existsSync(path)) {
    if (!mayBegin) throw new NoStore(directory);
    return;
  }
  assertStore(path);
  for (const each of [directory, path, join(directory, "store.mdb-lock")]) {
    if (existsSync(each) && !isWritable(each))
      throw new Unsupported(
        `${each} can only be read by this user, and this command writes to the store: run it as the user that Heed runs as, or make it writable`,
      );
  }
}

/** Throws Unsupported when the file is not the beginning of a store, as after a backup that came back in part. */
export function assertStore(path: string): void {
  const head = Buffer.alloc(MARK_AT + 4);
  const file = openSync(path, "r");
  try {
    // One that a start left empty is begun anew.
    if (statSync(path).size === 0) return;
    readSync(file, head, 0, head.length, 0);
  } finally {
    closeSync(file);
  }
  if (new Uint32Array(head.buffer.slice(head.byteOffset + MARK_AT, head.byteOffset + MARK_AT + 4))[0] === MARK) return;
  throw new Unsupported(
    `${path} is no store of Heed, or a damaged one: nothing was changed. Put a whole copy into ${dirname(path)}, or name another folder with --data-dir`,
  );
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
