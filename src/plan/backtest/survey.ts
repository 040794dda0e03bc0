import type { CanonicalEvent } from "../../core/model/event.ts";
import type { RecordedEvent, Recording } from "../recording.ts";
import { type Clusters, createClusters, keysIn } from "./clusters.ts";
import { hash53 } from "./hash.ts";
import { type Column, createColumn } from "./numbers.ts";
import { createSpool, type Spool } from "./spool.ts";

/** What one reading of a recording tells, before anything is played. */
export interface Survey {
  readonly spool: Spool;
  /** By record of the spool: the number of its key, and where it stands. */
  readonly records: { readonly keys: Column; readonly places: Column };
  readonly events: number;
  readonly from: number;
  readonly to: number;
  readonly types: ReadonlySet<string>;
  readonly clusters: Clusters;
  readonly messages: KnownMessages;
  /** Events that our own rules made, which each arm makes for itself. */
  readonly ownEvents: number;
}

/** Messages of ours that the recording tells of, by their numbers. */
export interface KnownMessages {
  /** By message: what tells it apart, when it was sent (NaN when nobody says), and the number of its contact's key. */
  readonly hashes: Column;
  readonly sentAt: Column;
  readonly keys: Column;
  /** How many of them the recording says were sent; null when it does not know. The first ones are those. */
  readonly sent: number | null;
  /** By reaction: the message it speaks of, its place in the spool. */
  readonly reactions: { readonly messages: Column; readonly places: Column };
}

/** How ids of our messages look, where the recording does not say which there are. */
const INTENT_ID = /^[0-9a-f]{32}$/;

/** Reads a recording once. `emitted`: types of events that rules of either side emit. */
export async function surveyRecording(
  recording: Recording,
  emitted: ReadonlySet<string>,
  onEvents: (count: number) => void,
): Promise<Survey> {
  const clusters = createClusters();
  const known = await readSent(recording, clusters);
  const { messages, numbers } = known;
  const spool = createSpool();
  const records = { keys: createColumn(), places: createColumn() };
  const types = new Set<string>();
  let [events, ownEvents, from, to] = [0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const take = (recorded: RecordedEvent): void => {
    const { at, event } = recorded;
    events += 1;
    if (events % REPORT_EACH === 0) onEvents(events);
    types.add(event.event_type);
    from = Math.min(from, at);
    to = Math.max(to, at);
    const number = meet(clusters, recorded);
    if (event.provider === "heed" && emitted.has(event.event_type)) {
      ownEvents += 1;
      return;
    }
    const message = spokenOf(event, number, messages, numbers);
    const place = spool.append(number, message, recorded);
    records.keys.push(number);
    records.places.push(place);
    if (message === 0) return;
    // Under whatever address a report came in, it is about the one whom the message went to.
    clusters.unite(number, messages.keys.values()[message - 1] ?? number);
    messages.reactions.messages.push(message - 1);
    messages.reactions.places.push(place);
  };
  for await (const some of recording.events()) for (const recorded of some) take(recorded);
  return { spool: spool.finish(), records, events, from, to, types, clusters, messages, ownEvents };
}

const REPORT_EACH = 10_000;

/** All keys of an event are one person's, or meet in it. */
function meet(clusters: Clusters, { key, event }: RecordedEvent): number {
  const number = clusters.numberOf(key);
  for (const other of keysIn(event)) if (other !== key) clusters.unite(number, clusters.numberOf(other));
  return number;
}

interface Known {
  readonly messages: KnownMessages;
  /** By hash. */
  readonly numbers: Map<number, number>;
}

async function readSent({ sent }: Recording, clusters: Clusters): Promise<Known> {
  const numbers = new Map<number, number>();
  const columns = { hashes: createColumn(), sentAt: createColumn(), keys: createColumn() };
  if (sent !== null) {
    for await (const message of sent()) {
      const hash = hash53(message.intent);
      if (numbers.has(hash)) continue;
      numbers.set(hash, columns.hashes.length);
      columns.hashes.push(hash);
      columns.sentAt.push(message.at);
      columns.keys.push(clusters.numberOf(message.key));
    }
  }
  const reactions = { messages: createColumn(), places: createColumn() };
  return { messages: { ...columns, sent: sent === null ? null : columns.hashes.length, reactions }, numbers };
}

/** The number, from 1, of the message of ours that an event speaks of; 0 when it is none of ours. */
function spokenOf(
  { message_id: id }: CanonicalEvent,
  key: number,
  messages: KnownMessages,
  numbers: Map<number, number>,
): number {
  if (id === undefined) return 0;
  const hash = hash53(id);
  const known = numbers.get(hash);
  if (known !== undefined) return known + 1;
  // Where all that was sent is known, this is somebody else's message, or one from before the recording.
  if (messages.sent !== null || !INTENT_ID.test(id)) return 0;
  numbers.set(hash, messages.hashes.length);
  messages.hashes.push(hash);
  messages.sentAt.push(Number.NaN);
  messages.keys.push(key);
  return messages.hashes.length;
}
