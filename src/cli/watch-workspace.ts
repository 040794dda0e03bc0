import { watch } from "node:fs";
import type { Clock } from "../core/model/clock.ts";

/** Editors and git write in bursts: one reload after things have been quiet this long. */
const QUIET_MS = 200;

/**
 * Calls `reload` after files of the workspace have changed. Returns how to stop watching. The watch of a whole folder
 * takes a moment to be in place; the first call covers what changed in that moment.
 */
export function watchWorkspace(directory: string, clock: Clock, reload: () => void): () => void {
  let cancel = clock.after(QUIET_MS, reload);
  const watcher = watch(directory, { recursive: true }, () => {
    cancel();
    cancel = clock.after(QUIET_MS, reload);
  });
  return () => {
    cancel();
    watcher.close();
  };
}
