import { connect } from "nats";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { openJetStreamStore } from "../../src/store/jetstream.ts";
import { Unavailable, Unsupported } from "../../src/store/store.ts";
import type { Store } from "../../src/store/store.ts";
import { startNatsServer } from "../support/nats-server.ts";
import type { NatsServer } from "../support/nats-server.ts";
import { bytes, change, collect, committed, createTestClock, emit, eventually, fact, quiet, text } from "./conformance/harness.ts";
import type { Place } from "./conformance/harness.ts";
import { describeStore } from "./conformance.ts";

let server: NatsServer;
beforeAll(async () => {
  server = await startNatsServer();
}, 60_000);
afterAll(() => server.stop());

let places = 0;

async function newPlace(): Promise<Place> {
  places += 1;
  const namespace = `place${places}`;
  return {
    open: (clock) => openJetStreamStore({ url: server.url, namespace, clock: clock ?? createTestClock(), reofferMs: 400 }),
    async remove() {
      const nc = await connect({ servers: server.url });
      const { streams } = await nc.jetstreamManager();
      const names = ["EVENTS", "JOBS", "DEAD", "AUDIT"].map((name) => `${namespace.toUpperCase()}_${name}`);
      const buckets = ["contacts", "budgets", "relays"].map((name) => `KV_${namespace}_${name}`);
      await Promise.all([...names, ...buckets].map((name) => streams.delete(name)));
      await nc.close();
    },
  };
}

describeStore("JetStream", { survivesReopening: true, manyConnections: true, slackMs: 1_000, place: newPlace });
