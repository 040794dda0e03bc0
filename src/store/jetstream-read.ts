import { createInbox } from "nats";
import type { Msg, NatsConnection } from "nats";
import type { Clock } from "../core/model/clock.ts";
import { asUnavailable, isObject } from "./jetstream-request.ts";
import type { JetStreamRequests } from "./jetstream-request.ts";
import { Unavailable } from "./store.ts";

export interface ReadMessage {
  readonly seq: number;
  readonly data: Uint8Array;
  readonly header: (name: string) => string | undefined;
}

const BATCH = 256;
const TIMEOUT_MS = 5_000;

/** All messages of one subject, oldest first, by a consumer that lives for this reading only. Rejects with Unavailable. */
export async function readSubject(
  connection: { readonly nc: NatsConnection; readonly requests: JetStreamRequests; readonly clock: Clock },
  stream: string,
  subject: string,
  what: "whole" | "headers",
): Promise<readonly ReadMessage[]> {
  const { nc, requests, clock } = connection;
  const last = await requests.last(stream, subject);
  if (last === null) return [];
  const config = {
    deliver_policy: "all",
    ack_policy: "none",
    filter_subject: subject,
    inactive_threshold: 30_000_000_000,
    mem_storage: true,
    num_replicas: 1,
    headers_only: what === "headers",
  };
  const consumer = await created(requests, stream, config);
  const found: ReadMessage[] = [];
  try {
    for (let more = true; more && (found.at(-1)?.seq ?? 0) < last.seq;) {
      const batch = await nextBatch(nc, clock, `$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`);
      found.push(...batch);
      more = batch.length > 0;
    }
  } finally {
    // The server removes it soon in any case.
    requests.api(`CONSUMER.DELETE.${stream}.${consumer}`).catch(() => undefined);
  }
  return found;
}

async function created(requests: JetStreamRequests, stream: string, config: object): Promise<string> {
  try {
    const answer = await requests.api(`CONSUMER.CREATE.${stream}`, { stream_name: stream, config });
    if (isObject(answer) && typeof answer["name"] === "string") return answer["name"];
  } catch (error) {
    throw asUnavailable(error);
  }
  throw new Unavailable("NATS JetStream made a consumer without a name");
}

async function nextBatch(nc: NatsConnection, clock: Clock, subject: string): Promise<readonly ReadMessage[]> {
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
      if (batch.length === BATCH) end(() => resolve(batch));
    }
    nc.publish(subject, JSON.stringify({ batch: BATCH, no_wait: true }), { reply: inbox });
  });
}

function toRead(message: Msg, reply: string): ReadMessage {
  const tokens = reply.split(".");
  return {
    seq: Number(tokens[tokens.length >= 11 ? 7 : 5]),
    data: message.data,
    header: (name) => (message.headers?.has(name) === true ? message.headers.get(name) : undefined),
  };
}
