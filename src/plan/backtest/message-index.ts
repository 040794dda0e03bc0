import { placeOf } from "./numbers.ts";
import { hash53 } from "./hash.ts";
import type { KnownMessages } from "./survey.ts";

/**
 * The messages of sampled contacts that the recording tells of, in order of their hashes, and where the events are that
 * speak of each. Plain arrays in shared memory, for all threads.
 */
export interface MessageIndex {
  readonly hashes: Float64Array;
  /** Epoch milliseconds; NaN where nobody says. */
  readonly sentAt: Float64Array;
  /** 1 of those that the recording says were sent. */
  readonly isSent: Uint8Array;
  /** Numbers of the keys of those who got them. */
  readonly keys: Uint32Array;
  /** Events that speak of message m have the places from starts[m] to starts[m + 1]. */
  readonly starts: Uint32Array;
  readonly places: Float64Array;
}

export function indexMessages(messages: KnownMessages, isSampled: (key: number) => boolean): MessageIndex {
  const hashes = messages.hashes.toShared();
  const sentAt = messages.sentAt.toShared();
  const keys = messages.keys.toShared();
  const order = [...hashes.keys()]
    .filter((message) => isSampled(keys[message] ?? 0))
    .sort((a, b) => (hashes[a] ?? 0) - (hashes[b] ?? 0));
  const index = {
    hashes: sharedDoubles(order.length),
    sentAt: sharedDoubles(order.length),
    isSent: new Uint8Array(new SharedArrayBuffer(order.length)),
    keys: new Uint32Array(new SharedArrayBuffer(4 * order.length)),
    starts: new Uint32Array(new SharedArrayBuffer(4 * (order.length + 1))),
  };
  const places = new Int32Array(hashes.length).fill(-1);
  for (const [place, message] of order.entries()) {
    places[message] = place;
    index.hashes[place] = hashes[message] ?? 0;
    index.sentAt[place] = sentAt[message] ?? Number.NaN;
    index.keys[place] = keys[message] ?? 0;
    index.isSent[place] = message < (messages.sent ?? 0) ? 1 : 0;
  }
  return { ...index, places: placesOf(messages, index.starts, places) };
}

/** Sorts reactions by message, which keeps the order in which they came in. */
function placesOf({ reactions }: KnownMessages, starts: Uint32Array, placeByMessage: Int32Array): Float64Array {
  const spokenOf = reactions.messages.toShared();
  const inSpool = reactions.places.toShared();
  for (const message of spokenOf) {
    const place = placeByMessage[message] ?? -1;
    if (place >= 0) starts[place + 1] = (starts[place + 1] ?? 0) + 1;
  }
  for (let place = 1; place < starts.length; place += 1) {
    starts[place] = (starts[place] ?? 0) + (starts[place - 1] ?? 0);
  }
  const next = starts.slice();
  const found = sharedDoubles(starts.at(-1) ?? 0);
  for (const [reaction, message] of spokenOf.entries()) {
    const place = placeByMessage[message] ?? -1;
    if (place < 0) continue;
    const to = next[place] ?? 0;
    found[to] = inSpool[reaction] ?? 0;
    next[place] = to + 1;
  }
  return found;
}

function sharedDoubles(length: number): Float64Array<SharedArrayBuffer> {
  return new Float64Array(new SharedArrayBuffer(8 * length));
}

/** The place of a message by its id; null when the recording does not tell of it. */
export function messageOf({ hashes }: MessageIndex, id: string): number | null {
  const hash = hash53(id);
  const place = placeOf(hashes, hash);
  return hashes[place] === hash ? place : null;
}
