import type { Clock } from "../core/model/clock.ts";
import { createKeyClaims } from "./key-claims.ts";
import type { KeyClaims } from "./key-claims.ts";
import { createKeyedRunner, type StepAside } from "./keyed-runner.ts";
import { ownsPartition, partitionOf } from "./partition.ts";
import { Unavailable } from "./store.ts";
import type { ConsumeOptions, Consumer, Delivery, Key, Lane, Verdict } from "./store.ts";

/** What a lane of a single-process store holds: ready entries by ascending sequence number. */
export interface QueuedEntry {
  readonly seq: number;
  readonly id: string;
  readonly key: Key;
  readonly body: Uint8Array;
  readonly at: number;
  /** Number of the delivery to come, 1 at first. */
  readonly attempt: number;
  readonly reason?: string;
}

/** A place in a lane. `open` reads the whole entry; null when its key was erased meanwhile. */
export interface Slot {
  readonly seq: number;
  readonly key: Key;
  open(): QueuedEntry | null;
}

/** `again` puts it back with one attempt more, also when no verdict came and the lease decides the time. */
export type Settlement = { readonly done: true } | { readonly again: number } | { readonly dead: string };

/** The part of a single-process store that its lane readers need. */
export interface LaneQueue {
  /** Ready entries from a sequence number on. Cheap to abandon. */
  ready(lane: Lane, from: number): Iterable<Slot>;
  /** Puts delayed entries whose time has come at the tail of the ready ones. True when it moved any. */
  ripen(lane: Lane): Promise<boolean>;
  settle(lane: Lane, entry: QueuedEntry, settlement: Settlement): Promise<void>;
  /** Marks a delivery as begun, so that a crash in its midst counts as an attempt. Returns how to take the mark back. */
  begin(lane: Lane, key: Key, id: string): () => void;
}

/** What all readers of one lane in this process share. */
export interface LaneHub {
  readonly claims: KeyClaims;
  /** Sequence numbers handed to a reader and not settled. They are the leases: they die with the process. */
  readonly taken: Set<number>;
  /** Something was put into the lane. */
  readonly wake: () => void;
  /** Entries from `seq` on are to be had again. */
  readonly giveBack: (seq: number) => void;
  readonly readers: Set<LaneReader>;
}

interface LaneReader {
  wake(): void;
  /** A key became free that this reader may have passed over. */
  keyFreed(): void;
  giveBack(seq: number): void;
}

export function createLaneHub(): LaneHub {
  const readers: LaneHub["readers"] = new Set();
  const wake = (): void => {
    for (const reader of readers) reader.wake();
  };
  const keyFreed = (): void => {
    for (const reader of readers) reader.keyFreed();
  };
  const giveBack = (seq: number): void => {
    for (const reader of readers) reader.giveBack(seq);
  };
  return { claims: createKeyClaims(keyFreed), taken: new Set(), wake, giveBack, readers };
}

/** Delayed entries are looked for this often, in milliseconds; `again` promises to be at most a second late. */
const RIPEN_EVERY_MS = 100;
/** How far a reader looks past the first entry it had to pass over because its key was busy. Bounds what is read twice. */
const WINDOW = 4_096;
/** Entries of one key that a reader takes in at once. */
const PER_KEY = 32;
const SETTLE_RETRY_MS = 500;

export interface LaneReaderOptions extends ConsumeOptions {
  readonly clock: Clock;
  readonly lane: Lane;
  readonly queue: LaneQueue;
  readonly hub: LaneHub;
  readonly handle: (delivery: Delivery) => Promise<Verdict>;
  readonly isClosed: () => boolean;
}

/** Entries taken into memory at once by a reader with this many handlers. */
export function lookAheadFor(parallel: number): number {
  return Math.max(64, 4 * parallel);
}

