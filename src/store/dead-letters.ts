import type { QueuedEntry } from "./lane-reader.ts";
import type { DeadLetter } from "./store.ts";

/** The number in the name of a place; NaN, which is nobody's and comes before none, for what is no place. */
export function placeNumber(place: string): number {
  return /^\d{1,15}$/.test(place) ? Number(place) : Number.NaN;
}

export function toDeadLetter({ seq, id, key, at, reason = "", body }: QueuedEntry): DeadLetter {
  return { place: String(seq), id, key, at, reason, body: new Uint8Array(body) };
}
