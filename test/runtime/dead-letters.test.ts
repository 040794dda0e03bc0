import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { newContact } from "../../src/core/model/contact.ts";
import type { LedgerRecord } from "../../src/core/model/decision.ts";
import type { OutgoingMessage, SendOutcome } from "../../src/core/model/outgoing.ts";
import type { Rulebook } from "../../src/core/model/rulebook.ts";
import { createFactReader } from "../../src/cli/dead-letters-port.ts";
import { createMetrics } from "../../src/observe/metrics.ts";
import { encodeContact } from "../../src/runtime/contact-codec.ts";
import { type DeadLetters, deadLettersOf } from "../../src/runtime/dead-letters.ts";
import { type Engine, startEngine } from "../../src/runtime/engine.ts";
import { keepLetters } from "../../src/runtime/keep-letters.ts";
import { openMemoryStore } from "../../src/store/memory.ts";
import { type Store, Unavailable } from "../../src/store/store.ts";
import { on, rule, rulebook } from "../core/given.ts";
import { type VirtualClock, virtualClock } from "../support/virtual-clock.ts";
import { deployedOf, fakeProvider, leadAt } from "./fake-deployment.ts";

/** What people do with dead letters, on the reference store and the engine that decides. */

const SECOND = 1_000;
const DAY = 86_400 * SECOND;
const A_WHILE = 120 * SECOND;
const encoder = new TextEncoder();
const decoder = new TextDecoder();
const factOf = createFactReader();
const patient = { match: on("lead.created"), maxAge: { count: 30, unit: "d" } } as const;
const once = rulebook([rule({ id: "r", trigger: patient, retry: { attempts: 1, within: { count: 15, unit: "m" } } })]);

let clock: VirtualClock;
let store: Store;
let letters: DeadLetters;
let sent: OutgoingMessage[];
let answers: SendOutcome[];
let engine: Engine | null;

beforeEach(() => {
  clock = virtualClock();
  store = openMemoryStore({ clock });
  letters = deadLettersOf({ store, clock, factOf });
  sent = [];
  answers = [];
  engine = null;
});

afterEach(async () => {
  await stop();
  await store.close();
});

async function stop(): Promise<void> {
  const stopping = engine?.stop(SECOND);
  engine = null;
  await clock.pass(2 * SECOND);
  await stopping;
}

const provider = fakeProvider({
  async send(message) {
    sent.push(message);
    return answers.shift() ?? { kind: "accepted", providerMessageId: `p${sent.length}` };
  },
});

async function start(rules: Rulebook = once): Promise<void> {
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  engine = await startEngine({ store, clock, log, metrics: createMetrics() }, deployedOf(rules, provider));
}

const lead = (contact: string, fields: object = {}): object => leadAt(clock.now(), contact, fields);

async function append(body: unknown, { key = "id:ana", dead }: { key?: string; dead?: string } = {}): Promise<void> {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  await store.append([
    { id: `fact ${text.length}`, key, body: encoder.encode(text), ...(dead !== undefined && { dead }) },
  ]);
}

async function only(): Promise<number> {
  const { letters: found, next } = await letters.list({ limit: 10 });
  expect([found.length, next]).toEqual([1, null]);
  return found[0]?.place ?? 0;
}

async function commands(key = "id:ana"): Promise<readonly LedgerRecord[]> {
  const entries = await store.history(key, { limit: 100 });
  const lines = entries.map(({ body }): LedgerRecord => JSON.parse(decoder.decode(body)));
  return lines.filter(({ kind }) => kind === "command").toReversed();
}

