import { connect } from "nats";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import type { OutgoingMessage } from "../../src/core/model/outgoing.ts";
import { createMetrics } from "../../src/observe/metrics.ts";
import { type Engine, startEngine } from "../../src/runtime/engine.ts";
import { openJetStreamStore } from "../../src/store/jetstream.ts";
import { on, rule, rulebook } from "../core/given.ts";
import { startNatsServer } from "../support/nats-server.ts";
import type { NatsServer } from "../support/nats-server.ts";
import { createTestClock, eventually, quiet } from "../store/conformance/harness.ts";
import { deployedOf, fakeProvider, leadAt } from "./fake-deployment.ts";

let server: NatsServer;
beforeAll(async () => {
  server = await startNatsServer();
}, 60_000);
afterAll(() => server.stop());

const DAY = 86_400_000;
const patient = rule({
  id: "r",
  trigger: { match: on("lead.created"), maxAge: { count: 30, unit: "d" } },
  reentry: "parallel",
});

test("consumers that were lost are made again, read their streams from the start, and nothing is said twice or lost", async () => {
  const clock = createTestClock();
  clock.shift(-5 * DAY);
  const store = await openJetStreamStore({ url: server.url, namespace: "heed", clock });
  const nc = await connect({ servers: server.url });
  const { consumers, streams } = await nc.jetstreamManager();
  const sent: OutgoingMessage[] = [];
  const engines: Engine[] = [];
  onTestFinished(async () => {
    await Promise.all(engines.map((engine) => engine.stop(1_000)));
    await store.close();
    await nc.close();
  });
  const start = async (): Promise<Engine> => {
    const provider = fakeProvider({
      async send(message) {
        sent.push(message);
        return { kind: "accepted", providerMessageId: `p${sent.length}` };
      },
    });
    const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
    const parts = { store, clock, log, metrics: createMetrics() };
    const engine = await startEngine(parts, deployedOf(rulebook([patient]), provider));
    engines.push(engine);
    return engine;
  };
  const tell = async (event_id: string, event_type: string, key = "id:ana", fields: object = {}): Promise<void> => {
    const event = leadAt(clock.now(), "ana", { event_id, event_type, ...fields });
    await store.append([{ id: `test:${event_id}`, key, body: Buffer.from(JSON.stringify(event)) }]);
  };
  const lines = async (): Promise<readonly string[]> => {
    const keys = ["id:ana", "phone:+12025550143"];
    return (await Promise.all(keys.map((key) => store.history(key, { limit: 1_000 })))).flat().map(({ id }) => id);
  };

  const first = await start();
  await tell("lead", "lead.created");
  await tell("call", "call.missed", "phone:+12025550143", { contact_id: undefined });
  await eventually(() => expect(sent).toHaveLength(1));
  await eventually(async () => expect(await lines()).toContain("test:call#0"));
  await first.stop(1_000);
  await tell("missed", "lead.created");

  clock.shift(5 * DAY);
  await start();
  await tell("later", "page.viewed");
  await tell("later call", "call.missed", "phone:+12025550143", { contact_id: undefined });
  await eventually(async () =>
    expect(await lines()).toEqual(expect.arrayContaining(["test:later#0", "test:later call#0"])),
  );
  await eventually(() => expect(sent).toHaveLength(2));
  await eventually(async () => expect(await left()).toBe(0));
  const before = await lines();

  for (const stream of ["HEED_EVENTS", "HEED_JOBS"]) await forgetIds(stream);
  expect(await lose("HEED_EVENTS")).toBe(64);
  expect(await lose("HEED_JOBS")).toBeGreaterThan(0);
  await eventually(
    async () => expect(await delivered()).toBe((await streams.info("HEED_EVENTS")).state.messages),
    15_000,
  );
  await eventually(async () => expect(await left()).toBe(0));
  await quiet(1_000);
  expect(await left()).toBe(0);
  expect(sent).toHaveLength(2);
  expect(await lines()).toEqual(before);

  /** As a server does that dies while it writes them down. Returns how many there were. */
  async function lose(stream: string): Promise<number> {
    const names = (await consumers.list(stream).next()).map(({ name }) => name);
    // 2.9.10 sometimes finds its own files in its way, and says so; the consumer is gone all the same.
    await Promise.all(names.map((name) => consumers.delete(stream, name).catch(() => false)));
    return names.length;
  }

  /** As if ten minutes had passed for the server: a window of 100 ms, which is then over. */
  async function forgetIds(stream: string): Promise<void> {
    await streams.update(stream, { duplicate_window: 100_000_000 });
    await quiet(400);
    await streams.update(stream, { duplicate_window: 600_000_000_000 });
  }

  /** What is still to be done, in all lanes. */
  async function left(): Promise<number> {
    const { depth } = await store.health();
    return Object.values(depth).reduce((sum, waiting) => sum + waiting, 0);
  }

  /** By the consumers that there are now. */
  async function delivered(): Promise<number> {
    const all = await consumers.list("HEED_EVENTS").next();
    return all.reduce((sum, { delivered: { consumer_seq: seq } }) => sum + seq, 0);
  }
}, 60_000);
