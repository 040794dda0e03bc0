import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { LedgerRecord } from "../../src/core/model/decision.ts";
import type { CanonicalEvent } from "../../src/core/model/event.ts";
import { identityKey } from "../../src/core/model/identity.ts";
import type { OutgoingMessage } from "../../src/core/model/outgoing.ts";
import { createMetrics } from "../../src/observe/metrics.ts";
import { createFactReader } from "../../src/cli/dead-letters-port.ts";
import { decodeContact } from "../../src/runtime/contact-codec.ts";
import { deadLettersOf } from "../../src/runtime/dead-letters.ts";
import { type Engine, startEngine } from "../../src/runtime/engine.ts";
import { openMemoryStore } from "../../src/store/memory.ts";
import type { Delivery, Retention, Store } from "../../src/store/store.ts";
import { on, rule, rulebook } from "../core/given.ts";
import { type VirtualClock, virtualClock } from "../support/virtual-clock.ts";
import { deployedOf, fakeProvider } from "./fake-deployment.ts";

/** A transport that has lost its place delivers again what was decided days ago, longer than documents remember it. */

const SECOND = 1_000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const phone = "+12025550143";
const email = "ana@example.com";
const patient = { match: on("lead.created"), maxAge: { count: 30, unit: "d" } } as const;

let clock: VirtualClock;
let store: Store;
let engine: Engine | null;
let sent: OutgoingMessage[];
let retention: Retention;
let delivered: Delivery[];
let decide: (delivery: Delivery) => Promise<unknown>;
let questions: number;
let count: number;

beforeEach(() => {
  clock = virtualClock();
  delivered = [];
  questions = 0;
  count = 0;
  sent = [];
  engine = null;
  retention = { events: null, ledger: null };
  const memory = openMemoryStore({ clock });
  store = {
    ...memory,
    consume(lane, options, handle) {
      if (lane !== "events") return memory.consume(lane, options, handle);
      decide = handle;
      return memory.consume(lane, options, (delivery) => {
        delivered.push(delivery);
        return handle(delivery);
      });
    },
    historySince(key, since) {
      questions += 1;
      return memory.historySince(key, since);
    },
  };
});

afterEach(async () => {
  await stop();
  await store.close();
});

async function start(): Promise<void> {
  const provider = fakeProvider({
    async send(message) {
      sent.push(message);
      return { kind: "accepted", providerMessageId: `p${sent.length}` };
    },
  });
  const deployed = deployedOf(rulebook([rule({ id: "r", trigger: patient, reentry: "parallel" })]), provider);
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const parts = { store, clock, log, metrics: createMetrics() };
  engine = await startEngine(parts, { ...deployed, workspace: { ...deployed.workspace, retention } });
}

async function stop(): Promise<void> {
  const stopping = engine?.stop(SECOND);
  engine = null;
  await clock.pass(2 * SECOND);
  await stopping;
}

/** Without an engine, whose timers would all have to be gone through. */
async function daysPass(): Promise<void> {
  await stop();
  await clock.pass(4 * DAY);
  await start();
}

interface Told extends Partial<CanonicalEvent> {
  readonly dead?: string;
}

async function tell(event_type: string, { dead, ...fields }: Told): Promise<void> {
  count += 1;
  const at = new Date(clock.now()).toISOString();
  const event: CanonicalEvent = {
    schema_version: 1,
    event_id: `e${count}`,
    event_type,
    occurred_at: at,
    received_at: at,
    provider: "test",
    data: {},
    ...fields,
  };
  const body = new TextEncoder().encode(JSON.stringify(event));
  const fact = { id: `test:${event.event_id}`, key: identityKey(event) ?? "", body };
  await store.append([dead === undefined ? fact : { ...fact, dead }]);
  await clock.pass(SECOND);
}

/** Everything that was ever delivered comes again, in its order, as on its first day. */
async function readAgain(all: readonly Delivery[] = [...delivered]): Promise<void> {
  for (const delivery of all) {
    await decide(delivery);
    await clock.pass(SECOND);
  }
}

const keys = ["id:ana", "id:ben", "id:eve", `phone:${phone}`, `email:${email}`, "anon:browser", "anon:laptop"];

/** All that is known of everybody, but for which ids they remember. */
async function everything() {
  const known = keys.map(async (key) => {
    const doc = await store.load(key, "latest");
    const { seen: _ids, ...contact } = doc === null ? { seen: {} } : decodeContact(doc);
    const lines = await store.history(key, { limit: 1_000 });
    return { key, contact, lines: lines.map(({ id }) => id) };
  });
  return { known: await Promise.all(known), sent: sent.length, depth: (await store.health()).depth };
}

async function account(key: string): Promise<readonly LedgerRecord[]> {
  const entries = await store.history(key, { limit: 1_000 });
  return entries.map(({ body }): LedgerRecord => JSON.parse(new TextDecoder().decode(body))).toReversed();
}