describe("an event that is a dead letter", () => {
  test("is decided when it is replayed, once, and the account says who asked", async () => {
    await append(lead("ana"), { dead: "failed 6 times: TypeError" });
    await start();
    const place = await only();
    expect(await letters.show(place)).toMatchObject({ kind: "event", event: { event_id: "e-ana" } });
    expect(await letters.replay(place, { mayDouble: false, by: "olga" })).toEqual({ kind: "replayed" });
    await clock.pass(SECOND);
    expect(sent.map(({ contactId }) => contactId)).toEqual(["ana"]);
    expect(await letters.list({ limit: 10 })).toEqual({ letters: [], next: null });
    expect(await commands()).toMatchObject([
      { event: "e-ana", detail: { command: "replay", actor: "olga", reason: "failed 6 times: TypeError" } },
    ]);
    expect(await letters.replay(place, { mayDouble: false, by: "olga" })).toMatchObject({ kind: "gone" });
  });

  test("is known to its contact if it was decided before", async () => {
    await start();
    await append(lead("ana"));
    await clock.pass(SECOND);
    await append({ ...lead("ana"), data: { more: 1 } }, { dead: "late" });
    await letters.replay(await only(), { mayDouble: false, by: "olga" });
    await clock.pass(SECOND);
    expect(sent).toHaveLength(1);
  });

  test("is known to its contact's account if that is longer ago than its document remembers", async () => {
    await start();
    await append(lead("ana"));
    await clock.pass(SECOND);
    await append({ ...lead("ana"), data: { more: 1 } }, { dead: "late" });
    await stop();
    await clock.pass(4 * DAY);
    await start();
    await append(lead("ana", { event_id: "another", event_type: "page.viewed" }));
    await clock.pass(SECOND);
    const replayed = await letters.replay(await only(), { mayDouble: false, by: "olga" });
    expect(replayed).toEqual({ kind: "settled", why: "it was decided long ago" });
    await clock.pass(SECOND);
    expect(sent).toHaveLength(1);
    expect(await letters.list({ limit: 10 })).toEqual({ letters: [], next: null });
  });

  test("goes to whom it names now that its reason is gone", async () => {
    await append(lead("ana"), { key: "quarantine:test", dead: "quarantined: identity is longer than 128 bytes" });
    await start();
    await letters.replay(await only(), { mayDouble: false, by: "olga" });
    await clock.pass(SECOND);
    expect(sent.map(({ contactId }) => contactId)).toEqual(["ana"]);
    expect(await commands("quarantine:test")).toHaveLength(1);
  });

  test.each([
    ["an event without a type of its own", () => lead("ana", { event_type: " " }), "/event_type"],
    [
      "an event of nobody",
      () => ({ ...lead("ana"), contact_id: undefined, address: undefined }),
      "must have an identity",
    ],
    [
      "a report of a provider",
      () => ({ event: "hovered", email: "ana@example.com" }),
      "it is no event that Heed can read",
    ],
    ["no JSON at all", () => "{", "it is no event that Heed can read: a reason"],
  ])("stays when it is %s, and says why", async (_what, body, why) => {
    await append(body(), { dead: "a reason" });
    const place = await only();
    const outcome = await letters.replay(place, { mayDouble: true, by: "olga" });
    expect(outcome).toMatchObject({ kind: "refused", doubt: false, why: expect.stringContaining(why) });
    expect(await only()).toBe(place);
    expect(await commands()).toEqual([]);
  });

  test("is replayed once although its process dies between the deeds", async () => {
    await append(lead("ana"), { dead: "poison" });
    const place = await only();
    const dying = deadLettersOf({
      store: { ...store, settleDead: () => Promise.reject(new Unavailable("gone")) },
      clock,
      factOf,
    });
    await expect(dying.replay(place, { mayDouble: false, by: "olga" })).rejects.toThrow(Unavailable);
    await start();
    await clock.pass(SECOND);
    await letters.replay(place, { mayDouble: false, by: "olga" });
    await clock.pass(SECOND);
    expect(sent).toHaveLength(1);
    expect(await commands()).toHaveLength(1);
  });
});

test.each([
  { kind: "erase", at: 0, id: "e" },
  { kind: "merge", from: "id:a", into: "id:b" },
  { kind: "send", intent: "i", enrollment: "e" },
  { intent: "i", attempt: 1, reason: "provider.failed", enrollment: null },
])("what a stranger sent in the form of a word of our own, %o, is no such word", async (body) => {
  const bytes = encoder.encode(JSON.stringify(body));
  await store.append([{ id: "nats:unreadable:1", key: "quarantine:nats", body: bytes, dead: "quarantined: no event" }]);
  const { letters: found } = await letters.list({ limit: 10 });
  expect(found).toMatchObject([{ kind: "unreadable", reason: "quarantined: no event" }]);
  expect(await letters.replay(found[0]?.place ?? 0, { mayDouble: true, by: "olga" })).toMatchObject({
    kind: "refused",
  });
});

