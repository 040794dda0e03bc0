import { afterEach, expect, test } from "vitest";
import { newContact } from "../../src/core/model/contact.ts";
import { createMetrics } from "../../src/observe/metrics.ts";
import type { Provider } from "../../src/providers/provider.ts";
import { compileWorkspace } from "../../src/rulebook/compile-workspace.ts";
import { type Engine, startEngine } from "../../src/runtime/engine.ts";
import { encodeContact } from "../../src/runtime/contact-codec.ts";
import { openMemoryStore } from "../../src/store/memory.ts";
import type { Store } from "../../src/store/store.ts";
import { inMemory } from "../rulebook/in-memory.ts";
import { type VirtualClock, virtualClock } from "../support/virtual-clock.ts";

/** What a condition that is deployed today knows of the past, and what is said because of what it does not. */

const heed = `
workspace: acme
time_zone: America/New_York
country: US
providers: { outbox: {} }
channels:
  sms: { kind: sms, provider: outbox, from: "+12025550100" }
events: { Pricing Page Viewed: {}, Order Completed: {} }
`;
const rule = (more: string): string => `
rule: pricing
description: For a test.
owner: growth-ops
class: transactional
trigger: { event: Pricing Page Viewed }
reentry: parallel
${more}
`;
const send = "actions:\n  - { send: sms, text: Hello. }";
const nobodyAsks = rule(send);
const notBought = (within: string, more = ""): string =>
  rule(`guard: { did_not: { event: Order Completed, within: ${within}${more} } }\n${send}`);

const DAY = 86_400_000;

interface House {
  readonly clock: VirtualClock;
  readonly store: Store;
  readonly told: string[];
  /** Lets time pass in which nothing is due. */
  readonly sleep: (ms: number) => Promise<void>;
  sent: number;
  engine: Engine | null;
}

const houses: House[] = [];
afterEach(async () => {
  for (const { engine, store } of houses.splice(0)) {
    await engine?.stop(0);
    await store.close();
  }
});

function house(): House {
  const awake = virtualClock();
  let slept = 0;
  const clock = { ...awake, now: () => awake.now() + slept };
  const sleep = async (ms: number): Promise<void> => {
    slept += ms;
    await clock.pass(3_000);
  };
  const made: House = { clock, store: openMemoryStore({ clock }), told: [], sleep, sent: 0, engine: null };
  houses.push(made);
  return made;
}

/** Deploys into the running engine, or starts one. */
async function deploy(at: House, text: string): Promise<void> {
  const compiled = await compileWorkspace(inMemory({ "heed.yaml": heed, "pricing.yaml": text }), {});
  if (!compiled.ok) throw new Error(compiled.problems.map(({ message }) => message).join("\n"));
  const outbound: Provider["outbound"] = {
    capabilities: { kinds: ["sms"], idempotencyKey: false, lookup: false },
    timeoutMs: 15_000,
    async send() {
      at.sent += 1;
      return { kind: "accepted", providerMessageId: `p${at.sent}` };
    },
    async close() {},
  };
  const providers = new Map([["outbox", { name: "outbox", inbound: null, outbound }]]);
  const deployed = { workspace: compiled.workspace, providers };
  const warn = (_message: string, fields: object = {}): void => void at.told.push(JSON.stringify(fields));
  const log = { info() {}, warn, error() {} };
  if (at.engine === null) {
    const { clock, store } = at;
    at.engine = await startEngine({ store, clock, log, metrics: createMetrics() }, deployed);
  } else {
    await at.engine.deploy(deployed);
  }
}

let count = 0;

async function event(at: House, type: string, contact = "c1"): Promise<void> {
  count += 1;
  const now = new Date(at.clock.now()).toISOString();
  const body = {
    schema_version: 1,
    event_id: `h${count}`,
    event_type: type,
    occurred_at: now,
    received_at: now,
    provider: "test",
    contact_id: contact,
    address: { phone: "+12025550143" },
    data: {},
  };
  const bytes = Buffer.from(JSON.stringify(body), "utf8");
  await at.store.append([{ id: `test:h${count}`, key: `id:${contact}`, body: bytes }]);
  await at.clock.pass(5_000);
}

/** How many messages a view of the pricing page brings. */
async function heardAfterView(at: House, contact = "c1"): Promise<number> {
  const before = at.sent;
  await event(at, "Pricing Page Viewed", contact);
  return at.sent - before;
}

