import { expect, test } from "vitest";
import { createMetrics } from "../../src/observe/metrics.ts";
import { decodeJson } from "../../src/runtime/contact-codec.ts";
import { startEngine } from "../../src/runtime/engine.ts";
import type { Deployed } from "../../src/runtime/parts.ts";
import { openMemoryStore } from "../../src/store/memory.ts";
import type { Store } from "../../src/store/store.ts";
import { rule, rulebook, sendStep } from "../core/given.ts";
import { virtualClock } from "../support/virtual-clock.ts";
import { workspaceOf } from "./fake-deployment.ts";

const SECOND = 1_000;

function deployed(rules: Deployed["workspace"]["rulebook"]): Deployed {
  const workspace = workspaceOf(rules);
  return { workspace, providers: new Map() };
}

// Found by seed 5037 with 60 events: its tickets lay in a lane that nobody took, and its messages waited to expire.
test("a channel that went away while nothing ran ends what was queued for it", async () => {
  const clock = virtualClock();
  const store = openMemoryStore({ clock });
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const metrics = createMetrics();
  // Its process decides, and is gone before it has spoken.
  const silent: Store = {
    ...store,
    consume: (lane, options, handle) =>
      lane.startsWith("jobs.")
        ? Promise.resolve({ stop: async () => undefined })
        : store.consume(lane, options, handle),
  };
  const before = rulebook([rule({ id: "r", steps: [sendStep("sales", { content: { text: "hello" } })] })]);
  const first = await startEngine({ store: silent, clock, log, metrics }, deployed(before));
  const at = new Date(clock.now()).toISOString();
  const event = { schema_version: 1, event_id: "e1", event_type: "lead.created", provider: "test", data: {} };
  const body = Buffer.from(JSON.stringify({ ...event, occurred_at: at, received_at: at, contact_id: "ana" }));
  await store.append([{ id: "e1", key: "id:ana", body }]);
  await clock.pass(SECOND);
  await first.stop(SECOND);

  const channels = new Map([...before.workspace.channels].filter(([name]) => name !== "sales"));
  const after = { ...before, workspace: { ...before.workspace, channels } };
  const second = await startEngine({ store, clock, log, metrics }, deployed(after));
  await clock.pass(SECOND);
  const account = (await store.history("id:ana", { limit: 10 })).map(({ body: line }) => decodeJson(line));
  expect(account[0]).toMatchObject({ kind: "ended", reason: "rule.changed" });
  expect((await store.health()).depth["jobs.sales.transactional"]).toBe(0);
  await second.stop(SECOND);
});
