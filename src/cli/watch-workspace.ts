import { watch } from "node:fs";
import type { Clock } from "../core/model/clock.ts";

/** Editors and git write in bursts: one reload after things have been quiet this long. */
const QUIET_MS = 200;

/** Calls `reload` after files of the workspace have changed. Returns how to stop watching. */
export function watchWorkspace(directory: string, clock: Clock, reload: () => void): () => void {
  let cancel: () => void = () => undefined;
  const watcher = watch(directory, { recursive: true }, () => {
    cancel();
    cancel = clock.after(QUIET_MS, reload);
  });
  return () => {
    cancel();
    watcher.close();
  };
}
