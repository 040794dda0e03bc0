import { createClusters } from "./clusters.ts";
import type { Gathered } from "./gather.ts";
import { createColumn, sharedDoubles, sharedNumbers } from "./numbers.ts";
import type { Spools } from "./spool.ts";

/** What is known of a recording before anything is played. */
export interface Survey {
  readonly spools: Spools;
  readonly records: Records;
  readonly events: number;
  readonly from: number;
  readonly to: number;
  readonly types: ReadonlySet<string>;
  /** By number. */
  readonly keys: readonly string[];
  /** By key number, its cluster: the number of the first key that is in it. */
  readonly clusters: Uint32Array;
  readonly messages: KnownMessages;
  /** Events that our own rules made, which each arm makes for itself. */
  readonly ownEvents: number;
  /** Lines that were no events. */
  readonly unreadable: number;
}

/** Columns by record, in the order in which events came in: plain arrays in shared memory, for all threads. */
export interface Records {
  /** Numbers of keys. */
  readonly keys: Uint32Array;
  /** In the spools. */
  readonly places: Float64Array;
  /** Of all that was recorded of the event. */
  readonly hashes: Float64Array;
  /** The message of ours that it speaks of, from 1; 0 when it speaks of none. */
  readonly messages: Uint32Array;
}

/** Messages of ours that the recording tells of, by their numbers. */
export interface KnownMessages {
  /** By message: what tells it apart, when it was sent (NaN when nobody says), and the number of its contact's key. */
  readonly hashes: Float64Array;
  readonly sentAt: Float64Array;
  readonly keys: Float64Array;
  /** How many of them the recording says were sent; null when it does not know. The first ones are those. */
  readonly sent: number | null;
}

/** A recording as one, of what was gathered from its pieces: the same however it was cut. */
export function surveyOf(pieces: readonly Gathered[]): Survey {
  const clusters = createClusters();
  /** By piece, and by the numbers that keys have there, their numbers here. */
  const numbers = pieces.map(({ keys }) => Uint32Array.from(keys, (key) => clusters.numberOf(key)));
  for (const [piece, { roots }] of pieces.entries()) {
    const here = numbers[piece] ?? new Uint32Array();
    for (const [key, root] of roots.entries()) if (root !== key) clusters.unite(here[key] ?? 0, here[root] ?? 0);
  }
  const unordered = joined(pieces, numbers);
  const messages = nameMessages(pieces, numbers, unordered);
  // Under whatever address a report came in, it is about the one whom the message went to.
  for (const [record, message] of unordered.messages.entries()) {
    if (message > 0) clusters.unite(unordered.keys[record] ?? 0, messages.keys[message - 1] ?? 0);
  }
  const sum = (of: (piece: Gathered) => number): number => pieces.reduce((all, piece) => all + of(piece), 0);
  return {
    spools: pieces.map(({ spool }) => spool),
    records: inOrder(unordered),
    events: sum(({ events }) => events),
    from: Math.min(...pieces.map(({ from }) => from)),
    to: Math.max(...pieces.map(({ to }) => to)),
    types: new Set(pieces.flatMap(({ types }) => [...types])),
    keys: clusters.keys(),
    clusters: clusters.roots(),
    messages,
    ownEvents: sum(({ ownEvents }) => ownEvents),
    unreadable: sum(({ leftOut }) => [...leftOut.unreadable.values()].reduce((all, lines) => all + lines, 0)),
  };
}

interface Unordered extends Records {
  readonly at: Float64Array;
  /** Of the messages that they speak of, as they were gathered. */
  readonly spoken: Float64Array;
}

/** The records of all pieces, one piece after the other. What they speak of is not known yet. */
function joined(pieces: readonly Gathered[], numbers: readonly Uint32Array[]): Unordered {
  const length = pieces.reduce((sum, { records }) => sum + records.at.length, 0);
  const [at, spoken] = [new Float64Array(length), new Float64Array(length)];
  const { keys, places, hashes, messages } = emptyRecords(length);
  let [first, begin] = [0, 0];
  for (const [piece, { records, spool }] of pieces.entries()) {
    const here = numbers[piece] ?? new Uint32Array();
    at.set(records.at, first);
    spoken.set(records.messages, first);
    hashes.set(records.hashes, first);
    for (const [record, key] of records.keys.entries()) keys[first + record] = here[key] ?? 0;
    for (const [record, place] of records.places.entries()) places[first + record] = begin + place;
    first += records.at.length;
    begin += spool.bytes;
  }
  return { at, spoken, keys, places, hashes, messages };
}

function emptyRecords(length: number): Records {
  return {
    keys: sharedNumbers(length),
    places: sharedDoubles(length),
    hashes: sharedDoubles(length),
    messages: sharedNumbers(length),
  };
}

/** Gives messages their numbers, and writes into records which they speak of. */
function nameMessages(
  pieces: readonly Gathered[],
  numbers: readonly Uint32Array[],
  { spoken, keys: speaking, messages }: Unordered,
): KnownMessages {
  const known = new Map<number, number>();
  const [hashes, sentAt, keys] = [createColumn(), createColumn(), createColumn()];
  const add = (hash: number, at: number, key: number): number => {
    known.set(hash, hashes.length);
    hashes.push(hash);
    sentAt.push(at);
    keys.push(key);
    return hashes.length - 1;
  };
  for (const [piece, { sent }] of pieces.entries()) {
    for (const [row, hash] of sent?.messages.entries() ?? []) {
      const key = numbers[piece]?.[sent?.keys[row] ?? 0] ?? 0;
      if (!known.has(hash)) add(hash, sent?.at[row] ?? Number.NaN, key);
    }
  }
  const knowsSent = pieces.some(({ sent }) => sent !== null);
  const sent = knowsSent ? hashes.length : null;
  for (const [record, signed] of spoken.entries()) {
    if (Number.isNaN(signed)) continue;
    const hash = Math.abs(signed);
    // Where all that was sent is known, any other is somebody else's message, or one from before the recording.
    const message = known.get(hash) ?? (knowsSent || signed < 0 ? -1 : add(hash, Number.NaN, speaking[record] ?? 0));
    messages[record] = message + 1;
  }
  return { hashes: hashes.values(), sentAt: sentAt.values(), keys: keys.values(), sent };
}

/** Of what came in at the same moment, what stands first comes first. */
function inOrder({ at, keys, places, hashes, messages }: Unordered): Records {
  const isOrdered = at.every((moment, record) => record === 0 || moment >= (at[record - 1] ?? 0));
  if (isOrdered) return { keys, places, hashes, messages };
  const order = Uint32Array.from(at.keys()).sort((a, b) => (at[a] ?? 0) - (at[b] ?? 0) || a - b);
  const sorted = emptyRecords(at.length);
  for (const [record, before] of order.entries()) {
    sorted.keys[record] = keys[before] ?? 0;
    sorted.places[record] = places[before] ?? 0;
    sorted.hashes[record] = hashes[before] ?? 0;
    sorted.messages[record] = messages[before] ?? 0;
  }
  return sorted;
}
