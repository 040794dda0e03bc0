import { type Copies, readCopies, withCopies } from "./jetstream-copies.ts";
import { HEADER, idOfMessage } from "./jetstream-document.ts";
import type { Connection } from "./jetstream-operations.ts";
import { readSubject } from "./jetstream-read.ts";
import { asUnavailable, ERROR, isObject, JetStreamError } from "./jetstream-request.ts";
import { partitionOf } from "./partition.ts";
import { type Key, Unavailable } from "./store.ts";

export const RESIDUAL = [
  "earlier revisions of the document in block files of its stream, until nats-server compacts them",
  "back-ups of the streams, and copies of them in another JetStream domain or under other subjects, when there are any",
  "events that other systems published: in the inbox while they wait to be taken in, and then in its block files, until nats-server compacts them",
  "deliveries that handlers of other processes have at hand at this moment",
];

/** The server's own limits aside, so many deletions are under way at once. */
const WINDOW = 50;

/** Acknowledgements have no answer, so those of what came right before may still be on their way. */
const LOOKS = 5;
const LOOK_MS = 100;

/**
 * Overwrites and removes every message of a key in all lanes and its history, here and in copies that operators keep of
 * our streams, and what those have of its documents. Returns how many there were.
 */
export async function eraseKey(connection: Connection, key: Key): Promise<number> {
  const { names } = connection;
  const copies = await readCopies(connection.requests);
  const removed = await eraseFrom(connection, key, [names.events, names.jobs, names.dead, names.audit], copies);
  for (const copy of withCopies(names.contacts, copies).slice(1)) {
    const revisions = await readSubject(connection, copy, names.contact(key), "headers");
    await overwriteAll(
      connection,
      copy,
      revisions.filter(({ header }) => header(HEADER.erased) === undefined),
    );
  }
  return removed;
}

/** The same of its dead letters, of its events that are decided, and of its history: while that is there, this is to be done. */
export async function forgetKey(connection: Connection, key: Key, by?: string): Promise<number> {
  const { names, requests } = connection;
  const copies = await readCopies(requests);
  const letters = await eraseFrom(connection, key, [names.dead], copies);
  const decided = await forgetDecided(connection, key, copies, by);
  return letters + decided + (await eraseFrom(connection, key, [names.audit], copies));
}

/** The stream keeps what came in where it waits, so what nobody has decided yet, a STOP perhaps, must stay in it. */
async function forgetDecided(connection: Connection, key: Key, copies: Copies, by?: string): Promise<number> {
  const { names, clock } = connection;
  const subject = names.subject("events", key);
  const messages = await readSubject(connection, names.events, subject, "headers");
  const asking = messages.find((message) => idOfMessage(message) === by)?.seq ?? 0;
  const before = messages.findLast(({ seq }) => seq < asking)?.seq ?? 0;
  let upTo = await decidedUpTo(connection, key);
  for (let look = 1; upTo < before && look < LOOKS; look += 1) {
    await new Promise<void>((resolve) => void clock.after(LOOK_MS, resolve));
    upTo = await decidedUpTo(connection, key);
  }
  const decided = messages.filter(({ seq }) => seq <= upTo);
  const ids = new Set(decided.map(idOfMessage));
  for (const stream of withCopies(names.events, copies)) {
    const found = stream === names.events ? messages : await readSubject(connection, stream, subject, "headers");
    await overwriteAll(
      connection,
      stream,
      found.filter((message) => ids.has(idOfMessage(message))),
    );
  }
  if (upTo < before) throw new Unavailable("what came in for a key that is to be forgotten is not all decided yet");
  return decided.length;
}

/** All of the key's partition up to here is settled. */
async function decidedUpTo({ names, requests }: Connection, key: Key): Promise<number> {
  const { name } = names.consumer("events", partitionOf(key));
  try {
    const { ack_floor: floor } = await requests.api(`CONSUMER.INFO.${names.events}.${name}`);
    return isObject(floor) ? Number(floor["stream_seq"] ?? 0) : 0;
  } catch (error) {
    throw asUnavailable(error);
  }
}

async function eraseFrom(
  connection: Connection,
  key: Key,
  streams: readonly string[],
  copies: Copies,
): Promise<number> {
  const { names, requests } = connection;
  let removed = 0;
  for (const ours of streams) {
    const subject = names.allOf(ours, key);
    // Ours goes last: what is left of it says that this has not been done.
    for (const stream of withCopies(ours, copies).toReversed()) {
      const messages = await readSubject(connection, stream, subject, "headers");
      await overwriteAll(connection, stream, messages);
      if (stream === ours) removed += messages.length;
      try {
        // What came in between, without the overwriting; erasing again does that as well.
        await requests.api(`STREAM.PURGE.${stream}`, { filter: subject });
      } catch (error) {
        throw asUnavailable(error);
      }
    }
  }
  return removed;
}

async function overwriteAll(
  connection: Connection,
  stream: string,
  messages: readonly { readonly seq: number }[],
): Promise<void> {
  for (let start = 0; start < messages.length; start += WINDOW) {
    await Promise.all(messages.slice(start, start + WINDOW).map(({ seq }) => overwrite(connection, stream, seq)));
  }
}

/** Without `no_erase`, the server fills the message's place with random bytes. */
async function overwrite({ requests }: Connection, stream: string, seq: number): Promise<void> {
  try {
    await requests.api(`STREAM.MSG.DELETE.${stream}`, { seq });
  } catch (error) {
    // Gone in the meantime.
    if (
      error instanceof JetStreamError &&
      (error.errCode === ERROR.noMessageFound || error.errCode === ERROR.sequenceNotFound)
    )
      return;
    throw asUnavailable(error);
  }
}
