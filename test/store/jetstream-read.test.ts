import { headers } from "nats";
import type { Msg, SubscriptionOptions } from "nats";
import { expect, it } from "vitest";
import { readSubject } from "../../src/store/jetstream-read.ts";
import { JetStreamError } from "../../src/store/jetstream-request.ts";
import { Unavailable } from "../../src/store/store.ts";
import { type VirtualClock, virtualClock } from "../support/virtual-clock.ts";

/** A cluster in which the reading consumer sits on a replica that has, at each pull, got so many messages of three. */
function replica(clock: VirtualClock, got: readonly number[], isLastStored = true) {
  let callback: NonNullable<SubscriptionOptions["callback"]> = () => undefined;
  let pulls = 0;
  let sent = 0;
  const message = (reply: string, seq: number): Msg =>
    ({ reply, subject: "s", data: new TextEncoder().encode(`m${seq}`), headers: headers() }) as unknown as Msg;
  return {
    clock,
    nc: {
      isClosed: () => false,
      subscribe: (_subject: string, options?: SubscriptionOptions) => {
        callback = options?.callback ?? callback;
        return { unsubscribe: () => undefined } as never;
      },
      publish() {
        const upTo = got[Math.min(pulls, got.length - 1)] ?? 0;
        pulls += 1;
        queueMicrotask(() => {
          while (sent < upTo) {
            sent += 1;
            callback(null, message(`$JS.ACK.stream.consumer.1.${sent}.${sent}.0.0`, sent));
          }
          callback(null, message("", 0));
        });
      },
    },
    requests: {
      last: async () => ({ seq: 3, subject: "s", headers: new Map(), data: Buffer.from("m3") }),
      async api(subject: string) {
        if (subject.startsWith("CONSUMER.CREATE")) return { name: "consumer" };
        if (!subject.startsWith("STREAM.MSG.GET") || isLastStored) return {};
        throw new JetStreamError(10037, "no message found");
      },
    },
  };
}

const seqs = (found: readonly { readonly seq: number }[]) => found.map(({ seq }) => seq);

it("reads to the end although its replica has not got all of it yet", async () => {
  const clock = virtualClock();
  const reading = readSubject(replica(clock, [0, 1, 1, 3]), "stream", "s", "whole");
  await clock.pass(1_000);
  expect(seqs(await reading)).toEqual([1, 2, 3]);
});

it("is content with what is there when the rest was removed meanwhile", async () => {
  const clock = virtualClock();
  const reading = readSubject(replica(clock, [2], false), "stream", "s", "whole");
  await clock.pass(1_000);
  expect(seqs(await reading)).toEqual([1, 2]);
});

it("never takes a part for the whole", async () => {
  const clock = virtualClock();
  const reading = expect(readSubject(replica(clock, [2]), "stream", "s", "whole")).rejects.toThrow(Unavailable);
  await clock.pass(10_000);
  await reading;
});
