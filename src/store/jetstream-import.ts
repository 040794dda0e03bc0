import { decodeEnvelope, encodeEnvelope, HEADER } from "./jetstream-document.ts";
import { erasureToken, keyOfSubject, messageId } from "./jetstream-names.ts";
import { listSubjects } from "./jetstream-operations.ts";
import type { Connection } from "./jetstream-operations.ts";
import { messageHeaders } from "./jetstream-outbox.ts";
import { readSubject } from "./jetstream-read.ts";
import { asUnavailable, ERROR, isObject, JetStreamError } from "./jetstream-request.ts";
import { ARRIVED_KEY, isArrived, NOTHING } from "./migration.ts";
import type { MarkedItem, Moved, MovedCounts, StoreImport } from "./migration.ts";
import { type Key, Unavailable, Unsupported } from "./store.ts";

/** Takes in what another store holds, with its own times: past the port, whose commits would all be of now. */
export function importInto(connection: Connection, version: string, prepare: () => Promise<void>): StoreImport {
  const { nc, requests, names } = connection;
  return {
    version,
    prepare,
    async arrived() {
      const message = await orNothing(() => requests.last(names.contacts, names.contact(ARRIVED_KEY)), null);
      if (message === null) return null;
      const found: unknown = JSON.parse(Buffer.from(decodeEnvelope(message).body).toString("utf8"));
      return isArrived(found) ? found : null;
    },
    async tell(arrived) {
      const body = Buffer.from(JSON.stringify(arrived), "utf8");
      const { payload, headers } = envelope({ body, writtenAt: connection.clock.now(), wakeAt: null, erased: false });
      await requests.publish(names.contact(ARRIVED_KEY), payload, headers);
    },
    counts: () => countAll(connection),
    async house() {
      const found = new Map<Key, Uint8Array>();
      for (const subject of await houseSubjects(connection)) {
        const message = await requests.last(names.contacts, subject);
        if (message !== null) found.set(keyOfSubject(subject), decodeEnvelope(message).body);
      }
      return found;
    },
    async houseLines(accounts) {
      const found = accounts.map((key) =>
        orNothing(() => readSubject(connection, names.audit, names.subject("audit", key), "headers"), []),
      );
      return (await Promise.all(found)).flat().length;
    },
    async clearHouse(accounts) {
      for (const filter of await houseSubjects(connection)) {
        await requests.api(`STREAM.PURGE.${names.contacts}`, { filter });
      }
      for (const key of accounts) {
        await requests.api(`STREAM.PURGE.${names.audit}`, { filter: names.subject("audit", key) });
      }
    },
    async lastPlace() {
      const { state } = await requests.api(`STREAM.INFO.${names.audit}`);
      return isObject(state) && typeof state["last_seq"] === "number" ? state["last_seq"] : 0;
    },
    async write(items, again) {
      const known = again ? await knownIds(connection, items) : new Set<string>();
      // In one go, and in their order: the server takes in what comes on one line as it comes.
      const writing = items.map((marked) =>
        known.has(markId(marked)) ? Promise.resolve() : writeOne(connection, marked, again),
      );
      const failed = (await Promise.allSettled(writing)).find(({ status }) => status === "rejected");
      if (failed?.status === "rejected") throw failed.reason;
    },
    async close() {
      await nc.drain().catch(() => undefined);
      await nc.close();
    },
  };
}

/** What the server knows a moved message again by: like no other's, so that nothing is taken for a copy of something else. */
function markId({ mark }: MarkedItem): string {
  return messageId("moved", mark);
}

