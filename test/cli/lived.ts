import { expect } from "vitest";
import { prepareDeploy } from "../../src/cli/deploy.ts";
import { systemClock } from "../../src/cli/system-clock.ts";
import type { Clock } from "../../src/core/model/clock.ts";
import type { CanonicalEvent } from "../../src/core/model/event.ts";
import type { Reason } from "../../src/core/model/reason.ts";
import { accountOf } from "../../src/ledger/account-of.ts";
import { createMetrics } from "../../src/observe/metrics.ts";
import { type Engine, startEngine } from "../../src/runtime/engine.ts";
import { openEmbeddedStore } from "../../src/store/embedded.ts";
import type { Store } from "../../src/store/store.ts";
import { eventually } from "../store/conformance/harness.ts";

/** The real engine on the real store, and a clock that leaps. */
export interface Living {
  readonly store: Store;
  readonly engine: Engine;
  /** An event of now, to the document under `key`. */
  post(id: string, key: string, fields: Partial<CanonicalEvent>): Promise<void>;
  leap(ms: number): void;
  /** Waits until an account is so long, without what it says of messages before there is a word about them; or is gone. */
  lines(wanted: number, key?: string): Promise<void>;
  /** Waits until an account gives a reason so often. */
  reasons(wanted: number, reason: Reason, key?: string): Promise<void>;
}

/** Lives through a story from a moment on, with the rules of a workspace, and leaves the store behind. */
export async function live(
  { workspace, data, from }: { readonly workspace: string; readonly data: string; readonly from: string },
  story: (living: Living) => Promise<void>,
): Promise<void> {
  let ahead = Date.parse(from) - systemClock.now();
  const clock: Clock = { ...systemClock, now: () => systemClock.now() + ahead };
  const prepared = await prepareDeploy(workspace, { clock, dataDirectory: data, env: {} }, null);
  if (!prepared.ok) throw new Error(prepared.problems.map(({ message }) => message).join("; "));
  const store = await openEmbeddedStore({ directory: data, clock });
  const log = { info() {}, warn() {}, error() {} };
  const engine = await startEngine({ store, clock, log, metrics: createMetrics() }, prepared.deployed);
  try {
    await story({
      store,
      engine,
      async post(id, key, fields) {
        const at = new Date(clock.now()).toISOString();
        const event = {
          schema_version: 1,
          event_id: id,
          occurred_at: at,
          received_at: at,
          provider: "api",
          data: {},
          ...fields,
        };
        await store.append([{ id: `api:${id}`, key, body: new TextEncoder().encode(JSON.stringify(event)) }]);
      },
      leap: (ms) => void (ahead += ms),
      lines: (wanted, key = "id:ana") => waitForLines(store, wanted, key),
      reasons: (wanted, reason, key = "id:ana") =>
        eventually(async () => {
          const { lines } = await accountOf(store, key, 100);
          expect(lines.filter((line) => line.reason === reason).length).toBeGreaterThanOrEqual(wanted);
        }, 20_000),
    });
  } finally {
    await engine.stop(1_000);
    await store.close();
  }
}

async function waitForLines(store: Store, wanted: number, key: string): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    const { lines } = await accountOf(store, key, 50);
    const { length } = lines.filter(({ kind }) => kind !== "intent");
    if (wanted === 0 ? length === 0 : length >= wanted) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`expected ${wanted} lines in the account of ${key}`);
}
