import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { LedgerRecord } from "../../src/core/model/decision.ts";
import type { OutgoingMessage, Reconciliation, SendOutcome } from "../../src/core/model/outgoing.ts";
import type { Rulebook } from "../../src/core/model/rulebook.ts";
import type { Log } from "../../src/observe/log.ts";
import { createMetrics } from "../../src/observe/metrics.ts";
import type { Provider } from "../../src/providers/provider.ts";
import { type Engine, startEngine } from "../../src/runtime/engine.ts";
import type { Deployed } from "../../src/runtime/parts.ts";
import { openMemoryStore } from "../../src/store/memory.ts";
import { type Store, Unavailable } from "../../src/store/store.ts";
import { emit, flow, tag } from "../core/flow.ts";
import { on, rule, rulebook, sendStep } from "../core/given.ts";
import { type VirtualClock, virtualClock } from "../support/virtual-clock.ts";
import { deployedOf, fakeProvider, leadAt } from "./fake-deployment.ts";

/** The engine on the reference store and a clock of our own: everything real but time, disk and vendor. */

const SECOND = 1_000;
const byName = (a: string | null, b: string | null): number => (a ?? "").localeCompare(b ?? "");
const encoder = new TextEncoder();
const decoder = new TextDecoder();

let clock: VirtualClock;
let store: Store;
let sent: OutgoingMessage[];
let answers: (SendOutcome | Error)[];
let asked: number;
let reconciliation: Reconciliation;
let logged: string[];
let engines: Engine[];

beforeEach(() => {
  clock = virtualClock();
  store = openMemoryStore({ clock });
  sent = [];
  answers = [];
  asked = 0;
  reconciliation = { kind: "not_found" };
  logged = [];
  engines = [];
});

afterEach(async () => {
  const stopping = Promise.all(engines.map((engine) => engine.stop(SECOND)));
  await clock.pass(2 * SECOND);
  await stopping;
  await store.close();
});

const provider = fakeProvider(
  {
    async send(message) {
      sent.push(message);
      const answer = answers.shift() ?? { kind: "accepted", providerMessageId: `p${sent.length}` };
      if (answer instanceof Error) throw answer;
      return answer;
    },
    async reconcile() {
      asked += 1;
      return reconciliation;
    },
  },
  true,
);

const deployed = (rules: Rulebook): Deployed =>
  deployedOf(rules, provider, 'Hi {{ contact.first_name | default: "there" }}');

const hello = rulebook([rule({ id: "r" })]);

async function start(rules: Rulebook = hello, on: Store = store): Promise<Engine> {
  const tell = (message: string): void => void logged.push(message);
  const log: Log = { info: tell, warn: tell, error: tell };
  const engine = await startEngine({ store: on, clock, log, metrics: createMetrics() }, deployed(rules));
  engines.push(engine);
  return engine;
}

async function lead(contact: string, id = `e-${contact}`, fields: object = {}): Promise<void> {
  const event = leadAt(clock.now(), contact, { event_id: id, ...fields });
  await store.append([{ id, key: `id:${contact}`, body: encoder.encode(JSON.stringify(event)) }]);
}

async function reasons(contact: string): Promise<readonly (string | undefined)[]> {
  const entries = await store.history(`id:${contact}`, { limit: 100 });
  return entries
    .map(({ body }): LedgerRecord => JSON.parse(decoder.decode(body)))
    .flatMap(({ kind, reason }) => (kind === "event" ? [] : (reason ?? [])))
    .toReversed();
}

test("an event becomes one rendered message, and its account says so", async () => {
  await start();
  await lead("ana");
  await clock.pass(SECOND);
  expect(sent).toMatchObject([{ to: "+12025550143", contactId: "ana", content: { text: "Hi there" } }]);
  expect(await reasons("ana")).toEqual(["sent", "completed"]);
});

test("two engines on one store decide and send everything once", async () => {
  await start();
  await start();
  for (let i = 0; i < 50; i++) await lead(`contact-${i}`, `e-${i}`);
  await clock.pass(5 * SECOND);
  expect(sent.map(({ contactId }) => contactId).toSorted(byName)).toEqual(
    Array.from({ length: 50 }, (_, i) => `contact-${i}`).toSorted(byName),
  );
});

test("a decision that nothing is to be done is made on the newest copy, never on an old one", async () => {
  const first = new Map<string, Awaited<ReturnType<Store["load"]>>>();
  const stale: Store = {
    ...store,
    async load(key, how) {
      const doc = await store.load(key, "latest");
      if (!first.has(key)) first.set(key, doc);
      return how === "latest" ? doc : (first.get(key) ?? null);
    },
  };
  await start(hello, stale);
  await lead("ana");
  await clock.pass(SECOND);
  expect(sent).toHaveLength(1);
});

