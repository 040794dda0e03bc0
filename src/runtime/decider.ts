import type { Effect, Handed, Input } from "../core/model/decision.ts";
import type { CanonicalEvent } from "../core/model/event.ts";
import { liftEvent } from "../core/model/lift-event.ts";
import { faultFields } from "../observe/log.ts";
import type { Consumer, Delivery } from "../store/store.ts";
import { decodeJson } from "./contact-codec.ts";
import { createAsking } from "./asking.ts";
import { judgeAndCommit, wakeId } from "./judge-and-commit.ts";
import { joinMembers, type Shard } from "./membership.ts";
import type { Parts } from "./parts.ts";
import { traceDecision } from "./tracing.ts";
import { Unreadable, withVerdict } from "./verdicts.ts";

const PARALLEL = 64;
/** A decision takes milliseconds; a worker that is silent this long is dead. */
const LEASE_MS = 10_000;

/** When the share changes, what is at work gets so long to end before another reads on. */
const MOVE_DRAIN_MS = 3_000;
const MOVE_AGAIN_MS = 1_000;

export interface Decider extends Consumer {
  /** Whether it is the first of all deciders, who does what one alone should do. For a moment there may be two, or none. */
  isFirst(): boolean;
}

/** Decides events and wake-ups as they come: of every contact or, as a member among others, of its share. */
export async function startDecider(parts: Parts, member: string | null): Promise<Decider> {
  const reader = createShareReader(parts);
  if (member === null) {
    await reader.read([0, 1]);
    return { ...reader, isFirst: () => true };
  }
  let isFirst = false;
  const { store, clock, log, metrics } = parts;
  const membership = await joinMembers({
    store,
    clock,
    log,
    role: "decide",
    id: member,
    onShard(shard) {
      const [index, of] = shard;
      isFirst = index === 0;
      log.info("this process decides for its share of the contacts", { share: `${index + 1} of ${of}` });
      metrics.deciders(of);
      void reader.read(shard);
    },
  });
  await reader.settled();
  return {
    isFirst: () => isFirst,
    async stop(drainMs) {
      isFirst = false;
      await membership.leave();
      await reader.stop(drainMs);
    },
  };
}

interface ShareReader extends Consumer {
  /** Reads this shard from now on, as soon as the store lets it. */
  read(shard: Shard): Promise<void>;
  /** Resolves when what was asked for last is read. */
  settled(): Promise<void>;
}

function createShareReader(parts: Parts): ShareReader {
  let events: Consumer | null = null;
  let due: Consumer | null = null;
  let wanted: Shard | null = null;
  let last = Promise.resolve();
  let stopped = false;
  const move = async (shard: Shard): Promise<void> => {
    // A partition has one reader in a process. What waits here is given back, and goes to whom it belongs from now on.
    await events?.stop(MOVE_DRAIN_MS);
    events = await consumeEvents(parts, shard);
    const before = due;
    due = await consumeDue(parts, shard);
    await before?.stop(MOVE_DRAIN_MS);
  };
  const moveWhenPossible = async (shard: Shard): Promise<void> => {
    // Unless something newer is wanted meanwhile: its turn is next.
    while (!stopped && wanted === shard) {
      try {
        await move(shard);
        return;
      } catch (fault) {
        parts.log.warn("events and wake-ups cannot be read yet", faultFields(fault));
        await new Promise<void>((resolve) => void parts.clock.after(MOVE_AGAIN_MS, resolve));
      }
    }
  };
  return {
    read(shard) {
      wanted = shard;
      last = last.then(() => moveWhenPossible(shard));
      return last;
    },
    settled: () => last,
    async stop(drainMs) {
      stopped = true;
      await last;
      await Promise.all([events?.stop(drainMs), due?.stop(drainMs)]);
    },
  };
}

function consumeEvents(parts: Parts, shard: Shard): Promise<Consumer> {
  return parts.store.consume("events", { parallel: PARALLEL, leaseMs: LEASE_MS, shard }, judging(parts, readHanded));
}

function consumeDue(parts: Parts, shard: Shard): Promise<Consumer> {
  return parts.store.consume("due", { parallel: PARALLEL, leaseMs: LEASE_MS, shard }, judging(parts, readWake));
}

function judging(parts: Parts, read: (delivery: Delivery) => Input | Forget) {
  return (delivery: Delivery) =>
    withVerdict(parts, delivery, async () => {
      const input = read(delivery);
      parts.metrics.taken(delivery.lane, delivery.at);
      // The document knows already that its contact was erased.
      if (input.kind === "forget") await forget(parts, delivery);
      else {
        const began = parts.clock.now();
        const judged = await judgeAndCommit(parts, delivery.key, input, createAsking(parts.clock, delivery));
        traceDecision(parts, delivery, { input, began, judged });
      }
      const tookMs = parts.clock.now() - delivery.at;
      if (input.kind === "wake") parts.metrics.timerFired(tookMs);
      else parts.metrics.eventDecided(tookMs);
      return { done: true };
    });
}

/**
 * Lines and events of the store, and what providers keep of messages themselves. The account goes last: when its oldest line
 * is younger than the word, this has been done, and it is somebody's who began again since.
 */
async function forget({ store, deployed }: Parts, { key, id, at }: Delivery): Promise<void> {
  for await (const oldest of store.historySince(key, 0)) {
    if (oldest.at > at) return;
    break;
  }
  for (const provider of deployed().providers.values()) await provider.forget?.(key);
  await store.forget(key, id);
}

type Forget = Extract<Effect, { kind: "forget" }>;

function readWake(delivery: Delivery): Input {
  return { kind: "wake", id: wakeId(delivery.id) };
}

/** Doors append bare canonical events; documents hand on events, links and handovers in an envelope with a `kind`. */
function readHanded(delivery: Delivery): Input | Forget {
  const body = decodeJson(delivery.body);
  const { id, at: appendedAt } = delivery;
  if (!isEnvelope(body)) return { kind: "event", id, appendedAt, event: readEvent(body) };
  if (body.kind === "forget") return body;
  return body.kind === "event"
    ? { ...body, id, appendedAt, event: readEvent(body.event) }
    : { ...body, id, appendedAt };
}

/** Of whichever version it was written. */
function readEvent(stored: unknown): CanonicalEvent {
  const lifted = liftEvent(stored);
  if (lifted.kind === "event") return lifted.event;
  throw new Unreadable(lifted.kind === "other version" ? lifted.why : "not readable");
}

function isEnvelope(body: unknown): body is Handed | Forget {
  return typeof body === "object" && body !== null && "kind" in body;
}
