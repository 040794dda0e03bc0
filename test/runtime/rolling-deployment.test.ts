import { afterEach, beforeEach, expect, test } from "vitest";
import type { Rulebook } from "../../src/core/model/rulebook.ts";
import type { Log } from "../../src/observe/log.ts";
import { createMetrics } from "../../src/observe/metrics.ts";
import { ROLL_OUT_MS } from "../../src/runtime/deployments.ts";
import { type Engine, startEngine } from "../../src/runtime/engine.ts";
import type { Deployed } from "../../src/runtime/parts.ts";
import { openMemoryStore } from "../../src/store/memory.ts";
import type { Store } from "../../src/store/store.ts";
import { flow, send, wait } from "../core/flow.ts";
import { rule, rulebook } from "../core/given.ts";
import { type VirtualClock, virtualClock } from "../support/virtual-clock.ts";
import { deployedOf, fakeProvider, leadAt } from "./fake-deployment.ts";

/** Several processes on one store, to which new rules come one after the other. */

const SECOND = 1_000;
let clock: VirtualClock;
let store: Store;
let sent: string[];
let logged: string[];
let engines: Engine[];

beforeEach(() => {
  clock = virtualClock();
  store = openMemoryStore({ clock });
  sent = [];
  logged = [];
  engines = [];
});
afterEach(async () => {
  const stopping = Promise.all(engines.map((engine) => engine.stop(SECOND)));
  await clock.pass(2 * SECOND);
  await stopping;
  await store.close();
});

const provider = fakeProvider({
  async send({ ruleId }) {
    sent.push(ruleId);
    return { kind: "accepted", providerMessageId: `p${sent.length}` };
  },
});

const deployed = (rules: Rulebook): Deployed => deployedOf(rules, provider);

async function start(rules: Rulebook, ...runs: readonly ("decide" | "dispatch")[]): Promise<Engine> {
  const tell = (message: string): void => void logged.push(message);
  const log: Log = { info: tell, warn: tell, error: tell };
  const parts = { store, clock, log, metrics: createMetrics(), runs: new Set(runs) };
  const engine = await startEngine(parts, deployed(rules));
  engines.push(engine);
  return engine;
}

async function lead(contact: string): Promise<void> {
  const event = leadAt(clock.now(), contact);
  const body = new TextEncoder().encode(JSON.stringify(event));
  await store.append([{ id: event.event_id, key: `id:${contact}`, body }]);
}

const hello = rule({ id: "hello" });
const added = rule({ id: "added" });
const before: Rulebook = { ...rulebook([hello]), digest: "before" };
const after: Rulebook = { ...rulebook([hello, added]), digest: "after" };

test("a message of a new rule waits for the dispatcher that does not know it yet", async () => {
  const dispatcher = await start(before, "dispatch");
  await start(after, "decide");
  await lead("ana");
  await clock.pass(25 * SECOND);
  expect(sent).toEqual(["hello"]);
  expect(logged).toContain("newer rules were deployed elsewhere: reload (SIGHUP) or restart this process");

  await dispatcher.deploy(deployed(after));
  await clock.pass(30 * SECOND);
  expect(sent).toEqual(["hello", "added"]);
});

test("a run of a new rule goes on where its decider is replaced by one that does not know it yet", async () => {
  const waiting = rule({ id: "waiting", steps: flow(wait(1, "m"), send("sms")) });
  const later: Rulebook = { ...rulebook([waiting]), digest: "later" };
  const dispatcher = await start(before, "dispatch");
  const fresh = await start(later, "decide");
  await lead("ana");
  await clock.pass(SECOND);
  const stopping = fresh.stop(SECOND);
  await clock.pass(2 * SECOND);
  await stopping;
  // It starts with rules that were replaced: a late restart, not a deployment.
  const late = await start(before, "decide");
  await clock.pass(120 * SECOND);
  expect(sent).toEqual([]);

  await late.deploy(deployed(later));
  await dispatcher.deploy(deployed(later));
  await clock.pass(90 * SECOND);
  expect(sent).toEqual(["waiting"]);
});

test("old rules that are deployed again count, and end what only the new ones knew", async () => {
  const both = await start(after, "decide", "dispatch");
  await both.deploy(
    deployed({ ...rulebook([rule({ id: "added", steps: flow(wait(1, "h"), send("sms")) })]), digest: "x" }),
  );
  await lead("ana");
  await clock.pass(SECOND);
  await both.deploy(deployed(before));
  await clock.pass(2 * 3_600 * SECOND);
  expect(sent).toEqual([]);
  const account = (await store.history("id:ana", { limit: 50 })).map(({ body }) => new TextDecoder().decode(body));
  expect(account.some((line) => line.includes('"rule.disabled"'))).toBe(true);
  expect(account.some((line) => line.includes('"rules.outdated"'))).toBe(false);
});

test("nobody waits for new rules for ever", async () => {
  await start(before, "dispatch");
  await start(after, "decide");
  await lead("ana");
  await clock.pass(ROLL_OUT_MS + 30 * SECOND);
  const account = (await store.history("id:ana", { limit: 50 })).map(({ body }) => new TextDecoder().decode(body));
  expect(account.filter((line) => line.includes('"rules.outdated"'))).toHaveLength(1);
  expect(account.some((line) => line.includes('"rule.disabled"'))).toBe(true);
});
