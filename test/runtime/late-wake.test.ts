import { expect, test } from "vitest";
import type { LedgerRecord } from "../../src/core/model/decision.ts";
import { createMetrics } from "../../src/observe/metrics.ts";
import { decodeJson } from "../../src/runtime/contact-codec.ts";
import { startEngine } from "../../src/runtime/engine.ts";
import type { Deployed } from "../../src/runtime/parts.ts";
import { openMemoryStore } from "../../src/store/memory.ts";
import type { Delivery, Store } from "../../src/store/store.ts";
import { rule, rulebook } from "../core/given.ts";
import { virtualClock } from "../support/virtual-clock.ts";
import { workspaceOf } from "./fake-deployment.ts";

const MINUTE = 60_000;

function stopsAfter(id: string, minutes: number): ReturnType<typeof rule> {
  const delay = { count: minutes, unit: "m" } as const;
  const stop = { id: "1", verb: "stop", when: null, next: null, note: id } as const;
  return rule({ id, delay: { min: delay, max: delay }, steps: [stop] });
}

// Found by seed 5031 with 60 events, in a process that stood still: it decided an old wake-up on a newer document.
test("a wake-up that comes late takes no line of the account away", async () => {
  const clock = virtualClock();
  const store = openMemoryStore({ clock });
  let first: Delivery | null = null;
  const late: Store = {
    ...store,
    consume: (lane, options, handle) =>
      store.consume(lane, options, async (delivery) => {
        if (lane !== "due") return handle(delivery);
        if (first === null) first = delivery;
        else await handle(first);
        return handle(delivery);
      }),
  };
  const workspace = workspaceOf(rulebook([stopsAfter("one", 10), stopsAfter("two", 12)]));
  const deployed: Deployed = { workspace, providers: new Map() };
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const engine = await startEngine({ store: late, clock, log, metrics: createMetrics() }, deployed);
  const at = new Date(clock.now()).toISOString();
  const event = { schema_version: 1, event_id: "e1", event_type: "lead.created", provider: "test", data: {} };
  const body = Buffer.from(JSON.stringify({ ...event, occurred_at: at, received_at: at, contact_id: "ana" }));
  await store.append([{ id: "e1", key: "id:ana", body }]);
  await clock.pass(30 * MINUTE);

  const account = (await store.history("id:ana", { limit: 100 })).map(({ body: line }) => decodeJson(line));
  const ended = account.filter((line): line is LedgerRecord => isRecord(line) && line.kind === "ended");
  expect(ended.map(({ rule: id, reason }) => [id, reason])).toEqual([
    ["two", "stopped.by_step"],
    ["one", "stopped.by_step"],
  ]);
  const stopping = engine.stop(1_000);
  await clock.pass(2_000);
  await stopping;
});

test("a wake-up that comes early by the clock of a worker is decided once", async () => {
  const clock = virtualClock();
  const store = openMemoryStore({ clock });
  let commits = 0;
  const counting: Store = {
    ...store,
    commit: (change) => {
      if (change.key === "id:ana") commits += 1;
      return store.commit(change);
    },
  };
  const workspace = workspaceOf(rulebook([stopsAfter("one", 10)]));
  const slow = { ...clock, now: () => clock.now() - 2_000 };
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const parts = { store: counting, clock: slow, log, metrics: createMetrics() };
  const engine = await startEngine(parts, { workspace, providers: new Map() });
  const at = new Date(clock.now() - 2_000).toISOString();
  const event = { schema_version: 1, event_id: "e1", event_type: "lead.created", provider: "test", data: {} };
  const body = Buffer.from(JSON.stringify({ ...event, occurred_at: at, received_at: at, contact_id: "ana" }));
  await store.append([{ id: "e1", key: "id:ana", body }]);
  await clock.pass(30 * MINUTE);
  expect(commits).toBe(2);
  const stopping = engine.stop(1_000);
  await clock.pass(2_000);
  await stopping;
});

function isRecord(line: unknown): line is LedgerRecord {
  return typeof line === "object" && line !== null && "kind" in line && "at" in line;
}
