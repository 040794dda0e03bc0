import type { QueuedEntry } from "./lane-reader.ts";
import type { DeadLetter } from "./store.ts";

/** An entry of the dead lane of a single-process store, as the port shows it. */
export function toDeadLetter({ seq, id, key, at, reason = "", body }: QueuedEntry): DeadLetter {
  return { place: seq, id, key, at, reason, body: new Uint8Array(body) };
}
