import { Events } from "nats";
import { readDue, REOFFER_MS } from "./due-reader.ts";
import { checkKey, checkPayload, MAX_BODY_BYTES } from "./input-limits.ts";
import { createAudit } from "./jetstream-audit.ts";
import { describeServer } from "./jetstream-connection.ts";
import { createContacts } from "./jetstream-contacts.ts";
import { listSparingly, readHealth } from "./jetstream-depth.ts";
import { HEADER } from "./jetstream-document.ts";
import { tailDocuments } from "./jetstream-due.ts";
import type { DocumentTail } from "./jetstream-due.ts";
import { eraseKey, forgetKey, RESIDUAL } from "./jetstream-erase.ts";
import { readDeadLetters, settleDeadLetter } from "./jetstream-dead.ts";
import { readInbox } from "./jetstream-inbox.ts";
import { importInto } from "./jetstream-import.ts";
import { scanContacts, takeTokens } from "./jetstream-operations.ts";
import type { Connection } from "./jetstream-operations.ts";
import { type LaneReader, readStreamLane } from "./jetstream-lane-reader.ts";
import { partitionsOf } from "./jetstream-names.ts";
import type { StreamLane } from "./jetstream-names.ts";
import { openConnection, reach } from "./jetstream-opening.ts";
import type { JetStreamStoreOptions } from "./jetstream-opening.ts";
import type { Outbox } from "./jetstream-outbox.ts";
import { createOutbox, messageHeaders } from "./jetstream-outbox.ts";
import { ensureConsumers, keepFor } from "./jetstream-streams.ts";
import type { KeyClaims } from "./key-claims.ts";
import type { StoreImport } from "./migration.ts";
import { createKeyClaims } from "./key-claims.ts";
import { ownsPartition } from "./partition.ts";
import { Unavailable } from "./store.ts";
import type { ConsumeOptions, Consumer, Delivery, Doc, Fact, Key, Lane, Store, Verdict } from "./store.ts";

/** Facts published at once by one call: enough to fill the line, few enough for the server's ingest queue. */
const APPEND_WINDOW = 500;

/**
 * Production: nothing is needed but NATS, and any number of processes may share it. An answer means the server's process
 * has it; whether it survives the loss of power depends on the server's `sync_interval`.
 * Rejects with Unavailable when no server answers, with Unsupported when it can't keep the store's promises.
 */
export async function openJetStreamStore(options: JetStreamStoreOptions): Promise<Store> {
  return createStore(await openConnection(options), options.reofferMs ?? REOFFER_MS);
}

/** The same, to be filled with what another store holds. */
export async function openJetStreamImport(options: JetStreamStoreOptions): Promise<StoreImport> {
  const { connection, prepare } = await reach(options);
  return importInto(connection, describeServer(connection.nc), prepare);
}

