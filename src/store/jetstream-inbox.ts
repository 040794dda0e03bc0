import { HEADER } from "./jetstream-document.ts";
import type { Connection } from "./jetstream-operations.ts";
import { pull } from "./jetstream-pull.ts";
import type { PulledMessage } from "./jetstream-pull.ts";
import { isObject } from "./jetstream-request.ts";
import { ensureConsumer } from "./jetstream-streams.ts";
import type { Consumer, OutsideMessage, Store } from "./store.ts";

type ConsumeOutside = NonNullable<Store["consumeOutside"]>;

/** One for all processes that take in: the server gives each message to one of them. */
const CONSUMER = "inbox";
const SWEEP_MS = 1_000;

/** Takes what other systems published into the inbox. `again` is for a connection that came back. */
export async function readInbox(
  connection: Connection,
  { parallel, leaseMs }: Parameters<ConsumeOutside>[0],
  handle: Parameters<ConsumeOutside>[1],
): Promise<Consumer & { readonly again: () => void }> {
  const { nc, requests, names, clock } = connection;
  const stream = names.inbox;
  const restore = (): Promise<void> =>
    ensureConsumer(requests, stream, { name: CONSUMER, filter: names.filters.inbox }, leaseMs);
  await restore();
  const atWork = new Set<Promise<void>>();

  /** A connection that drains takes no more words: the message comes again when its lease ends. */
  function answer({ reply }: PulledMessage, verdict: string): void {
    if (!nc.isClosed() && !nc.isDraining()) nc.publish(reply, verdict);
  }

  async function deliver(message: PulledMessage): Promise<void> {
    try {
      const verdict = await handle(toOutside(message));
      if ("again" in verdict) {
        const delay = Math.max(1, Math.ceil(verdict.again - clock.now())) * 1_000_000;
        answer(message, `-NAK ${JSON.stringify({ delay })}`);
        return;
      }
      answer(message, "+ACK");
      sweepSoon();
    } catch {
      // No verdict: it comes again when its lease ends.
    }
  }

  let cancelSweep: (() => void) | null = null;
  function sweepSoon(): void {
    cancelSweep ??= clock.after(SWEEP_MS, () => {
      cancelSweep = null;
      void sweep();
    });
  }

  /**
   * Whom a message is about, its subject does not say, so an erasure could not find it here: what was taken in goes. All
   * at once up to the first that waits, because deleting each would cost three times as much as taking it in.
   */
  async function sweep(): Promise<void> {
    try {
      const { ack_floor: floor } = await requests.api(`CONSUMER.INFO.${stream}.${CONSUMER}`);
      const seq = isObject(floor) ? Number(floor["stream_seq"] ?? 0) : 0;
      if (seq > 0) await requests.api(`STREAM.PURGE.${stream}`, { seq: seq + 1 });
    } catch {
      // The next one does it, and what nobody does expires by itself.
    }
  }

  const puller = pull({
    ...connection,
    stream,
    consumer: CONSUMER,
    limit: parallel,
    restore,
    onMessage(message) {
      const work = deliver(message).finally(() => {
        atWork.delete(work);
        puller.settled();
      });
      atWork.add(work);
    },
  });

  return {
    again: () => puller.again(),
    async stop(drainMs) {
      puller.stop();
      const late = new Promise<void>((resolve) => {
        const cancel = clock.after(drainMs, resolve);
        void Promise.all(atWork).finally(cancel);
      });
      await Promise.race([Promise.all(atWork), late]);
      cancelSweep?.();
      await sweep();
    },
  };
}

/** A stream that was made anew counts from one again, so the moment of storing is part of the name. */
function toOutside({ header, data, seq, storedAt, deliveries }: PulledMessage): OutsideMessage {
  const named = header(HEADER.messageId) ?? "";
  const id = named === "" ? `nats-${storedAt}-${seq}` : named;
  return { id, body: new Uint8Array(data), at: storedAt, attempt: deliveries };
}
