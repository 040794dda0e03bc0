import type { NatsConnection } from "nats";
import type { Clock } from "../core/model/clock.ts";
import { HEADER, idOfMessage } from "./jetstream-document.ts";
import { keyOfSubject, messageId } from "./jetstream-names.ts";
import type { Names, StreamLane } from "./jetstream-names.ts";
import { messageHeaders } from "./jetstream-outbox.ts";
import { pull } from "./jetstream-pull.ts";
import type { PulledMessage } from "./jetstream-pull.ts";
import type { JetStreamRequests } from "./jetstream-request.ts";
import { ensureConsumer } from "./jetstream-streams.ts";
import { createKeyClaims } from "./key-claims.ts";
import { createKeyedRunner } from "./keyed-runner.ts";
import type { KeyedTask, StepAside } from "./keyed-runner.ts";
import { lookAheadFor } from "./lane-reader.ts";
import type { ConsumeOptions, Consumer, Delivery, Verdict } from "./store.ts";

export interface StreamLaneOptions extends ConsumeOptions {
  readonly nc: NatsConnection;
  readonly requests: JetStreamRequests;
  readonly names: Names;
  readonly clock: Clock;
  readonly lane: StreamLane;
  /** The partitions this consumer is to pull: no other one of this process does. */
  readonly partitions: readonly number[];
  readonly handle: (delivery: Delivery) => Promise<Verdict>;
  readonly isClosed: () => boolean;
}

/** A message in our hands: waiting for its turn, or at work. */
interface InHand {
  /** The last delivery of it: verdicts on earlier ones count for nothing once it was delivered again. */
  message: PulledMessage;
  running: boolean;
  /** Monotonic time at which its lease began, or began again. */
  leasedAt: number;
}

/** Asking for few at a time costs a request for few; holding many, they wait for their lease to end when we die. */
const MIN_PER_PARTITION = 16;
/** The share of a lease that may be gone when a handler begins. */
const WAITED_LONG = 0.25;
const GIVE_UP_RETRY_MS = 500;

export interface LaneReader extends Consumer {
  /** For a connection that came back. */
  again(): void;
  /** Deliveries of its partitions that are not settled; null until each has said what it holds. */
  waiting(): number | null;
}

/** Pulls some partitions of a lane and runs its handlers. */
export function readStreamLane(options: StreamLaneOptions): LaneReader {
  const { nc, requests, names, clock, lane, leaseMs, parallel, partitions } = options;
  const stream = names.stream(lane);
  const inHand = new Map<number, InHand>();
  /** By their sequence numbers, deliveries that are not acknowledged: in our hands, or to come again. */
  const owed = new Set<number>();
  const lookAhead = lookAheadFor(parallel);
  const limit = Math.max(MIN_PER_PARTITION, Math.ceil(lookAhead / Math.max(1, partitions.length)));
  // The pullers bound what is taken in; one consumer owns each partition, so no key is another's.
  const unbounded = Number.POSITIVE_INFINITY;
  const claims = createKeyClaims(() => undefined);
  const runner = createKeyedRunner({
    clock,
    parallel,
    lookAhead: unbounded,
    perKey: unbounded,
    claims,
    onRoom: () => undefined,
  });
  let stopped = false;

  const pullers = partitions.map((partition) => {
    const consumer = names.consumer(lane, partition);
    const puller = pull({
      nc,
      requests,
      clock,
      stream,
      consumer: consumer.name,
      limit,
      restore: () => ensureConsumer(requests, stream, consumer, leaseMs),
      onMessage: (message) => take(message, () => puller.settled()),
    });
    return puller;
  });

  function take(message: PulledMessage, settled: () => void): void {
    const known = inHand.get(message.seq);
    if (known !== undefined) {
      // Its lease ended while it is still here: one handler is enough.
      known.message = message;
      known.leasedAt = clock.monotonic();
      settled();
      return;
    }
    const item: InHand = { message, running: false, leasedAt: clock.monotonic() };
    inHand.set(message.seq, item);
    owed.add(message.seq);
    let counts = true;
    /** Another may be pulled in its place. */
    const makeRoom = (): void => {
      if (!counts) return;
      counts = false;
      settled();
    };
    const letGo = (): void => {
      if (inHand.get(message.seq) !== item) return;
      inHand.delete(message.seq);
      makeRoom();
    };
    const task: KeyedTask = {
      key: keyOfSubject(message.subject),
      async run(stepAside) {
        // Let go of while it waited behind a handler that hangs.
        if (inHand.get(message.seq) !== item) return;
        item.running = true;
        const isDone = await deliver(options, item, () => {
          const comeBack = stepAside();
          if (comeBack !== null) makeRoom();
          return comeBack;
        });
        if (isDone) owed.delete(message.seq);
        letGo();
      },
      drop() {
        answer(requests, item, "-NAK");
        letGo();
      },
    };
    if (runner.offer(task) !== "taken") task.drop();
  }

  /** Keeps the leases of those that wait for their turn; one that waits behind a handler past its own lease goes elsewhere. */
  function keepWaiting(): void {
    const now = clock.monotonic();
    const hanging = new Set<string>();
    for (const { running, leasedAt, message } of inHand.values()) {
      if (running && leasedAt + leaseMs < now) hanging.add(message.subject);
    }
    for (const [seq, item] of inHand) {
      if (item.running) continue;
      if (!hanging.has(item.message.subject)) extend(requests, item, now);
      else if (inHand.delete(seq)) pullers[pullerOf(item.message.subject)]?.settled();
    }
  }

  function pullerOf(subject: string): number {
    if (partitions.length === 1) return 0;
    return partitions.indexOf(Number(subject.split(".").at(-2)));
  }

  let cancelTick = (): void => undefined;
  function tick(): void {
    cancelTick = clock.after(leaseMs / 3, () => {
      if (stopped || options.isClosed()) return;
      keepWaiting();
      tick();
    });
  }
  tick();

  return {
    again() {
      for (const puller of pullers) puller.again();
    },
    waiting() {
      const behind = pullers.map((puller) => puller.behind());
      return behind.includes(null) ? null : behind.reduce<number>((sum, each) => sum + (each ?? 0), owed.size);
    },
    async stop(drainMs) {
      if (stopped) return;
      stopped = true;
      for (const puller of pullers) puller.stop();
      await runner.stop(drainMs);
      cancelTick();
    },
  };
}

