import { createInbox } from "nats";
import type { Msg, NatsConnection } from "nats";
import type { Clock } from "../core/model/clock.ts";
import { type HeaderReader, headersOf } from "./jetstream-headers.ts";
import type { JetStreamRequests } from "./jetstream-request.ts";

/** A message as a durable consumer delivered it. */
export interface PulledMessage {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly header: HeaderReader;
  /** Where verdicts on this delivery go. */
  readonly reply: string;
  /** Sequence number in the stream. */
  readonly seq: number;
  /** 1 for the first delivery. */
  readonly deliveries: number;
  /** Epoch milliseconds at which the server stored it. */
  readonly storedAt: number;
  /** Messages behind it that nobody had been given when it was delivered. */
  readonly behind: number;
}

export interface Puller {
  /** A message this puller brought is settled or given back: there is room for another. */
  settled(): void;
  /** Messages that nobody had been given when the last one came; null before any did. True only for who pulls alone. */
  behind(): number | null;
  stop(): void;
}

/** A request for messages ends after this time and is made again; a new server learns of us at the latest then. */
const EXPIRES_MS = 15_000;
/** The server's answer to a request that ended may be lost with a connection. */
const GRACE_MS = 2_000;
const REFUSED_PAUSE_MS = 1_000;

export interface PullOptions {
  readonly nc: NatsConnection;
  readonly requests: JetStreamRequests;
  readonly clock: Clock;
  readonly stream: string;
  readonly consumer: string;
  /** Messages at hand at once that are not settled: what bounds memory. */
  readonly limit: number;
  /** Makes the durable consumer again when it is gone. */
  readonly restore: () => Promise<void>;
  readonly onMessage: (message: PulledMessage) => void;
}

/**
 * Pulls from one durable consumer, by the protocol itself: the client's own `consume` fetches ahead without regard to
 * how many messages are unsettled, and their leases would end in its buffer.
 */
export function pull(options: PullOptions): Puller & { again(): void } {
  const { nc, requests, clock, stream, consumer, limit } = options;
  let atHand = 0;
  let behind: number | null = null;
  /** Messages the server may still send for the request that is open. */
  let expected = 0;
  let stopped = false;
  let round = 0;
  let cancel = (): void => undefined;
  const inbox = createInbox();
  const subscription = nc.subscribe(`${inbox}.*`, {
    callback: (error, message) => void (error === null && received(message)),
  });

  function ask(): void {
    const batch = limit - atHand;
    // Half of the limit at a time: a request for every single message would cost as much as the message.
    if (stopped || nc.isClosed() || expected > 0 || batch < Math.ceil(limit / 2)) return;
    expected = batch;
    round += 1;
    const request = { batch, expires: EXPIRES_MS * 1_000_000 };
    requests.tell(`$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`, JSON.stringify(request), `${inbox}.${round}`);
    cancel();
    cancel = clock.after(EXPIRES_MS + GRACE_MS, () => {
      expected = 0;
      restore();
      ask();
    });
  }

  /** A server that died while it wrote the consumer down has lost it, and says nothing to those who ask for messages. */
  function restore(): void {
    if (!stopped && !nc.isClosed()) void options.restore().catch(() => undefined);
  }

  function received(message: Msg): void {
    // The client gives an empty reply, not none, to a message without one.
    const code = message.data.length === 0 && (message.reply ?? "") === "" ? (message.headers?.code ?? 0) : 0;
    if (code >= 100) {
      // A status comes to the subject asked from; a message keeps its own.
      if (!message.subject.endsWith(`.${round}`) || code === 100) return;
      expected = 0;
      // 408: the time is up. Others mean that the server will not, for now.
      if (code === 408) {
        behind ??= 0;
        return ask();
      }
      restore();
      cancel = replace(cancel, clock.after(REFUSED_PAUSE_MS, ask));
      return;
    }
    const pulled = toPulled(message);
    if (pulled === null || stopped) return;
    // One of a request given up for lost counts as well: at worst the limit is exceeded by what that one still brings.
    expected = Math.max(0, expected - 1);
    atHand += 1;
    ({ behind } = pulled);
    options.onMessage(pulled);
    ask();
  }

  ask();
  return {
    settled() {
      atHand -= 1;
      ask();
    },
    behind: () => behind,
    again() {
      expected = 0;
      ask();
    },
    stop() {
      if (stopped) return;
      stopped = true;
      cancel();
      if (!nc.isClosed()) subscription.unsubscribe();
    },
  };
}

function replace(old: () => void, next: () => void): () => void {
  old();
  return next;
}

/**
 * What a delivery's reply subject says: `$JS.ACK.<stream>.<consumer>.<deliveries>.<seq>.<consumer seq>.<time>.<pending>`,
 * with a domain and an account after ACK since ADR-15. Null for a message that is no delivery.
 */
function toPulled(message: Msg): PulledMessage | null {
  const { reply } = message;
  if (reply === undefined || !reply.startsWith("$JS.ACK.")) return null;
  const tokens = reply.split(".");
  const from = tokens.length >= 11 ? 6 : 4;
  const [deliveries, seq, , time, behind] = tokens.slice(from);
  return {
    subject: message.subject,
    data: message.data,
    header: headersOf(message),
    reply,
    seq: Number(seq),
    deliveries: Number(deliveries),
    storedAt: Math.floor(Number(time) / 1_000_000),
    behind: Number(behind),
  };
}