describe("credentials that were refused", () => {
  test("stop the lane, not the message", async () => {
    answers.push({ kind: "misconfigured", code: "401" });
    const engine = await start();
    expect(engine.troubles()).toEqual([]);
    await lead("ana");
    await clock.pass(SECOND);
    await lead("ben");
    await clock.pass(20 * SECOND);
    expect(sent).toHaveLength(1);
    const waits = "the provider of the channel sms refuses our credentials or account: its messages wait";
    expect(engine.troubles()).toEqual([waits]);
    await clock.pass(120 * SECOND);
    expect(engine.troubles()).toEqual([]);
    expect(sent.map(({ contactId }) => contactId).toSorted(byName)).toEqual(["ana", "ana", "ben"]);
    expect(logged).toContain("the provider refused our credentials or account: the lane is stopped, messages wait");
  });
});

test("a lane that stopped lets nobody through who was waiting for a turn, and is probed by one message", async () => {
  for (let i = 0; i < 20; i++) answers.push({ kind: "misconfigured", code: "401" });
  const slow = [...hello.workspace.channels].map(
    ([name, channel]) => [name, { ...channel, ratePerSecond: 1 }] as const,
  );
  await start({ ...hello, workspace: { ...hello.workspace, channels: new Map(slow) } });
  for (let i = 0; i < 20; i++) await lead(`contact-${i}`);
  await clock.pass(25 * SECOND);
  expect(sent).toHaveLength(1);
  await clock.pass(30 * SECOND);
  expect(sent).toHaveLength(2);
});

test("a channel that a new rulebook took away ends what was queued for it", async () => {
  answers.push({ kind: "misconfigured", code: "401" });
  const engine = await start();
  await lead("ana");
  await clock.pass(SECOND);
  const channels = new Map([...hello.workspace.channels].filter(([name]) => name !== "sms"));
  const without = rulebook([rule({ id: "r", steps: [sendStep("email")] })]);
  await engine.deploy(deployed({ ...without, workspace: { ...without.workspace, channels } }));
  await clock.pass(300 * SECOND);
  expect(await reasons("ana")).toEqual(["provider.failed", "rule.changed", "rule.changed"]);
  expect(sent).toHaveLength(1);
});

describe("a lost answer", () => {
  test("leads to a question to the provider, and to a second call only after a no", async () => {
    answers.push({ kind: "ambiguous", code: "timeout" });
    await start();
    await lead("ana");
    await clock.pass(4 * SECOND);
    expect([sent.length, asked]).toEqual([1, 0]);
    await clock.pass(60 * SECOND);
    expect([sent.length, asked]).toEqual([2, 1]);
    expect(sent[1]?.intentId).toBe(sent[0]?.intentId);
  });

  test("is never followed by a second call when the provider has the message", async () => {
    answers.push({ kind: "ambiguous", code: "timeout" });
    reconciliation = { kind: "found", providerMessageId: "SM1" };
    await start();
    await lead("ana");
    await clock.pass(600 * SECOND);
    expect([sent.length, asked]).toEqual([1, 1]);
    expect(await reasons("ana")).toEqual(["provider.unknown", "sent", "completed"]);
  });

  test("is what a provider that throws leaves behind", async () => {
    answers.push(new Error("the SDK broke its promise"));
    reconciliation = { kind: "found", providerMessageId: "SM1" };
    await start();
    await lead("ana");
    await clock.pass(600 * SECOND);
    expect(sent).toHaveLength(1);
  });
});

test("a result is saved again and again while the store is away, without a second call", async () => {
  let away = 0;
  const flaky: Store = {
    ...store,
    async commit(change) {
      if (sent.length === 1 && away < 5) {
        away += 1;
        throw new Unavailable("away");
      }
      return store.commit(change);
    },
  };
  await start(hello, flaky);
  await lead("ana");
  await clock.pass(30 * SECOND);
  expect(away).toBe(5);
  expect(sent).toHaveLength(1);
  expect(await reasons("ana")).toEqual(["sent", "completed"]);
});

test("a process that stood still between its commit and its call leaves the call to a later attempt", async () => {
  let stalls = 1;
  const stalling: Store = {
    ...store,
    async commit(change) {
      const committed = await store.commit(change);
      const begins = decoder.decode(change.body).includes('"calling"');
      if (begins && stalls > 0) {
        stalls -= 1;
        await clock.pass(4.8 * SECOND);
      }
      return committed;
    },
  };
  await start(hello, stalling);
  await lead("ana");
  for (let i = 0; i < 60; i++) await clock.pass(SECOND);
  expect(sent.map(({ attempt }) => attempt)).toEqual([2]);
});

test("a body that is not an event goes to the dead letters with its reason, and blocks nobody", async () => {
  const dead: (string | undefined)[] = [];
  await start();
  await store.append([
    { id: "broken", key: "id:ana", body: encoder.encode("{") },
    { id: "strange", key: "id:ana", body: encoder.encode("[1]") },
  ]);
  await lead("ana");
  await clock.pass(SECOND);
  await store.consume("dead", { parallel: 1, leaseMs: SECOND }, async (delivery) => {
    dead.push(delivery.reason);
    return { done: true };
  });
  await clock.pass(SECOND);
  expect(dead).toEqual(["not readable", "not readable"]);
  expect(sent).toHaveLength(1);
});

