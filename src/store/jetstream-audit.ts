import { checkKey } from "./input-limits.ts";
import { HEADER } from "./jetstream-document.ts";
import { erasureToken, keyOfSubject } from "./jetstream-names.ts";
import type { Connection } from "./jetstream-operations.ts";
import { readFrom, readPlace, readStream, readSubject, type ReadMessage } from "./jetstream-read.ts";
import type { AuditEntry, AuditLine, Key, Store } from "./store.ts";

const HOUR_MS = 3_600_000;

type Page = { readonly after?: number; readonly limit: number };

export function createAudit(
  connection: Connection,
  contacts: { isErased(key: Key): Promise<boolean> },
  assertOpen: () => void,
): Pick<Store, "history" | "historySince" | "audit" | "pastEvents"> {
  const erasedOf = followErasures(connection, (key) => contacts.isErased(key));
  const placeAt = rememberPlaces(connection);
  return {
    async history(key, page) {
      assertOpen();
      checkKey(key);
      return (await contacts.isErased(key)) ? [] : await readHistory(connection, key, page);
    },
    async *historySince(key, since) {
      assertOpen();
      checkKey(key);
      if (await contacts.isErased(key)) return;
      const { requests, names } = connection;
      const subject = names.subject("audit", key);
      for (let from = await placeAt(since); ;) {
        const message = await requests.next(names.audit, subject, from);
        if (message === null) return;
        yield entryOf({ data: message.data, header: (name) => message.headers.get(name) });
        from = message.seq + 1;
      }
    },
    async audit(page) {
      assertOpen();
      return await readLines(connection, connection.names.audit, page, erasedOf);
    },
    async pastEvents(page) {
      assertOpen();
      return await readLines(connection, connection.names.events, page, erasedOf);
    },
  };
}

/** The lines of all keys behind a place, oldest first. What was written about an erased key after its erasure is none. */
async function readLines(
  connection: Connection,
  stream: string,
  { after = 0, limit }: Page,
  erasedOf: ErasedOf,
): Promise<readonly AuditLine[]> {
  const messages = await readStream(connection, stream, { after, limit });
  const lines = messages.map((message): AuditLine => {
    const { at, id, body } = entryOf(message);
    return { place: message.seq, key: keyOfSubject(message.subject), at, id, body };
  });
  const gone = await erasedOf(lines.map(({ key }) => key));
  return lines.filter(({ key }) => !gone.has(key));
}

/** Which of these keys are erased at this moment. */
type ErasedOf = (keys: readonly Key[]) => Promise<ReadonlySet<Key>>;

/**
 * To look at each key's document would be a document for every line. Who erases says so before, in a place of its own, and
 * only those who are named there are looked at.
 */
function followErasures(connection: Connection, isErased: (key: Key) => Promise<boolean>): ErasedOf {
  const { names } = connection;
  const begun = new Set<string>();
  let place = 0;
  return async (keys) => {
    if (keys.length === 0) return new Set();
    const page = { after: place, limit: Number.POSITIVE_INFINITY };
    for (const { seq, subject } of await readFrom(connection, names.relays, names.erasure("*"), page)) {
      begun.add(subject.slice(subject.lastIndexOf(".") + 1));
      place = Math.max(place, seq);
    }
    if (begun.size === 0) return new Set();
    const named = [...new Set(keys)].filter((key) => begun.has(erasureToken(key)));
    const erased = await Promise.all(named.map(async (key) => ((await isErased(key)) ? [key] : [])));
    return new Set(erased.flat());
  };
}

/** The lines of one key, newest first. */
async function readHistory(
  connection: Connection,
  key: Key,
  page: { readonly before?: string; readonly limit: number },
): Promise<readonly AuditEntry[]> {
  const messages = await readSubject(
    connection,
    connection.names.audit,
    connection.names.subject("audit", key),
    "whole",
  );
  const entries = new Map<string, AuditEntry>();
  for (const message of messages) {
    const entry = entryOf(message);
    // The server knows repeated ids for ten minutes; the first one counts for ever.
    if (!entries.has(entry.id)) entries.set(entry.id, entry);
  }
  const newestFirst = [...entries.values()].toReversed();
  const start = page.before === undefined ? 0 : newestFirst.findIndex(({ id }) => id === page.before) + 1;
  return page.before !== undefined && start === 0 ? [] : newestFirst.slice(start, start + page.limit);
}

/** Where each hour of the account begins, looked for once. */
function rememberPlaces(connection: Connection): (moment: number) => Promise<number> {
  const known = new Map<number, number>();
  return async (moment) => {
    const hour = Math.floor(moment / HOUR_MS);
    const place = known.get(hour) ?? (await readPlace(connection, connection.names.audit, hour * HOUR_MS));
    known.set(hour, place);
    return place;
  };
}

function entryOf({ data, header }: Pick<ReadMessage, "data" | "header">): AuditEntry {
  return {
    at: Number(header(HEADER.at) ?? 0),
    id: decodeURIComponent(header(HEADER.id) ?? ""),
    body: new Uint8Array(data),
  };
}