export function readLane(options: LaneReaderOptions): Consumer {
  const { clock, lane, queue, hub, parallel, shard } = options;
  ownsPartition(shard, 0);
  let cursor = 0;
  /** The first entry passed over since the last rewind. */
  let passedOver: number | null = null;
  let stopped = false;
  let pumping = false;
  let ripening = false;
  /** The last look ended because the runner was full. */
  let more = false;
  const { claims } = hub;
  const lookAhead = lookAheadFor(parallel);
  const runner = createKeyedRunner({ clock, parallel, lookAhead, perKey: PER_KEY, claims, onRoom });

  /** Refills by halves: opening a range for every single entry would cost more than reading it. */
  function onRoom(): void {
    if ((more || passedOver !== null) && runner.waiting <= lookAhead / 2) pump();
  }

  function pump(): void {
    if (stopped || pumping || options.isClosed()) return;
    pumping = true;
    more = false;
    try {
      // Going back costs reading up to a window again, so it waits until the handlers would otherwise run dry.
      if (passedOver !== null && runner.waiting < parallel) {
        cursor = passedOver;
        passedOver = null;
        runner.rewind();
      }
      for (const slot of queue.ready(lane, cursor)) {
        if (passedOver !== null && slot.seq - passedOver > WINDOW) break;
        if (!offer(slot)) {
          more = true;
          break;
        }
        cursor = slot.seq + 1;
      }
    } finally {
      pumping = false;
    }
  }

  /** False when the runner is full and reading on makes no sense. */
  function offer(slot: Slot): boolean {
    if (hub.taken.has(slot.seq) || !ownsPartition(shard, shard === undefined ? 0 : partitionOf(slot.key))) return true;
    hub.taken.add(slot.seq);
    const answer = runner.offer({
      key: slot.key,
      run: (stepAside) => deliver(options, slot, stepAside),
      drop: () => {
        hub.taken.delete(slot.seq);
        hub.giveBack(slot.seq);
      },
    });
    if (answer !== "taken") hub.taken.delete(slot.seq);
    if (answer === "held") passedOver ??= slot.seq;
    return answer !== "full";
  }

  const reader: LaneReader = {
    wake: pump,
    keyFreed: onRoom,
    giveBack(seq: number): void {
      cursor = Math.min(cursor, seq);
    },
  };

  async function ripen(): Promise<void> {
    if (ripening || options.isClosed()) return;
    ripening = true;
    try {
      if (await queue.ripen(lane)) hub.wake();
    } catch (error) {
      // The next round tries again; a store that can't answer is reported by its health.
      if (!(error instanceof Unavailable)) throw error;
    } finally {
      ripening = false;
    }
  }

  let cancelTick = (): void => undefined;
  function tick(): void {
    if (stopped || options.isClosed()) return;
    void ripen();
    pump();
    cancelTick = clock.after(RIPEN_EVERY_MS, tick);
  }

  hub.readers.add(reader);
  tick();
  return {
    async stop(drainMs) {
      if (stopped) return;
      stopped = true;
      cancelTick();
      hub.readers.delete(reader);
      await runner.stop(drainMs);
      hub.wake();
    },
  };
}

/** Runs the handler for one entry and makes its verdict last. Never rejects. */
async function deliver(options: LaneReaderOptions, slot: Slot, stepAside: StepAside): Promise<void> {
  const { lane, queue, clock, hub, leaseMs } = options;
  try {
    const entry = options.isClosed() ? null : slot.open();
    if (entry === null) return;
    let leaseEnds = clock.monotonic() + leaseMs;
    const delivery: Delivery = {
      lane,
      id: entry.id,
      key: entry.key,
      body: entry.body,
      at: entry.at,
      attempt: entry.attempt,
      ...(entry.reason === undefined ? {} : { reason: entry.reason }),
      extend: () => {
        leaseEnds = clock.monotonic() + leaseMs;
      },
      stepAside,
    };
    const ended = queue.begin(lane, entry.key, entry.id);
    let verdict: Verdict | null = null;
    try {
      verdict = await options.handle(delivery);
    } catch {
      // No verdict: it comes again when its lease ends. What went wrong is the handler's to report.
    }
    await settle(options, entry, () => verdict ?? { again: clock.now() + Math.max(0, leaseEnds - clock.monotonic()) });
    ended();
  } finally {
    hub.taken.delete(slot.seq);
  }
}

/** Repeats until the store takes it: until then the entry stays taken and its key stays busy. */
async function settle(options: LaneReaderOptions, entry: QueuedEntry, settlement: () => Settlement): Promise<void> {
  for (;;) {
    if (options.isClosed()) return;
    try {
      await options.queue.settle(options.lane, entry, settlement());
      return;
    } catch {
      await new Promise<void>((resolve) => void options.clock.after(SETTLE_RETRY_MS, resolve));
    }
  }
}
