import { randomBytes } from "node:crypto";
import type { Clock } from "../core/model/clock.ts";
import { HEADER } from "./jetstream-document.ts";
import type { Envelope } from "./jetstream-document.ts";
import { messageId } from "./jetstream-names.ts";
import type { Names } from "./jetstream-names.ts";
import type { JetStreamRequests } from "./jetstream-request.ts";
import type { Emit } from "./store.ts";

/**
 * Hands on what a commit emits. The emits lie in the document's envelope until the next commit replaces them, so whoever
 * loads the document after a crash can hand them on again; the server knows repeated ids for ten minutes. To tell later
 * than that whether it was done, each process keeps a watermark in the store: every document it wrote up to that
 * sequence number has been relayed.
 */
export interface Outbox {
  /** Names this process in the envelopes it writes. */
  readonly writer: string;
  relay(outbox: readonly Emit[], at: number): Promise<void>;
  /** Call before a document is published, with what to do when it is known to be relayed, or not to exist. */
  begin(): { stored(seq: number): void; end(): void };
  /** Whether the outbox of the document with this sequence number is known to have been relayed. */
  isRelayed(envelope: Pick<Envelope, "writer">, seq: number): Promise<boolean>;
  stop(): void;
}

const MARK_EVERY_MS = 1_000;
/** For this long a watermark of another process is taken from memory. */
const MARK_FRESH_MS = 500;

export function createOutbox(requests: JetStreamRequests, names: Names, clock: Clock): Outbox {
  const writer = randomBytes(8).toString("hex");
  /** The highest sequence number of a document that the server has told this process of. */
  let highest = 0;
  /** Documents under way: none of them can have a number up to this. */
  const floors = new Set<{ readonly floor: number }>();
  const foreign = new Map<string, { readonly mark: number; readonly readAt: number }>();
  let marked = 0;

  function ownMark(): number {
    let mark = highest;
    for (const { floor } of floors) mark = Math.min(mark, floor);
    return mark;
  }

  /** One at a time: an older mark that is said again after a time-out must not replace a newer one. */
  let isMarking = false;

  async function mark(): Promise<void> {
    const next = ownMark();
    if (next === marked || isMarking) return;
    isMarking = true;
    try {
      await requests.publish(names.relay(writer), Buffer.from(String(next), "utf8"), {});
      marked = next;
    } catch {
      // The next round says it again. Until then a relay may be repeated, which is harmless.
    } finally {
      isMarking = false;
    }
  }

  let cancel = (): void => undefined;
  function tick(): void {
    cancel = clock.after(MARK_EVERY_MS, () => {
      void mark();
      tick();
    });
  }
  tick();

  return {
    writer,
    async relay(outbox, at) {
      const answers = outbox.map(({ lane, id, key, body }) =>
        requests.publish(names.subject(lane, key), body, messageHeaders(lane, { id, key }, at)),
      );
      // All of them settle first: a rejection must not leave others running unobserved.
      const failed = (await Promise.allSettled(answers)).find((answer) => answer.status === "rejected");
      if (failed !== undefined) throw failed.reason;
    },
    begin() {
      const entry = { floor: highest };
      floors.add(entry);
      return {
        stored(seq) {
          highest = Math.max(highest, seq);
        },
        end: () => void floors.delete(entry),
      };
    },
    async isRelayed(envelope, seq) {
      if (envelope.writer === writer) return seq <= ownMark();
      const known = foreign.get(envelope.writer);
      if (known !== undefined && (seq <= known.mark || clock.monotonic() - known.readAt < MARK_FRESH_MS))
        return seq <= known.mark;
      const message = envelope.writer === "" ? null : await requests.last(names.relays, names.relay(envelope.writer));
      const found = message === null ? 0 : Number(message.data.toString("utf8"));
      foreign.set(envelope.writer, { mark: found, readAt: clock.monotonic() });
      return seq <= found;
    },
    stop() {
      cancel();
      void mark();
    },
  };
}

/** The headers of a message in a lane. Ids are percent-encoded: a header is one line of ASCII. */
export function messageHeaders(
  lane: Emit["lane"],
  message: { readonly id: string; readonly key: string },
  at: number,
): Record<string, string> {
  return {
    [HEADER.id]: encodeURIComponent(message.id),
    [HEADER.at]: String(at),
    // Who reads the account knows its lines by their ids for ever; the server would keep each of them in memory for ten minutes.
    ...(lane === "audit" ? {} : { [HEADER.messageId]: messageId(lane, message.key, message.id) }),
  };
}