test("an event that a newer version of Heed wrote is set aside with that reason, and one that is whole is decided", async () => {
  const dead: (string | undefined)[] = [];
  const newer = { schema_version: 2, event_id: "n1", event_type: "lead.demo_requested", provider: "api", data: {} };
  const append = (id: string, body: object) =>
    store.append([{ id, key: "id:ana", body: encoder.encode(JSON.stringify(body)) }]);
  await start();
  await append("newer", newer);
  await append("handed", { kind: "event", event: newer });
  await lead("ana");
  await clock.pass(SECOND);
  await store.consume("dead", { parallel: 1, leaseMs: SECOND }, async (delivery) => {
    dead.push(delivery.reason);
    return { done: true };
  });
  await clock.pass(SECOND);
  const reason = "an event of version 2, which a newer Heed wrote: this one reads up to 1";
  expect(dead).toEqual([reason, reason]);
  expect(sent).toHaveLength(1);
});

test("a new rulebook judges from the next decision on, and brings its channels' lanes", async () => {
  const engine = await start(rulebook([]));
  await lead("ana");
  await clock.pass(SECOND);
  expect(sent).toEqual([]);
  await engine.deploy(
    deployed(rulebook([rule({ id: "r", steps: [sendStep("sales", { content: { text: "hello" } })] })])),
  );
  await lead("ben");
  await clock.pass(SECOND);
  expect(sent.map(({ channel, to }) => [channel, to])).toEqual([["sales", null]]);
});

describe("the kill switch", () => {
  test("stops within a second what another process has queued, and lets it go on when it is lifted", async () => {
    const engine = await start();
    const other = await start();
    await lead("ana");
    await clock.pass(SECOND);
    await other.pause("rule:r", "wrong text", null);
    await clock.pass(SECOND);
    for (let i = 0; i < 20; i++) await lead(`contact-${i}`);
    await clock.pass(60 * SECOND);
    expect(sent).toHaveLength(1);
    expect(await engine.pauses()).toMatchObject([{ target: "rule:r", reason: "paused", note: "wrong text" }]);
    expect(await engine.resume("rule:r")).toBe(true);
    await clock.pass(60 * SECOND);
    expect(sent).toHaveLength(21);
    expect(await reasons("contact-0")).toEqual(["paused", "sent", "completed"]);
  });

  test("is thrown by a new rule that sends too much, told to the log, and lifted by a person for good", async () => {
    const engine = await start(rulebook([rule({ id: "r" })], { limits: { smsSegments: 3, firstDay: 3 } }));
    for (let i = 0; i < 10; i++) await lead(`contact-${i}`);
    await clock.pass(60 * SECOND);
    expect(sent).toHaveLength(3);
    expect(await engine.pauses()).toMatchObject([{ target: "rule:r", reason: "self_paused" }]);
    expect(logged.filter((message) => message.includes("paused itself"))).not.toHaveLength(0);
    await expect(engine.resume("rule:r", { actor: "olga" })).rejects.toThrow(/rule:r paused itself .*say why/);
    expect(await engine.pauses()).toHaveLength(1);
    expect(await engine.resume("rule:r", { actor: "olga", note: "the texts are meant to be long" })).toBe(true);
    await clock.pass(60 * SECOND);
    expect(sent).toHaveLength(10);
    expect(await engine.pauses()).toEqual([]);
  });
});

test("a cap over many contacts is held by two engines together", async () => {
  const cap = { max: 7, per: "workspace", channel: null, class: null, onExceed: "drop" } as const;
  const rules = rulebook([rule({ id: "r" })], { caps: [{ ...cap, within: { count: 1, unit: "h" } }] });
  await start(rules);
  await start(rules);
  for (let i = 0; i < 40; i++) await lead(`contact-${i}`);
  await clock.pass(10 * SECOND);
  expect(sent).toHaveLength(7);
});

test("what is emitted comes in as an event of the same contact", async () => {
  const handing = rule({ id: "a", steps: flow(tag("tag", "hello"), emit("lead.qualified")) });
  const taking = rule({
    id: "b",
    trigger: { match: on("lead.qualified"), maxAge: { count: 1, unit: "d" } },
    guard: { all: [{ fact: "contact", path: "tags", operator: "contains", value: "Hi there" }] },
  });
  await start(rulebook([handing, taking]));
  await lead("ana");
  await clock.pass(5 * SECOND);
  expect(sent.map(({ ruleId }) => ruleId)).toEqual(["b"]);
});

test("a step that names another provider speaks through it", async () => {
  const others: OutgoingMessage[] = [];
  const outbound: Provider["outbound"] = {
    capabilities: { kinds: ["sms"], idempotencyKey: false, lookup: false },
    timeoutMs: 40 * SECOND,
    async send(message) {
      others.push(message);
      return { kind: "accepted", providerMessageId: "o1" };
    },
    async close() {},
  };
  const rules = rulebook([rule({ id: "r", steps: [sendStep("sms", { provider: "other" })] })]);
  const parts = deployed(rules);
  const providers = new Map([...parts.providers, ["other", { name: "other", inbound: null, outbound }]]);
  const engine = await start(rules);
  await engine.deploy({ ...parts, providers });
  await lead("ana");
  await clock.pass(SECOND);
  expect([sent.length, others.length]).toEqual([0, 1]);
});
