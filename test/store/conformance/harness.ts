import { setTimeout as sleep } from "node:timers/promises";
import type { TestContext } from "vitest";
import type { Clock } from "../../../src/core/model/clock.ts";
import type {
  Commit,
  ConsumeOptions,
  Consumer,
  Delivery,
  Emit,
  Fact,
  Lane,
  Store,
  Verdict,
} from "../../../src/store/store.ts";

export interface Harness {
  /** What is acknowledged is there when the store is opened again. */
  readonly survivesReopening: boolean;
  /** Several connections or processes may have the same place open. */
  readonly manyConnections: boolean;
  /** How late a `due` offer or an `again` may be, beyond the second that is promised, on a busy machine. */
  readonly slackMs: number;
  /** Race and pile up as often as the invariants ask for; otherwise a share of that, for every day. */
  readonly thorough?: boolean;
  /** An empty place for one test. */
  place(): Promise<Place>;
}

export interface Place {
  /** Opens the store here: with `manyConnections` as often as one likes, else after the one before was closed. */
  open(clock?: Clock): Promise<Store>;
  remove(): Promise<void>;
}

/** A place that goes away with the test, and its first opening. */
export async function openedPlace(
  onTestFinished: TestContext["onTestFinished"],
  harness: Harness,
  clock?: Clock,
): Promise<{ place: Place; store: Store }> {
  const place = await harness.place();
  const opened: Store[] = [];
  const tracked: Place = {
    async open(at) {
      const store = await place.open(at);
      opened.push(store);
      return store;
    },
    remove: () => place.remove(),
  };
  onTestFinished(async () => {
    await Promise.all(opened.map((store) => store.close()));
    await place.remove();
  });
  return { place: tracked, store: await tracked.open(clock) };
}

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function text(body: Uint8Array | undefined): string | undefined {
  return body === undefined ? undefined : Buffer.from(body).toString("utf8");
}

export function fact(id: string, key = "ada", body = `body of ${id}`): Fact {
  return { id, key, body: bytes(body) };
}

export function emit(lane: Emit["lane"], id: string, key = "ada"): Emit {
  return { lane, id, key, body: bytes(`body of ${id}`) };
}

export function change(parts: Partial<Commit> = {}): Commit {
  return { key: "ada", base: "new", body: bytes("document"), wakeAt: null, emit: [], ...parts };
}

/** Commits and returns the new revision; fails the test when the store refuses. */
export async function committed(store: Store, parts: Partial<Commit> = {}): Promise<string> {
  const result = await store.commit(change(parts));
  if (!result.ok) throw new Error(`expected the commit to succeed, found ${result.why}`);
  return result.rev;
}

export interface Collected extends Consumer {
  readonly deliveries: Delivery[];
  ids(): string[];
}

const QUICK: ConsumeOptions = { parallel: 8, leaseMs: 1_000 };

/** Consumes a lane, remembers what came, and answers `done` unless told otherwise. */
export async function collect(
  store: Store,
  lane: Lane,
  options: Partial<ConsumeOptions> = {},
  answer: (delivery: Delivery, nth: number) => Verdict | Promise<Verdict> = () => ({ done: true }),
): Promise<Collected> {
  const deliveries: Delivery[] = [];
  const consumer = await store.consume(lane, { ...QUICK, ...options }, async (delivery) => {
    deliveries.push(delivery);
    return await answer(delivery, deliveries.length);
  });
  return { deliveries, ids: () => deliveries.map(({ id }) => id), stop: (drainMs) => consumer.stop(drainMs) };
}

/** Polls until the assertion holds; fails with what it last said. */
export async function eventually(assertion: () => void | Promise<void>, withinMs = 8_000): Promise<void> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    try {
      await assertion();
      return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
    }
    await sleep(10);
  }
}

/** Long enough for a wrong delivery to show up. */
export async function quiet(ms = 250): Promise<void> {
  await sleep(ms);
}

export { createTestClock } from "./test-clock.ts";
export { sleep };
