import { HEADER } from "./jetstream-document.ts";
import { keyOfSubject } from "./jetstream-names.ts";
import type { Connection } from "./jetstream-operations.ts";
import { readFrom } from "./jetstream-read.ts";
import { asUnavailable, ERROR, JetStreamError } from "./jetstream-request.ts";
import type { DeadLetter, DeadPage } from "./store.ts";

/** What lies in the dead stream: whatever is dealt with leaves it. */
export async function readDeadLetters(connection: Connection, page: DeadPage): Promise<readonly DeadLetter[]> {
  const { dead, filters } = connection.names;
  const messages = await readFrom(connection, dead, filters.dead, { after: page.after ?? 0, limit: page.limit });
  return messages.map(({ seq, subject, data, header }) => ({
    place: seq,
    id: decodeURIComponent(header(HEADER.id) ?? ""),
    key: keyOfSubject(subject),
    at: Number(header(HEADER.at) ?? 0),
    reason: decodeURIComponent(header(HEADER.reason) ?? ""),
    body: new Uint8Array(data),
  }));
}

const GONE: ReadonlySet<number> = new Set([ERROR.noMessageFound, ERROR.sequenceNotFound]);

/** Overwrites it, too: it may be about a person. */
export async function settleDeadLetter({ requests, names }: Connection, place: number): Promise<boolean> {
  if (!Number.isSafeInteger(place) || place < 1) return false;
  try {
    // Asked first: what a deletion of nothing is answered with differs from case to case.
    await requests.api(`STREAM.MSG.GET.${names.dead}`, { seq: place });
    await requests.api(`STREAM.MSG.DELETE.${names.dead}`, { seq: place });
    return true;
  } catch (error) {
    if (error instanceof JetStreamError && GONE.has(error.errCode)) return false;
    throw asUnavailable(error);
  }
}
