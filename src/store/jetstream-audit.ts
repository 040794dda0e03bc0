import { checkKey } from "./input-limits.ts";
import { HEADER } from "./jetstream-document.ts";
import { keyOfSubject } from "./jetstream-names.ts";
import type { Connection } from "./jetstream-operations.ts";
import { readStream, readSubject, type ReadMessage } from "./jetstream-read.ts";
import type { AuditEntry, AuditLine, Key, Store } from "./store.ts";

type Page = { readonly after?: number; readonly limit: number };

export function createAudit(
  connection: Connection,
  contacts: { isErased(key: Key): Promise<boolean> },
  assertOpen: () => void,
): Pick<Store, "history" | "audit" | "pastEvents"> {
  return {
    async history(key, page) {
      assertOpen();
      checkKey(key);
      return (await contacts.isErased(key)) ? [] : await readHistory(connection, key, page);
    },
    async audit(page) {
      assertOpen();
      return await readLines(connection, connection.names.audit, page, (key) => contacts.isErased(key));
    },
    async pastEvents(page) {
      assertOpen();
      return await readLines(connection, connection.names.events, page, (key) => contacts.isErased(key));
    },
  };
}

/** The lines of all keys behind a place, oldest first. What was written about an erased key after its erasure is none. */
async function readLines(
  connection: Connection,
  stream: string,
  { after = 0, limit }: Page,
  isErased: (key: Key) => Promise<boolean>,
): Promise<readonly AuditLine[]> {
  const messages = await readStream(connection, stream, { after, limit });
  const lines = messages.map((message): AuditLine => {
    const { at, id, body } = entryOf(message);
    return { place: message.seq, key: keyOfSubject(message.subject), at, id, body };
  });
  const keys = [...new Set(lines.map(({ key }) => key))];
  const erased = await Promise.all(keys.map(async (key) => ((await isErased(key)) ? [key] : [])));
  const gone = new Set(erased.flat());
  return lines.filter(({ key }) => !gone.has(key));
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

function entryOf({ data, header }: ReadMessage): AuditEntry {
  return {
    at: Number(header(HEADER.at) ?? 0),
    id: decodeURIComponent(header(HEADER.id) ?? ""),
    body: new Uint8Array(data),
  };
}
