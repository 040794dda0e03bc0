import { type FSWatcher, readdirSync, watch } from "node:fs";
import { basename, join } from "node:path";
import type { Clock } from "../core/model/clock.ts";
import { isPassedOver } from "../rulebook/load-workspace.ts";

/** Editors and git write in bursts: one call after things have been quiet this long. */
const QUIET_MS = 70;
/** How often a folder that is gone is looked for. */
const ABSENT_MS = 1_000;

/**
 * Calls `changed` after files of the workspace have changed; what changed earlier is the caller's to read, once this has
 * returned. Each folder has a watch of its own, because Node's recursive one loses a file on Linux when an editor puts
 * another in its place. Returns how to stop. Throws when the system has no watch left to give.
 */
export function watchWorkspace(directory: string, clock: Clock, changed: () => void): () => void {
  const watchers = new Map<string, FSWatcher>();
  let cancel = (): void => undefined;
  const later = (): void => {
    cancel();
    cancel = clock.after(QUIET_MS, settle);
  };
  const drop = (folder: string): void => {
    watchers.get(folder)?.close();
    watchers.delete(folder);
  };
  const open = (folder: string): void => {
    const watcher = watch(folder, (_event, name) => {
      if (name !== null && isPassedOver(name)) return;
      // A folder that goes says so by its own name, and another may take its place.
      if (name === null || name === basename(folder)) drop(folder);
      later();
    });
    watchers.set(
      folder,
      watcher.on("error", () => {
        drop(folder);
        later();
      }),
    );
  };
  const follow = (): void => {
    const folders = foldersIn(directory);
    for (const folder of watchers.keys()) if (!folders.includes(folder)) drop(folder);
    for (const folder of folders) if (!watchers.has(folder)) open(folder);
  };
  let isThere = true;
  const settle = (): void => {
    const wasThere = isThere;
    try {
      follow();
    } catch {
      // A folder went while it was looked at, or the system has no watch left for a new one: the others go on.
    }
    isThere = watchers.size > 0;
    // Git takes the folder away when another branch has none, and nothing tells when it comes back.
    if (!isThere) cancel = clock.after(ABSENT_MS, settle);
    if (isThere || wasThere) changed();
  };
  follow();
  return () => {
    cancel();
    for (const folder of watchers.keys()) drop(folder);
  };
}

/** The folder itself and those inside whose files a workspace reads; none when it is not there. */
function foldersIn(folder: string): readonly string[] {
  try {
    const inner = readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !isPassedOver(entry.name))
      .flatMap(({ name }) => foldersIn(join(folder, name)));
    return [folder, ...inner];
  } catch {
    return [];
  }
}