function answer(requests: JetStreamRequests, { message }: InHand, verdict: string): void {
  requests.tell(message.reply, verdict);
}

function extend(requests: JetStreamRequests, item: InHand, now: number): void {
  item.leasedAt = now;
  answer(requests, item, "+WPI");
}

/** Runs the handler and passes its verdict on: true when it was acknowledged. Never rejects. */
async function deliver(options: StreamLaneOptions, item: InHand, stepAside: StepAside): Promise<boolean> {
  const { requests, clock, leaseMs, lane } = options;
  const { message } = item;
  if (options.isClosed()) return false;
  const now = clock.monotonic();
  // It may have waited: its handler gets a whole lease. To say so each time would be a message for every message.
  if (now - item.leasedAt > leaseMs * WAITED_LONG) extend(requests, item, now);
  const id = idOfMessage(message);
  const reason = message.header(HEADER.reason);
  const delivery: Delivery = {
    lane,
    id,
    key: keyOfSubject(message.subject),
    body: new Uint8Array(message.data),
    at: Number(message.header(HEADER.at) ?? message.storedAt),
    attempt: message.deliveries,
    ...(reason === undefined ? {} : { reason: decodeURIComponent(reason) }),
    extend: () => extend(requests, item, clock.monotonic()),
    stepAside,
  };
  let verdict: Verdict;
  try {
    verdict = await options.handle(delivery);
  } catch {
    // No verdict: the server delivers it again when the lease ends.
    return false;
  }
  if ("again" in verdict) {
    answer(
      requests,
      item,
      `-NAK ${JSON.stringify({ delay: Math.max(1, Math.ceil(verdict.again - clock.now())) * 1_000_000 })}`,
    );
    return false;
  }
  if ("dead" in verdict && !(await giveUp(options, item, delivery, verdict.dead))) return false;
  answer(requests, item, "+ACK");
  if (lane === "dead") await removeDead(options, message.seq);
  return true;
}

/**
 * Into the dead lane, confirmed, before the acknowledgement. Never by TERM with a reason: nats-server before 2.10 ignores
 * that and delivers again. False when the store was closed first.
 */
async function giveUp(options: StreamLaneOptions, item: InHand, delivery: Delivery, reason: string): Promise<boolean> {
  const { requests, names, clock, lane, isClosed } = options;
  const { id, key, body } = delivery;
  const headers = {
    ...messageHeaders("dead", { id, key }, delivery.at),
    [HEADER.messageId]: messageId("gave up", lane, key, id, String(item.message.seq)),
    [HEADER.reason]: encodeURIComponent(reason),
  };
  for (;;) {
    if (isClosed()) return false;
    try {
      await requests.publish(names.subject("dead", key), body, headers);
      return true;
    } catch {
      answer(requests, item, "+WPI");
      await new Promise<void>((resolve) => void clock.after(GIVE_UP_RETRY_MS, resolve));
    }
  }
}

/** What was dealt with leaves the dead stream, so that it holds what waits. */
async function removeDead({ requests, names }: StreamLaneOptions, seq: number): Promise<void> {
  try {
    await requests.api(`STREAM.MSG.DELETE.${names.dead}`, { seq });
  } catch {
    // It was acknowledged and stays as a record; erasure finds it by its subject.
  }
}