describe("what comes again after four days", () => {
  test("is not decided a second time, though its contact has forgotten it", async () => {
    await start();
    await tell("lead.created", { contact_id: "ana", address: { phone } });
    await daysPass();
    await tell("contact.updated", { contact_id: "ana" });
    expect(questions).toBe(0);
    const before = await everything();
    await readAgain();
    expect(sent).toHaveLength(1);
    expect(await everything()).toEqual(before);
    expect(questions).toBeGreaterThan(0);
  });

  test("is not decided a second time by anybody to whom it was handed on", async () => {
    await start();
    await tell("sms.received", { address: { phone }, data: { text: "hello" } });
    await tell("contact.identified", { contact_id: "ana", address: { phone }, data: { anonymous_id: "browser" } });
    await tell("lead.created", { address: { phone } });
    await tell("contact.identified", { contact_id: "ben", address: { email }, data: { anonymous_id: "laptop" } });
    await tell("lead.created", { contact_id: "ben", address: { email } });
    await tell("contact.merged", { contact_id: "ana", data: { from: "ben" } });
    await tell("lead.created", { contact_id: "ben" });
    await tell("sms.received", { address: { phone }, data: { text: "STOP" } });
    await tell("sms.received", { address: { phone }, data: { text: "START" } });
    await tell("contact.identified", { contact_id: "eve", address: { phone }, data: { anonymous_id: "browser" } });
    await daysPass();
    for (const contact_id of ["ana", "ben", "eve"]) await tell("page.viewed", { contact_id });
    await tell("page.viewed", { address: { phone } });
    await tell("page.viewed", { address: { email } });
    for (const anonymous_id of ["browser", "laptop"]) await tell("page.viewed", { data: { anonymous_id } });
    const before = await everything();
    await readAgain();
    expect(await everything()).toEqual(before);
  });

  test("was decided, too, when it came out of the dead letters", async () => {
    await start();
    await tell("lead.created", { contact_id: "ana", address: { phone }, dead: "failed 6 times: TypeError" });
    const letters = deadLettersOf({ store, clock, factOf: createFactReader() });
    const [letter] = (await letters.list({ limit: 1 })).letters;
    if (letter === undefined) throw new Error("there is no dead letter");
    await letters.replay(letter.place, { mayDouble: false, by: "olga" });
    await daysPass();
    await tell("contact.updated", { contact_id: "ana" });
    const [again] = delivered;
    if (again === undefined) throw new Error("it was not replayed");
    await readAgain([{ ...again, id: "test:e1", at: letter.at }]);
    expect(sent).toHaveLength(1);
  });

  test("leaves alone what somebody who was erased has told since", async () => {
    await start();
    await tell("contact.identified", { contact_id: "ana", address: { phone }, data: { traits: { plan: "pro" } } });
    await tell("contact.erased", { contact_id: "ana" });
    await tell("contact.identified", { contact_id: "ana", address: { phone }, data: { traits: { plan: "free" } } });
    await tell("lead.created", { contact_id: "ana" });
    await daysPass();
    await tell("page.viewed", { contact_id: "ana" });
    await tell("page.viewed", { address: { phone } });
    const before = await account("id:ana");
    expect(before.map(({ kind }) => kind)).toContain("enrolled");
    await readAgain();
    expect(sent).toHaveLength(1);
    const doc = await store.load("id:ana", "latest");
    expect(doc === null ? null : decodeContact(doc)).toMatchObject({
      attributes: { plan: "free" },
      addresses: { phone: { address: phone } },
    });
    expect((await account("id:ana")).slice(0, before.length)).toEqual(before);
  });
});

describe("what has waited for four days", () => {
  /** A contact decides something, everybody goes home, and more comes for it. */
  async function leaveWaiting(): Promise<void> {
    await start();
    await tell("lead.created", { contact_id: "ana", address: { phone } });
    await stop();
    for (let lead = 0; lead < 3; lead += 1) await tell("lead.created", { contact_id: "ana" });
    await clock.pass(HOUR);
    await tell("lead.created", { contact_id: "ana" });
    await clock.pass(2 * HOUR);
    await tell("lead.created", { contact_id: "ana" });
    await clock.pass(4 * DAY);
  }

  test("is decided, and only what came while its contact still decided is looked for", async () => {
    await leaveWaiting();
    await start();
    await clock.pass(SECOND);
    expect(sent).toHaveLength(6);
    // The first is known by its mark; that goes as soon as it is decided, and with it what is known of the hour after it.
    expect(questions).toBe(3);
  });

  test("is decided once, whoever reads it again", async () => {
    await leaveWaiting();
    await start();
    await clock.pass(SECOND);
    await readAgain();
    await daysPass();
    await tell("contact.updated", { contact_id: "ana" });
    await readAgain();
    expect(sent).toHaveLength(6);
  });

  test("is not decided where the account goes back less far, because nobody can tell", async () => {
    retention = { events: null, ledger: 2 * DAY };
    await start();
    await tell("lead.created", { contact_id: "ana", address: { phone } });
    await daysPass();
    await tell("contact.updated", { contact_id: "ana" });
    await store.expire(retention);
    expect(await account("id:ana")).toMatchObject([{ kind: "event", event: "e2" }]);
    await readAgain();
    expect(sent).toHaveLength(1);
  });
});
