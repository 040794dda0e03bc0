import type { Connection } from "./jetstream-operations.ts";
import { readSubject } from "./jetstream-read.ts";
import { asUnavailable, ERROR, JetStreamError } from "./jetstream-request.ts";
import type { Key } from "./store.ts";

export const RESIDUAL = [
  "earlier revisions of the document in block files of its stream, until nats-server compacts them",
  "replicas, mirrors and back-ups of the streams, when there are any",
  "deliveries that handlers of other processes have at hand at this moment",
];

/** The server's own limits aside, so many deletions are under way at once. */
const WINDOW = 50;

/** Overwrites and removes every message of a key in all lanes and its history. Returns how many there were. */
export async function eraseKey(connection: Connection, key: Key): Promise<number> {
  const { events, jobs, dead, audit } = connection.names;
  return await eraseFrom(connection, key, [events, jobs, dead, audit]);
}

/** The same of its history and its dead letters alone. */
export async function forgetKey(connection: Connection, key: Key): Promise<number> {
  return await eraseFrom(connection, key, [connection.names.dead, connection.names.audit]);
}

async function eraseFrom(connection: Connection, key: Key, streams: readonly string[]): Promise<number> {
  const { names, requests } = connection;
  let removed = 0;
  for (const stream of streams) {
    const subject = names.allOf(stream, key);
    const messages = await readSubject(connection, stream, subject, "headers");
    for (let start = 0; start < messages.length; start += WINDOW) {
      await Promise.all(messages.slice(start, start + WINDOW).map(({ seq }) => overwrite(connection, stream, seq)));
    }
    removed += messages.length;
    try {
      // What came in between, without the overwriting; erasing again does that as well.
      await requests.api(`STREAM.PURGE.${stream}`, { filter: subject });
    } catch (error) {
      throw asUnavailable(error);
    }
  }
  return removed;
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