function createStore(connection: Connection, reofferMs: number): Store {
  const { nc, requests, names, clock } = connection;
  let closing: Promise<void> | null = null;
  const isClosed = (): boolean => closing !== null;
  const outbox = createOutbox(requests, names, clock);
  const maxPayload = nc.info?.max_payload ?? 1_048_576;
  const contacts = createContacts({ requests, names, clock, outbox, maxPayload, isClosed });
  const consumers = new Set<Consumer>();
  const lanes = new Map<StreamLane, LaneInProcess>();
  /** One that has stopped asks for nothing when told to ask again. */
  const inboxes = new Set<{ again(): void }>();
  const tails = new Set<DocumentTail>();
  const list = listSparingly(connection);
  const claims = createKeyClaims(() => undefined);
  const load = (key: Key): Promise<Doc | null> => contacts.load(key, "latest");
  const due: DueParts = { connection, outbox, tails, claims, load, isClosed, reofferMs };

  function assertOpen(): void {
    if (closing !== null) throw new Unavailable("the JetStream store is closed");
  }

  function tracked(consumer: Consumer): Consumer {
    const handle: Consumer = {
      async stop(drainMs) {
        consumers.delete(handle);
        await consumer.stop(drainMs);
      },
    };
    consumers.add(handle);
    return handle;
  }

  function laneOf(lane: StreamLane): LaneInProcess {
    const found = lanes.get(lane) ?? createLane(connection, lane, isClosed);
    lanes.set(lane, found);
    return found;
  }

  void followConnection(connection, () => {
    for (const reader of [...lanes.values(), ...inboxes]) reader.again();
  });

  return {
    traits: { durable: "process", shared: true, maxBody: MAX_BODY_BYTES, version: describeServer(nc) },
    async append(facts) {
      assertOpen();
      for (const fact of facts) checkPayload("fact", fact);
      return await appendAll(connection, facts);
    },
    async load(key, how) {
      assertOpen();
      checkKey(key);
      return await contacts.load(key, how);
    },
    async commit(change) {
      assertOpen();
      checkKey(change.key);
      for (const emit of change.emit) checkPayload("emit", emit);
      return await contacts.commit(change);
    },
    async consume(lane, options, handle) {
      assertOpen();
      return tracked(
        lane === "due" ? await consumeDue(due, options, handle) : await laneOf(lane).consume(options, handle),
      );
    },
    async deadLetters(page) {
      assertOpen();
      return await readDeadLetters(connection, page);
    },
    async settleDead(place) {
      assertOpen();
      return await settleDeadLetter(connection, place);
    },
    async consumeOutside(options, handle) {
      assertOpen();
      const inbox = await readInbox(connection, options, handle);
      inboxes.add(inbox);
      return tracked(inbox);
    },
    async take(budget, window, limit, want) {
      assertOpen();
      return await takeTokens(connection, names.budget(budget, window), limit, want);
    },
    ...createAudit(connection, contacts, assertOpen),
    async scan(page) {
      assertOpen();
      return await scanContacts(connection, page);
    },
    async erase(key) {
      assertOpen();
      checkKey(key);
      const hadDocument = await contacts.bury(key);
      return { removed: (hadDocument ? 1 : 0) + (await eraseKey(connection, key)), residual: RESIDUAL };
    },
    async forget(key, by) {
      assertOpen();
      checkKey(key);
      return { removed: await forgetKey(connection, key, by), residual: RESIDUAL };
    },
    async expire(retention) {
      assertOpen();
      return await keepFor(requests, names, retention);
    },
    async health() {
      if (closing !== null) return { ok: false, problems: ["the JetStream store is closed"], depth: {} };
      const dueNow = [...tails].reduce((sum, { wakeUps }) => sum + wakeUps.due(clock.now()), 0);
      return await readHealth(connection, { due: dueNow, events: lanes.get("events")?.waiting() ?? null }, list);
    },
    close() {
      closing ??= (async () => {
        await Promise.all([...consumers].map((consumer) => consumer.stop(0)));
        outbox.stop();
        // What was published goes out first, acknowledgements among it, and is answered: draining ends our hearing of answers.
        await requests.close();
        await nc.drain().catch(() => undefined);
        await nc.close();
      })();
      return closing;
    },
  };
}

interface DueParts {
  readonly connection: Connection;
  readonly outbox: Outbox;
  readonly tails: Set<DocumentTail>;
  readonly claims: KeyClaims;
  readonly load: (key: Key) => Promise<Doc | null>;
  readonly isClosed: () => boolean;
  readonly reofferMs: number;
}

async function consumeDue(
  parts: DueParts,
  options: ConsumeOptions,
  handle: (delivery: Delivery) => Promise<Verdict>,
): Promise<Consumer> {
  const { connection, outbox, tails, claims, load, isClosed, reofferMs } = parts;
  const { requests, names, clock } = connection;
  ownsPartition(options.shard, 0);
  let notify = (): void => undefined;
  const tail = await tailDocuments({ ...connection, outbox, shard: options.shard, load, onDue: () => notify() });
  tails.add(tail);
  const reader = readDue({
    ...options,
    clock,
    claims,
    beginPass: tail.wakeUps.beginPass,
    isCurrent: tail.wakeUps.has,
    begin: () => ({ attempt: 1, ended: () => undefined }),
    async bury({ key, rev, at }, reason) {
      const headers = { ...messageHeaders("dead", { id: rev, key }, at), [HEADER.reason]: encodeURIComponent(reason) };
      await requests.publish(names.subject("dead", key), new Uint8Array(0), headers);
    },
    handle,
    isClosed,
    reofferMs,
  });
  notify = reader.notify;
  return {
    async stop(drainMs) {
      tails.delete(tail);
      await tail.stop();
      await reader.stop(drainMs);
    },
  };
}