describe("a message that is a dead letter", () => {
  test("tries again, and says from then on what became of it", async () => {
    answers.push({ kind: "retryable", code: "503", afterMs: null });
    await start();
    await append(lead("ana"));
    await clock.pass(SECOND);
    const place = await only();
    expect(await letters.show(place)).toMatchObject({ kind: "message", reason: "provider.failed" });
    expect(await letters.replay(place, { mayDouble: false, by: "olga" })).toEqual({ kind: "replayed" });
    await clock.pass(SECOND);
    expect(sent.map(({ attempt }) => attempt)).toEqual([1, 2]);
    expect(await commands()).toMatchObject([{ intent: sent[0]?.intentId, rule: "r", step: "0" }]);
  });

  test("does not try again without a person's word when it may have been sent", async () => {
    answers.push({ kind: "ambiguous", code: "timeout" });
    await start();
    await append(lead("ana"));
    await clock.pass(A_WHILE);
    const place = await only();
    expect(await letters.replay(place, { mayDouble: false, by: "olga" })).toMatchObject({
      kind: "refused",
      doubt: true,
    });
    await clock.pass(A_WHILE);
    expect(sent).toHaveLength(1);
    expect(await letters.replay(place, { mayDouble: true, by: "olga" })).toEqual({ kind: "replayed" });
    await clock.pass(SECOND);
    expect(sent.map(({ attempt }) => attempt)).toEqual([1, 2]);
  });

  test("goes by itself once it turned out to be sent, and those that wait for a person stay", async () => {
    const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
    answers.push({ kind: "ambiguous", code: "timeout" }, { kind: "ambiguous", code: "timeout" });
    await start();
    await append(lead("ana"));
    await append(lead("ben"), { key: "id:ben" });
    await append("not even JSON", { key: "quarantine:x", dead: "unreadable" });
    await clock.pass(A_WHILE);
    const keeper = keepLetters({ store, clock, log, isMine: () => true });
    await clock.pass(A_WHILE);
    expect((await letters.list({ limit: 10 })).letters).toHaveLength(3);
    const about = sent.find(({ contactId }) => contactId === "ana")?.intentId;
    await append(lead("ana", { event_id: "d", event_type: "sms.delivered", message_id: about, channel: "sms" }));
    await clock.pass(A_WHILE);
    expect((await letters.list({ limit: 10 })).letters.map(({ key }) => key)).toEqual(["quarantine:x", "id:ben"]);
    await keeper.stop();
  });

  test("has nothing left to do when it turned out to be sent", async () => {
    answers.push({ kind: "ambiguous", code: "timeout" });
    await start();
    await append(lead("ana"));
    await clock.pass(A_WHILE);
    await append(
      lead("ana", { event_id: "d", event_type: "sms.delivered", message_id: sent[0]?.intentId, channel: "sms" }),
    );
    await clock.pass(SECOND);
    expect(await letters.replay(await only(), { mayDouble: true, by: "olga" })).toMatchObject({
      kind: "settled",
      why: "it was sent after all",
    });
    expect(sent).toHaveLength(1);
    expect((await letters.list({ limit: 1 })).letters).toEqual([]);
  });

  test("has nothing left to do when its contact was erased, and says so", async () => {
    answers.push({ kind: "ambiguous", code: "timeout" });
    await start();
    await append(lead("ana"));
    await clock.pass(A_WHILE);
    const [letter] = await store.deadLetters({ limit: 1 });
    await append(lead("ana", { event_id: "erase", event_type: "contact.erased" }));
    await clock.pass(SECOND);
    // As whoever reads it before the history of the contact is gone.
    const early = deadLettersOf({
      store: { ...store, deadLetters: async () => (letter ? [letter] : []) },
      clock,
      factOf,
    });
    expect(await early.replay(letter?.place ?? 0, { mayDouble: true, by: "olga" })).toEqual({
      kind: "settled",
      why: "its contact was erased",
    });
    await clock.pass(SECOND);
    expect(sent).toHaveLength(1);
  });

  test("says nothing more after the person has opted out of its run, on whatever channel", async () => {
    answers.push({ kind: "retryable", code: "503", afterMs: null });
    const marketing = rulebook([
      rule({ id: "r", class: "marketing", retry: { attempts: 1, within: { count: 15, unit: "m" } } }),
    ]);
    await start(marketing);
    const consent = {
      event_id: "yes",
      event_type: "consent.granted",
      data: { channel: "sms", source: "form", wording: "Yes" },
    };
    await append(lead("ana", consent));
    await append(lead("ana", { address: { phone: "+12025550123", email: "ana@example.com" } }));
    await clock.pass(SECOND);
    const place = await only();
    await append(
      lead("ana", {
        event_id: "no",
        event_type: "email.complained",
        address: { email: "ana@example.com" },
        channel: "email",
      }),
    );
    await clock.pass(SECOND);
    await letters.replay(place, { mayDouble: false, by: "olga" });
    await clock.pass(A_WHILE);
    expect(sent).toHaveLength(1);
    expect(await commands()).toMatchObject([
      { detail: { command: "replay", actor: "olga" } },
      { detail: { command: "replay", refused: "stopped.by_opt_out" } },
    ]);
  });

  test("stays as it is when its letter is discarded, and the account says why", async () => {
    answers.push({ kind: "ambiguous", code: "timeout" });
    await start();
    await append(lead("ana"));
    await clock.pass(A_WHILE);
    const place = await only();
    expect(await letters.discard(place, { note: "the customer has it", by: "olga" })).toBe(true);
    expect(await letters.discard(place, { note: "again", by: "olga" })).toBe(false);
    await clock.pass(A_WHILE);
    expect(sent).toHaveLength(1);
    expect(await commands()).toMatchObject([
      { intent: sent[0]?.intentId, detail: { command: "discard", actor: "olga", note: "the customer has it" } },
    ]);
  });
});

