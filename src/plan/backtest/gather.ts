import type { CanonicalEvent } from "../../core/model/event.ts";
import type { RecordedEvent, SentMessage } from "../recorded.ts";
import { createClusters, keysIn } from "./clusters.ts";
import { hash53 } from "./hash.ts";
import { createColumn } from "./numbers.ts";
import { createSpool, type Spool } from "./spool.ts";

/** What whoever reads a recording, or a piece of one, is given for it. */
export interface Reading {
  /** Types of events that rules of either side emit. */
  readonly emitted: ReadonlySet<string>;
  /** A file for what is gathered. Whoever asks for the reading closes it. */
  readonly newFile: () => number;
  /** Hears how many events have been read in all. */
  readonly onEvents: (count: number) => void;
}

/**
 * What one reading of a piece of a recording tells: plain data, which goes from thread to thread. Columns are by record,
 * in the order in which the piece has them; numbers of keys are those of `keys`.
 */
export interface Gathered {
  readonly spool: Spool;
  /** In the order in which they were first met here. */
  readonly keys: readonly string[];
  /** By key, the number of the first key of those who are the same person as far as this piece tells. */
  readonly roots: Uint32Array;
  readonly records: {
    readonly at: Float64Array;
    readonly keys: Float64Array;
    readonly places: Float64Array;
    /** Of all that was recorded of the event. */
    readonly hashes: Float64Array;
    /** A hash of the message that it speaks of: negative where its id does not look like one of ours; NaN of none. */
    readonly messages: Float64Array;
  };
  /** By message that was sent: its hash, when, and whose. Null where the piece says of no message whether it was sent. */
  readonly sent: { readonly messages: Float64Array; readonly at: Float64Array; readonly keys: Float64Array } | null;
  readonly events: number;
  readonly from: number;
  readonly to: number;
  readonly types: ReadonlySet<string>;
  /** Events that our own rules made, which each arm makes for itself. */
  readonly ownEvents: number;
  readonly leftOut: LeftOut;
}

/** What could not be used, by why: lines that are no events, and events that are. */
export interface LeftOut {
  readonly unreadable: ReadonlyMap<string, number>;
  readonly others: ReadonlyMap<string, number>;
}

export interface Gatherer {
  event(recorded: RecordedEvent): void;
  /** Null of one that is not wanted; but it is known that sent messages are recorded here. */
  sent(message: SentMessage | null): void;
  unreadable(why: string): void;
  other(why: string): void;
  finish(): Gathered;
}

/** How ids of our messages look, where the recording does not say which there are. */
const INTENT_ID = /^[0-9a-f]{32}$/;
const REPORT_EACH = 10_000;

/** `file`: takes what is gathered. */
export function createGatherer(
  file: number,
  emitted: ReadonlySet<string>,
  onEvents: (count: number) => void,
): Gatherer {
  const clusters = createClusters();
  const spool = createSpool(file);
  const [at, keys, places, hashes, messages] = [
    createColumn(),
    createColumn(),
    createColumn(),
    createColumn(),
    createColumn(),
  ];
  const sent = { messages: createColumn(), at: createColumn(), keys: createColumn() };
  const types = new Set<string>();
  const leftOut = { unreadable: new Map<string, number>(), others: new Map<string, number>() };
  let [events, ownEvents, from, to] = [0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  let knowsSent = false;
  return {
    event(recorded) {
      const { at: moment, key, event } = recorded;
      events += 1;
      if (events % REPORT_EACH === 0) onEvents(events);
      types.add(event.event_type);
      from = Math.min(from, moment);
      to = Math.max(to, moment);
      // All keys of an event are one person's, or meet in it.
      const number = clusters.numberOf(key);
      for (const other of keysIn(event)) if (other !== key) clusters.unite(number, clusters.numberOf(other));
      if (event.provider === "heed" && emitted.has(event.event_type)) {
        ownEvents += 1;
        return;
      }
      const { place, hash } = spool.append(recorded);
      at.push(moment);
      keys.push(number);
      places.push(place);
      hashes.push(hash);
      messages.push(spokenOf(event));
    },
    sent(message) {
      knowsSent = true;
      if (message === null) return;
      sent.messages.push(hash53(message.intent));
      sent.at.push(message.at);
      sent.keys.push(clusters.numberOf(message.key));
    },
    unreadable: (why) => count(leftOut.unreadable, why),
    other: (why) => count(leftOut.others, why),
    finish: () => ({
      spool: spool.finish(),
      keys: clusters.keys(),
      roots: clusters.roots(),
      records: {
        at: at.toShared(),
        keys: keys.toShared(),
        places: places.toShared(),
        hashes: hashes.toShared(),
        messages: messages.toShared(),
      },
      sent: knowsSent
        ? { messages: sent.messages.toShared(), at: sent.at.toShared(), keys: sent.keys.toShared() }
        : null,
      events,
      from,
      to,
      types,
      ownEvents,
      leftOut,
    }),
  };
}

function spokenOf({ message_id: id }: CanonicalEvent): number {
  if (id === undefined) return Number.NaN;
  return INTENT_ID.test(id) ? hash53(id) : -hash53(id);
}

function count(sums: Map<string, number>, why: string): void {
  sums.set(why, (sums.get(why) ?? 0) + 1);
}