async function writeOne(connection: Connection, marked: MarkedItem, again: boolean): Promise<void> {
  const { requests, names } = connection;
  const { item } = marked;
  switch (item.kind) {
    case "document":
      return putNew(connection, names.contact(item.key), again, envelope({ ...item, erased: false }));
    case "tombstone": {
      const body = new Uint8Array(0);
      await requests.publish(names.erasure(erasureToken(item.key)), body, {});
      return putNew(
        connection,
        names.contact(item.key),
        again,
        envelope({ ...item, body, wakeAt: null, erased: true }),
      );
    }
    case "counter": {
      const payload = Buffer.from(String(item.taken), "utf8");
      return putNew(connection, names.budget(item.budget, item), again, { payload, headers: {} });
    }
    case "line":
    case "delivery": {
      const { lane, subject } = placeOf(connection, item);
      const reason = "reason" in item ? { [HEADER.reason]: encodeURIComponent(item.reason) } : {};
      const headers = { ...messageHeaders(lane, item, item.at), [HEADER.messageId]: markId(marked), ...reason };
      await requests.publish(subject, item.body, headers);
    }
  }
}

type Told = Extract<Moved, { kind: "line" | "delivery" }>;

function placeOf({ names }: Connection, item: Told) {
  const lane = item.kind === "line" ? "audit" : item.lane;
  const stream = item.kind === "line" ? names.audit : names.stream(item.lane);
  return { lane, stream, subject: names.subject(lane, item.key) } as const;
}

interface Written {
  readonly body: Uint8Array;
  readonly writtenAt: number;
  readonly wakeAt: number | null;
  readonly erased: boolean;
}

/** Its outbox is empty: what it had to hand on is moved by itself. */
function envelope({ body, writtenAt, wakeAt, erased }: Written): ReturnType<typeof encodeEnvelope> {
  return encodeEnvelope({ body, writtenAt, wakeAt, erased, writer: "", outbox: [] });
}

async function putNew(
  { requests }: Connection,
  subject: string,
  again: boolean,
  { payload, headers }: { readonly payload: Buffer; readonly headers: Readonly<Record<string, string>> },
): Promise<void> {
  const answer = await requests.publish(subject, payload, { ...headers, [HEADER.expected]: "0" });
  if (!answer.ok && !again)
    throw new Unsupported("somebody else writes into the store that everything is moved to: stop that first");
}

/** After an interruption some of a batch may be there already. */
async function knownIds(connection: Connection, items: readonly MarkedItem[]): Promise<ReadonlySet<string>> {
  const places = new Map<string, { readonly stream: string; readonly subject: string }>();
  for (const { item } of items) {
    if (item.kind !== "line" && item.kind !== "delivery") continue;
    const { stream, subject } = placeOf(connection, item);
    places.set(`${stream} ${subject}`, { stream, subject });
  }
  const known = new Set<string>();
  for (const { stream, subject } of places.values()) {
    for (const { header } of await readSubject(connection, stream, subject, "headers")) {
      known.add(header(HEADER.messageId) ?? "");
    }
  }
  return known;
}

/** All but the word of the move itself. */
async function houseSubjects(connection: Connection): Promise<readonly string[]> {
  const subjects = await orNothing(() => listSubjects(connection), []);
  return subjects.filter((subject) => {
    const key = keyOfSubject(subject);
    return key.startsWith("heed:") && key !== ARRIVED_KEY;
  });
}

/** Where nothing has run yet there is no stream to ask. */
async function orNothing<T>(ask: () => Promise<T>, nothing: T): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (isMissing(error)) return nothing;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  if (error instanceof JetStreamError) return error.errCode === ERROR.streamNotFound;
  return error instanceof Unavailable && error.cause !== undefined && isMissing(error.cause);
}

async function countAll(connection: Connection): Promise<MovedCounts> {
  const { names, requests } = connection;
  const count = async (stream: string): Promise<number> => {
    try {
      const { state } = await requests.api(`STREAM.INFO.${stream}`);
      if (isObject(state) && typeof state["messages"] === "number") return state["messages"];
    } catch (error) {
      if (isMissing(error)) return 0;
      throw asUnavailable(error);
    }
    throw new Unavailable(`nats-server did not say how much the stream ${stream} holds`);
  };
  const marker = await orNothing(() => requests.last(names.contacts, names.contact(ARRIVED_KEY)), null);
  return {
    ...NOTHING,
    documents: (await count(names.contacts)) - (marker === null ? 0 : 1),
    lines: await count(names.audit),
    counters: await count(names.budgets),
    events: await count(names.events),
    jobs: await count(names.jobs),
    "dead letters": await count(names.dead),
  };
}