test("a moment that nobody could look at is set again", async () => {
  const enrolled = { ...newContact("id:ana") };
  const commit = { key: "id:ana", base: "new", body: encodeContact(enrolled), wakeAt: clock.now(), emit: [] };
  await store.commit(commit);
  const consumer = await store.consume("due", { parallel: 1, leaseMs: SECOND }, async () => ({ dead: "poison" }));
  await clock.pass(2 * SECOND);
  const stopping = consumer.stop(0);
  await clock.pass(SECOND);
  await stopping;
  const before = await store.load("id:ana", "latest");
  expect(await letters.replay(await only(), { mayDouble: false, by: "olga" })).toEqual({ kind: "replayed" });
  const after = await store.load("id:ana", "latest");
  expect(after?.body).toEqual(before?.body);
  expect((await store.health()).depth["due"]).toBe(1);
  expect(await commands()).toHaveLength(1);
});

test("a ticket goes back into the lane of its message", async () => {
  await start();
  await append(lead("ana"));
  await engine?.pause("all", "", null);
  await clock.pass(SECOND);
  const doc = await store.load("id:ana", "latest");
  const intent = Object.keys((JSON.parse(decoder.decode(doc?.body)) as { intents: object }).intents)[0] ?? "";
  await append({ kind: "send", intent, ticket: 1 }, { dead: "contact document too large" });
  const seen: string[] = [];
  await engine?.stop(0);
  await clock.pass(SECOND);
  await letters.replay(await only(), { mayDouble: false, by: "olga" });
  const depth = (await store.health()).depth;
  seen.push(...Object.entries(depth).flatMap(([lane, count]) => (lane.startsWith("jobs.") && count > 0 ? [lane] : [])));
  expect(seen).toEqual(["jobs.sms.transactional"]);
});
