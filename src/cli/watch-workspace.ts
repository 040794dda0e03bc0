import { type FSWatcher, watch } from "node:fs";
import type { Clock } from "../core/model/clock.ts";

/** Editors and git write in bursts: one reload after things have been quiet this long. */
const QUIET_MS = 200;

/**
 * Calls `reload` after files of the workspace have changed. Returns how to stop watching. The watch of a whole folder
 * takes a moment to be in place; the first call covers what changed in that moment.
 */
export function watchWorkspace(directory: string, clock: Clock, reload: () => void): () => void {
  let cancel = clock.after(QUIET_MS, reload);
  const changed = (): void => {
    cancel();
    cancel = clock.after(QUIET_MS, reload);
  };
  let watcher: FSWatcher | null = null;
  const open = (): void => {
    watcher = null;
    try {
      watcher = watch(directory, { recursive: true }, changed).on("error", again);
    } catch {
      again();
    }
  };
  // A folder that goes while it is being looked at ends the watch, as when git changes branches.
  const again = (): void => {
    watcher?.close();
    cancel();
    cancel = clock.after(QUIET_MS, () => {
      open();
      reload();
    });
  };
  open();
  return () => {
    cancel();
    watcher?.close();
  };
}
