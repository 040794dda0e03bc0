import { createInbox } from "nats";
import type { Msg, NatsConnection } from "nats";
import type { Clock } from "../core/model/clock.ts";
import { type HeaderReader, headersOf } from "./jetstream-headers.ts";
import { asUnavailable, ERROR, isObject, JetStreamError } from "./jetstream-request.ts";
import type { JetStreamRequests } from "./jetstream-request.ts";
import { Unavailable } from "./store.ts";

export interface ReadMessage {
  readonly seq: number;
  readonly subject: string;
  readonly data: Uint8Array;
  readonly header: HeaderReader;
}

const BATCH = 256;
const TIMEOUT_MS = 5_000;
/** Between two looks at a replica that lags behind. */
const LAG_MS = 50;

interface Reader {
  readonly nc: Pick<NatsConnection, "subscribe" | "publish" | "isClosed">;
  readonly requests: Pick<JetStreamRequests, "api" | "last">;
  readonly clock: Clock;
}

/** All messages of one subject, oldest first. Rejects with Unavailable. */
export async function readSubject(
  connection: Reader,
  stream: string,
  subject: string,
  what: "whole" | "headers",
): Promise<readonly ReadMessage[]> {
  const last = await connection.requests.last(stream, subject);
  if (last === null) return [];
  return await readUntil(connection, stream, last.seq, {
    limit: Number.POSITIVE_INFINITY,
    config: { filter_subject: subject, deliver_policy: "all", headers_only: what === "headers" },
  });
}

/** Up to a sequence number that is known to be there, by a consumer that lives for this reading only. */
async function readUntil(
  { nc, requests, clock }: Reader,
  stream: string,
  last: number,
  { limit, config }: { readonly limit: number; readonly config: object },
): Promise<readonly ReadMessage[]> {
  const { name: consumer } = await created(requests, stream, config);
  const found: ReadMessage[] = [];
  const giveUpAt = clock.monotonic() + TIMEOUT_MS;
  try {
    while (found.length < limit && (found.at(-1)?.seq ?? 0) < last) {
      const size = Math.min(BATCH, limit - found.length);
      const batch = await nextBatch(nc, clock, `$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`, size);
      found.push(...batch);
      if (batch.length > 0) continue;
      // Removed meanwhile. Or the consumer has been put on a replica to which it has not come yet.
      if (!(await isStored(requests, stream, last))) break;
      if (clock.monotonic() > giveUpAt) throw new Unavailable("a replica of NATS JetStream lags behind; try again");
      await new Promise<void>((resolve) => void clock.after(LAG_MS, resolve));
    }
  } finally {
    remove(requests, stream, consumer);
  }
  return found;
}

/** The server removes it soon in any case. */
function remove(requests: Reader["requests"], stream: string, consumer: string): void {
  requests.api(`CONSUMER.DELETE.${stream}.${consumer}`).catch(() => undefined);
}

async function isStored(requests: Reader["requests"], stream: string, seq: number): Promise<boolean> {
  try {
    await requests.api(`STREAM.MSG.GET.${stream}`, { seq });
    return true;
  } catch (error) {
    if (error instanceof JetStreamError && error.errCode === ERROR.noMessageFound) return false;
    throw asUnavailable(error);
  }
}

/** Up to so many messages behind a sequence number, oldest first; `subject` may have wildcards. Rejects with Unavailable. */
export async function readFrom(
  connection: Reader,
  stream: string,
  subject: string,
  page: { readonly after: number; readonly limit: number },
): Promise<readonly ReadMessage[]> {
  const last = await connection.requests.last(stream, subject);
  if (last === null || last.seq <= page.after) return [];
  return await readUntil(connection, stream, last.seq, {
    limit: page.limit,
    config: { filter_subject: subject, deliver_policy: "by_start_sequence", opt_start_seq: page.after + 1 },
  });
}

/** The same of all subjects of a stream: without a filter, the server has nothing to look through. Rejects with Unavailable. */
export async function readStream(
  connection: Reader,
  stream: string,
  page: { readonly after: number; readonly limit: number },
): Promise<readonly ReadMessage[]> {
  const last = await lastOf(connection.requests, stream);
  if (last <= page.after) return [];
  return await readUntil(connection, stream, last, {
    limit: page.limit,
    config: { deliver_policy: "by_start_sequence", opt_start_seq: page.after + 1 },
  });
}

/** The sequence number of the newest message; 0 of an empty stream. */
async function lastOf(requests: Reader["requests"], stream: string): Promise<number> {
  try {
    const { state } = await requests.api(`STREAM.INFO.${stream}`);
    if (!isObject(state) || state["messages"] === 0) return 0;
    return typeof state["last_seq"] === "number" ? state["last_seq"] : 0;
  } catch (error) {
    throw asUnavailable(error);
  }
}

/** The sequence number from which on all messages are that were stored then (epoch milliseconds) or later. Rejects with Unavailable. */
export async function readPlace(
  { requests }: Pick<Reader, "requests">,
  stream: string,
  moment: number,
): Promise<number> {
  const config = { deliver_policy: "by_start_time", opt_start_time: new Date(moment).toISOString() };
  const { name, before } = await created(requests, stream, config);
  remove(requests, stream, name);
  return before + 1;
}

interface Reading {
  readonly name: string;
  /** The sequence number before the first that it delivers. */
  readonly before: number;
}

/** A consumer that lives for one reading. */
async function created(requests: Reader["requests"], stream: string, config: object): Promise<Reading> {
  const passing = { ack_policy: "none", inactive_threshold: 30_000_000_000, mem_storage: true, num_replicas: 1 };
  try {
    const asked = { stream_name: stream, config: { ...config, ...passing } };
    const { name, delivered } = await requests.api(`CONSUMER.CREATE.${stream}`, asked);
    const before = isObject(delivered) ? Number(delivered["stream_seq"] ?? 0) : 0;
    if (typeof name === "string") return { name, before };
  } catch (error) {
    throw asUnavailable(error);
  }
  throw new Unavailable("NATS JetStream made a consumer without a name");
}

async function nextBatch(
  nc: Reader["nc"],
  clock: Clock,
  subject: string,
  size: number,
): Promise<readonly ReadMessage[]> {
  const inbox = createInbox();
  const batch: ReadMessage[] = [];
  return await new Promise((resolve, reject) => {
    const subscription = nc.subscribe(inbox, { callback: (error, message) => received(error, message) });
    const cancel = clock.after(TIMEOUT_MS, () => end(() => reject(new Unavailable("NATS JetStream did not answer"))));
    function end(settle: () => void): void {
      cancel();
      if (!nc.isClosed()) subscription.unsubscribe();
      settle();
    }
    function received(error: Error | null, message: Msg): void {
      if (error !== null) return end(() => reject(new Unavailable("NATS JetStream did not answer", { cause: error })));
      // A status without a reply says that there are no more; a message has its acknowledgement subject.
      if (message.reply === undefined || message.reply === "") return end(() => resolve(batch));
      batch.push(toRead(message, message.reply));
      if (batch.length === size) end(() => resolve(batch));
    }
    nc.publish(subject, JSON.stringify({ batch: size, no_wait: true }), { reply: inbox });
  });
}

function toRead(message: Msg, reply: string): ReadMessage {
  const tokens = reply.split(".");
  return {
    seq: Number(tokens[tokens.length >= 11 ? 7 : 5]),
    subject: message.subject,
    data: message.data,
    header: headersOf(message),
  };
}