interface LaneInProcess {
  consume(options: ConsumeOptions, handle: (delivery: Delivery) => Promise<Verdict>): Promise<Consumer>;
  again(): void;
  /** Deliveries of all its partitions that are not settled; null when that is not known here. */
  waiting(): number | null;
}

/**
 * The consumers of one lane in this process. Each partition is pulled by one of them, so that a key is never in two
 * handlers and keeps its order; a consumer that finds all of its partitions taken stands by until one is free.
 */
function createLane(connection: Connection, lane: StreamLane, isClosed: () => boolean): LaneInProcess {
  const { nc, requests, names, clock } = connection;
  const taken = new Set<number>();
  const waiting = new Set<() => void>();
  const readers = new Set<LaneReader>();
  return {
    again() {
      for (const reader of readers) reader.again();
    },
    waiting() {
      if (taken.size < partitionsOf(lane)) return null;
      const counts = [...readers].map((reader) => reader.waiting());
      return counts.includes(null) ? null : counts.reduce<number>((sum, count) => sum + (count ?? 0), 0);
    },
    async consume(options, handle) {
      const wanted = Array.from({ length: partitionsOf(lane) }, (_, partition) => partition).filter((partition) =>
        ownsPartition(options.shard, partition),
      );
      await ensureConsumers(requests, names, lane, wanted, options.leaseMs);
      const own: Consumer[] = [];
      const start = (): void => {
        const partitions = wanted.filter((partition) => !taken.has(partition));
        if (partitions.length === 0 || own.length > 0) return;
        for (const partition of partitions) taken.add(partition);
        const reader = readStreamLane({ ...options, nc, requests, names, clock, lane, partitions, handle, isClosed });
        readers.add(reader);
        own.push({
          async stop(drainMs) {
            readers.delete(reader);
            await reader.stop(drainMs);
            for (const partition of partitions) taken.delete(partition);
          },
        });
      };
      start();
      waiting.add(start);
      return {
        async stop(drainMs) {
          waiting.delete(start);
          for (const reader of own) await reader.stop(drainMs);
          for (const other of waiting) other();
        },
      };
    },
  };
}

/** After a reconnect the server knows of no request of ours. */
async function followConnection({ nc, requests }: Connection, onReconnect: () => void): Promise<void> {
  for await (const status of nc.status()) {
    if (status.type === Events.Disconnect) requests.connected(false);
    if (status.type !== Events.Reconnect) continue;
    requests.connected(true);
    onReconnect();
  }
}

async function appendAll(
  { requests, names, clock }: Connection,
  facts: readonly Fact[],
): Promise<readonly { readonly fresh: boolean }[]> {
  const now = clock.now();
  const answers: { readonly fresh: boolean }[] = [];
  for (let start = 0; start < facts.length; start += APPEND_WINDOW) {
    const window = facts.slice(start, start + APPEND_WINDOW).map(async ({ id, key, body, dead, at = now }) => {
      const lane: Lane = dead === undefined ? "events" : "dead";
      const reason = dead === undefined ? {} : { [HEADER.reason]: encodeURIComponent(dead) };
      const answer = await requests.publish(names.subject(lane, key), body, {
        ...messageHeaders(lane, { id, key }, at),
        ...reason,
      });
      return { fresh: answer.ok && !answer.duplicate };
    });
    const settled = await Promise.allSettled(window);
    for (const result of settled) {
      if (result.status === "rejected") throw result.reason;
      answers.push(result.value);
    }
  }
  return answers;
}
