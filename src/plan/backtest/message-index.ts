import { hash53 } from "./hash.ts";
import { placeOf, sharedDoubles, sharedNumbers } from "./numbers.ts";
import type { KnownMessages, Records } from "./survey.ts";

/**
 * The messages of sampled contacts that the recording tells of, in order of their hashes, and which records
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
  /** Those that speak of message m are the ones from starts[m] to starts[m + 1]. */
  readonly starts: Uint32Array;
  readonly records: Uint32Array;
}

export function indexMessages(
  { hashes, sentAt, keys, sent }: KnownMessages,
  { messages: spokenOf }: Records,
  isSampled: (key: number) => boolean,
): MessageIndex {
  const order = [...hashes.keys()]
    .filter((message) => isSampled(keys[message] ?? 0))
    .sort((a, b) => (hashes[a] ?? 0) - (hashes[b] ?? 0));
  const index = {
    hashes: sharedDoubles(order.length),
    sentAt: sharedDoubles(order.length),
    isSent: new Uint8Array(new SharedArrayBuffer(order.length)),
    keys: sharedNumbers(order.length),
    starts: sharedNumbers(order.length + 1),
  };
  const places = new Int32Array(hashes.length).fill(-1);
  for (const [place, message] of order.entries()) {
    places[message] = place;
    index.hashes[place] = hashes[message] ?? 0;
    index.sentAt[place] = sentAt[message] ?? Number.NaN;
    index.keys[place] = keys[message] ?? 0;
    index.isSent[place] = message < (sent ?? 0) ? 1 : 0;
  }
  return { ...index, records: speakersOf(spokenOf, index.starts, places) };
}

/** Sorts records by the message that they speak of, which keeps the order in which they came in. */
function speakersOf(spokenOf: Uint32Array, starts: Uint32Array, placeByMessage: Int32Array): Uint32Array {
  const placeOfSpoken = (message: number): number => (message === 0 ? -1 : (placeByMessage[message - 1] ?? -1));
  for (const message of spokenOf) {
    const place = placeOfSpoken(message);
    if (place >= 0) starts[place + 1] = (starts[place + 1] ?? 0) + 1;
  }
  for (let place = 1; place < starts.length; place += 1) {
    starts[place] = (starts[place] ?? 0) + (starts[place - 1] ?? 0);
  }
  const next = starts.slice();
  const found = sharedNumbers(starts.at(-1) ?? 0);
  for (const [record, message] of spokenOf.entries()) {
    const place = placeOfSpoken(message);
    if (place < 0) continue;
    const to = next[place] ?? 0;
    found[to] = record;
    next[place] = to + 1;
  }
  return found;
}

/** The place of a message by its id; null when the recording does not tell of it. */
export function messageOf({ hashes }: MessageIndex, id: string): number | null {
  const hash = hash53(id);
  const place = placeOf(hashes, hash);
  return hashes[place] === hash ? place : null;
}