async function reasons(at: House, contact = "c1"): Promise<readonly string[]> {
  const entries = await at.store.history(`id:${contact}`, { limit: 100 });
  return entries.map(({ body }) => Buffer.from(body).toString("utf8"));
}

test("in a store in which nothing has happened, all of the past is known", async () => {
  const at = house();
  await deploy(at, notBought("30d"));
  expect(await heardAfterView(at)).toBe(1);
  expect(at.told).toEqual([]);
  await event(at, "Order Completed");
  expect(await heardAfterView(at)).toBe(0);
});

test("a condition deployed later sends nothing because of an absence that nobody could have seen, until its window is covered", async () => {
  const at = house();
  await deploy(at, nobodyAsks);
  await event(at, "Order Completed");
  expect(await heardAfterView(at)).toBe(1);
  await at.sleep(DAY);

  await deploy(at, notBought("7d"));
  expect(at.told).toHaveLength(1);
  expect(at.told[0]).toContain("Order Completed");
  // The order of yesterday is not known any more. A document that does not have it proves nothing.
  expect(await heardAfterView(at)).toBe(0);
  expect((await reasons(at)).filter((line) => line.includes('"unseen":{"events":["Order Completed"]'))).toHaveLength(1);
  await at.sleep(8 * DAY);
  expect(await heardAfterView(at)).toBe(1);
  await event(at, "Order Completed");
  expect(await heardAfterView(at)).toBe(0);
});

test("what was seen counts at once", async () => {
  const at = house();
  await deploy(at, nobodyAsks);
  await event(at, "Pricing Page Viewed");
  await deploy(at, rule(`guard: { did: { event: Order Completed, within: 30d } }\n${send}`));
  expect(await heardAfterView(at)).toBe(0);
  await event(at, "Order Completed");
  expect(await heardAfterView(at)).toBe(1);
});

test("a longer window, or more of them, is known from when they were kept", async () => {
  const at = house();
  await deploy(at, notBought("2d"));
  await event(at, "Pricing Page Viewed");
  await at.sleep(3 * DAY);
  await deploy(at, notBought("4d"));
  expect(await heardAfterView(at)).toBe(0);
  await at.sleep(2 * DAY);
  expect(await heardAfterView(at)).toBe(1);
  await deploy(at, notBought("4d", ", at_least: 2"));
  expect(await heardAfterView(at)).toBe(0);
});

test("a condition that was away while events came begins anew; a restart forgets nothing", async () => {
  const at = house();
  await deploy(at, notBought("2d"));
  await event(at, "Pricing Page Viewed");
  await deploy(at, nobodyAsks);
  await event(at, "Order Completed");
  await deploy(at, notBought("2d"));
  expect(await heardAfterView(at)).toBe(0);
  await at.sleep(3 * DAY);
  await at.engine?.stop(0);
  at.engine = null;
  await deploy(at, notBought("2d"));
  expect(await heardAfterView(at)).toBe(1);
});

test("a branch that hinges on it goes no way at all, and a stop that may have to stop does", async () => {
  const at = house();
  await deploy(at, nobodyAsks);
  await event(at, "Pricing Page Viewed");
  const ways =
    "{ when: { did: { event: Order Completed, within: 7d } }, do: [{ stop: bought }] }, { otherwise: [{ send: sms, text: Hello. }] }";
  await deploy(at, rule(`actions:\n  - branch: [${ways}]`));
  expect(await heardAfterView(at)).toBe(0);
  const stop = "stop_on: [{ event: Pricing Page Viewed, where: { did: { event: Order Completed, within: 14d } } }]";
  await deploy(at, rule(`${stop}\ndelay: 1h\n${send}`));
  await event(at, "Pricing Page Viewed", "c2");
  expect(await heardAfterView(at, "c2")).toBe(0);
  await at.sleep(2 * 3_600_000);
  // The first view's enrollment was stopped by the second, which itself goes on.
  expect((await reasons(at, "c2")).filter((line) => line.includes("stopped.by_event"))).toHaveLength(1);
});

test("a store with contacts and no word about it is taken as one that kept nothing", async () => {
  const at = house();
  await at.store.commit({
    key: "id:old",
    base: "new",
    body: encodeContact(newContact("id:old")),
    wakeAt: null,
    emit: [],
  });
  await deploy(at, notBought("2d"));
  expect(at.told).toHaveLength(1);
  expect(await heardAfterView(at, "old")).toBe(0);
});
