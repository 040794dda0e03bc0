import { afterEach, beforeEach, expect, test } from "vitest";
import type { LedgerRecord } from "../../src/core/model/decision.ts";
import type { CanonicalEvent } from "../../src/core/model/event.ts";
import type { OutgoingMessage } from "../../src/core/model/outgoing.ts";
import { createMetrics } from "../../src/observe/metrics.ts";
import type { Provider } from "../../src/providers/provider.ts";
import { decodeContact } from "../../src/runtime/contact-codec.ts";
import { type Engine, startEngine } from "../../src/runtime/engine.ts";
import { openMemoryStore } from "../../src/store/memory.ts";
import { type Store, Unavailable } from "../../src/store/store.ts";
import { compileTemplate } from "../../src/templates/compile-template.ts";
import { rule, rulebook } from "../core/given.ts";
import { type VirtualClock, virtualClock } from "../support/virtual-clock.ts";
import { workspaceOf } from "./fake-deployment.ts";

/** Merging and erasing through the whole engine: lanes, commits, and what the store forgets. */

const SECOND = 1_000;
const HOUR = 3_600_000;
const phone = "+12025550143";
const hourly = { min: { count: 1, unit: "h" }, max: { count: 1, unit: "h" } } as const;

let clock: VirtualClock;
let store: Store;
let engine: Engine;
let sent: OutgoingMessage[];
let failures: number;
let forgotten: string[];

const provider: Provider = {
  name: "fake",
  inbound: null,
  /** Its disk is away the first time that it is asked for each. */
  async forget(key) {
    forgotten.push(key);
    if (forgotten.filter((one) => one === key).length === 1) throw new Unavailable("the disk is away for a moment");
  },
  outbound: {
    capabilities: { kinds: ["sms"], idempotencyKey: false, lookup: false },
    timeoutMs: 15 * SECOND,
    async send(message) {
      sent.push(message);
      return { kind: "accepted", providerMessageId: `p${sent.length}` };
    },
    async close() {},
  },
};

beforeEach(async () => {
  clock = virtualClock();
  store = openMemoryStore({ clock });
  sent = [];
  forgotten = [];
  failures = 0;
  const forgetful: Store = {
    ...store,
    async forget(key) {
      failures -= 1;
      if (failures >= 0) throw new Unavailable("the store is away for a moment");
      return store.forget(key);
    },
  };
  const hello = compileTemplate("Hello", "text");
  if (!("template" in hello)) throw new Error("the template does not compile");
  const compiled = workspaceOf(rulebook([rule({ id: "r", delay: hourly })]), new Map([["hello", hello.template]]));
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const parts = { store: forgetful, clock, log, metrics: createMetrics() };
  engine = await startEngine(parts, { workspace: compiled, providers: new Map([["fake", provider]]) });
});

afterEach(async () => {
  const stopping = engine.stop(SECOND);
  await clock.pass(2 * SECOND);
  await stopping;
  await store.close();
});

let count = 0;

async function tell(contact: string, event_type: string, fields: Partial<CanonicalEvent> = {}): Promise<void> {
  count += 1;
  const at = new Date(clock.now()).toISOString();
  const event = {
    schema_version: 1,
    event_id: `e${count}`,
    event_type,
    occurred_at: at,
    received_at: at,
    provider: "test",
    contact_id: contact,
    data: {},
    ...fields,
  };
  const body = new TextEncoder().encode(JSON.stringify(event));
  await store.append([{ id: event.event_id, key: `id:${contact}`, body }]);
  await clock.pass(SECOND);
}

async function contactOf(key: string) {
  const doc = await store.load(key, "latest");
  if (doc === null) throw new Error(`${key} is not known`);
  return decodeContact(doc);
}

async function account(key: string): Promise<readonly LedgerRecord[]> {
  const entries = await store.history(key, { limit: 100 });
  return entries.map(({ body }): LedgerRecord => JSON.parse(new TextDecoder().decode(body)));
}

test("a merged contact's message goes out under the contact that stays, at its time", async () => {
  await tell("ben", "contact.identified", { address: { phone } });
  await tell("ben", "lead.created");
  await tell("ana", "contact.merged", { data: { from: "ben" } });
  await tell("ben", "contact.updated", { data: { traits: { plan: "pro" } } });
  await clock.pass(HOUR);
  expect(sent.map(({ to, contactId }) => [to, contactId])).toEqual([[phone, "ana"]]);
  expect((await contactOf("id:ana")).attributes).toEqual({ plan: "pro" });
  expect((await account("id:ben")).map(({ reason }) => reason)).toContain("merged");
});

test("of an erased contact nothing is left in the store, though it was away when it was to forget", async () => {
  await tell("ana", "contact.identified", { address: { phone }, data: { traits: { first_name: "Zanzibar" } } });
  await tell("ana", "lead.created", { data: { note: "Zanzibar" } });
  await store.append([{ id: "dead", key: "id:ana", body: new TextEncoder().encode("Zanzibar"), dead: "not readable" }]);
  failures = 2;
  await tell("ana", "contact.erased");
  await clock.pass(10 * SECOND);
  expect(failures).toBeLessThan(0);
  for (const key of ["id:ana", `phone:${phone}`]) {
    expect(await account(key)).toEqual([]);
    expect(JSON.stringify(await contactOf(key))).not.toContain("Zanzibar");
  }
  // What a provider keeps of messages itself goes first, when it can, and again for as long as the store is away.
  expect(forgotten.toSorted()).toEqual(["id:ana", `phone:${phone}`].flatMap((key) => [key, key, key]));
  expect((await store.health()).depth["dead"]).toBe(0);
  await tell("ana", "lead.created");
  await clock.pass(2 * HOUR);
  expect(sent).toEqual([]);
  expect(await account("id:ana")).toMatchObject([{ kind: "event", reason: "erased" }]);
});
