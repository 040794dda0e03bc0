import { connect, headers as createHeaders } from "nats";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { systemClock } from "../../src/cli/system-clock.ts";
import { defaultLimits } from "../../src/ingest/limits.ts";
import { takeOutsideEvents } from "../../src/ingest/outside-events.ts";
import type { OutsideContext } from "../../src/ingest/outside-events.ts";
import { openJetStreamStore } from "../../src/store/jetstream.ts";
import { openMemoryStore } from "../../src/store/memory.ts";
import { Unavailable } from "../../src/store/store.ts";
import type { Fact, Store } from "../../src/store/store.ts";
import { startNatsServer } from "../support/nats-server.ts";
import type { NatsServer } from "../support/nats-server.ts";
import { collect, eventually, text } from "../store/conformance/harness.ts";

let server: NatsServer;
let places = 0;
beforeAll(async () => {
  server = await startNatsServer();
}, 60_000);
afterAll(() => server.stop());

const contacts = () => ({ fields: new Map(), channels: new Map(), timeZone: "UTC", country: "US" });

interface Inbox {
  readonly namespace: string;
  readonly store: Store;
  readonly accepted: readonly { readonly fresh: number; readonly duplicates: number; readonly quarantined: number }[];
  readonly refused: readonly string[];
  readonly failures: readonly unknown[];
  /** The canonical events that deciders get. */
  events(): readonly Readonly<Record<string, unknown>>[];
  /** Reason and payload of each dead letter. */
  dead(): readonly (readonly [string, string])[];
  publish(body: unknown, options?: { readonly name?: string; readonly subject?: string }): Promise<void>;
  /** Messages that the inbox holds, and those that nobody has acknowledged. */
  state(): Promise<{ readonly held: number; readonly waiting: number }>;
}

interface InboxOptions {
  /** Of another server than the one that all tests share. */
  readonly url?: string;
  readonly limits?: Partial<OutsideContext["limits"]>;
  /** Stands before the store's own append. */
  readonly before?: (facts: readonly Fact[]) => Promise<void>;
  /** Stands after it, before the answer. */
  readonly after?: () => Promise<void>;
}

/** A namespace of its own on the server, with the way in open, and a publisher that knows nothing of Heed's code. */
async function openInbox(options: InboxOptions = {}): Promise<Inbox> {
  places += 1;
  const namespace = `in${places}`;
  const { url = server.url } = options;
  const store = await openJetStreamStore({ url, namespace, clock: systemClock });
  const publisher = await connect({ servers: url });
  onTestFinished(async () => {
    await store.close();
    await publisher.close();
  });
  const accepted: Inbox["accepted"][number][] = [];
  const refused: string[] = [];
  const failures: unknown[] = [];
  let ids = 0;
  const append: Store["append"] = async (facts) => {
    await options.before?.(facts);
    const results = await store.append(facts);
    await options.after?.();
    return results;
  };
  await takeOutsideEvents({
    store: { append, consumeOutside: store.consumeOutside?.bind(store) ?? expect.unreachable() },
    clock: systemClock,
    country: "US",
    contacts,
    limits: { ...defaultLimits, ...options.limits },
    tally: {
      accepted: (source, counts) => void (expect(source).toBe("nats"), accepted.push(counts)),
      refused: (source, reason) => void refused.push(`${source} ${reason}`),
      failed: (_id, error) => void failures.push(error),
    },
    newId: () => `id-${(ids += 1)}`,
  });
  const events = await collect(store, "events");
  const dead = await collect(store, "dead");
  return {
    namespace,
    store,
    accepted,
    refused,
    failures,
    events: () => events.deliveries.map(({ body }) => JSON.parse(text(body) ?? "") as Record<string, unknown>),
    dead: () => dead.deliveries.map(({ reason = "", body }) => [reason, text(body) ?? ""]),
    async publish(body, { name, subject = "shop" } = {}) {
      const bytes = body instanceof Uint8Array ? body : typeof body === "string" ? body : JSON.stringify(body);
      const headers = createHeaders();
      if (name !== undefined) headers.set("Nats-Msg-Id", name);
      await publisher.jetstream().publish(`${namespace}.events.in.${subject}`, bytes, { headers });
    },
    async state() {
      const manager = await publisher.jetstreamManager();
      const stream = `${namespace.toUpperCase()}_INBOX`;
      const { num_pending: pending, num_ack_pending: unacknowledged } = await manager.consumers.info(stream, "inbox");
      return { held: (await manager.streams.info(stream)).state.messages, waiting: pending + unacknowledged };
    },
  };
}

const event = (fields: object = {}) => ({ event_type: "lead.demo_requested", contact_id: "user-42", ...fields });

describe("events that other systems publish into NATS", () => {
  it("come in as over HTTP: filled, cleaned, keyed by the contact, and out of the inbox once they are durable", async () => {
    const inbox = await openInbox();
    await inbox.publish(event({ event_id: "e1", address: { email: " Ana@Example.COM ", phone: "(202) 555-0143" } }));
    await inbox.publish([event({ event_id: "e2" }), event({ event_id: "e3", contact_id: "bob" })], {
      subject: "crm.leads.eu",
    });
    await eventually(() => expect(inbox.events()).toHaveLength(3));
    const found = inbox.events().toSorted((a, b) => String(a["event_id"]).localeCompare(String(b["event_id"])));
    expect(found).toMatchObject([
      { event_id: "e1", provider: "api", address: { email: "ana@example.com", phone: "+12025550143" }, data: {} },
      { event_id: "e2", contact_id: "user-42" },
      { event_id: "e3", contact_id: "bob" },
    ]);
    await eventually(async () => expect(await inbox.state()).toEqual({ held: 0, waiting: 0 }));
    const counted = inbox.accepted.map(({ fresh }) => fresh).toSorted();
    expect(counted).toEqual([1, 2]);
    expect((await inbox.store.health()).depth["inbox"]).toBe(0);
  });

  it("are known again by their own id, whatever the publisher calls the message and however it comes", async () => {
    const inbox = await openInbox();
    await inbox.publish(event({ event_id: "e1" }));
    await inbox.publish(event({ event_id: "e1" }), { name: "another name" });
    await inbox.publish([event({ event_id: "e1" })]);
    await eventually(() => expect(inbox.accepted).toHaveLength(3));
    expect(inbox.accepted.reduce((sum, { duplicates }) => sum + duplicates, 0)).toBe(2);
    expect(inbox.events()).toHaveLength(1);
  });

  it("without an id get one from the publisher's name for the message, else of their place in the inbox", async () => {
    const inbox = await openInbox();
    await inbox.publish(event(), { name: "order-4711" });
    await inbox.publish([event(), event()], { name: "n".repeat(199) });
    await inbox.publish(event());
    await inbox.publish(event());
    await eventually(() => expect(inbox.events()).toHaveLength(5));
    const ids = inbox.events().map((found) => String(found["event_id"]));
    expect(ids[0]).toBe("order-4711");
    expect(new Set(ids.slice(1, 3)).size).toBe(2);
    expect(ids.every((id) => id.length <= 200)).toBe(true);
    expect(ids.slice(3).map((id) => id.replaceAll(/\d+/g, "#"))).toEqual(["nats-#-#", "nats-#-#"]);
    expect(new Set(ids).size).toBe(5);
  });

  it("of one contact keep the order in which they were published", async () => {
    const inbox = await openInbox();
    for (let index = 0; index < 200; index += 1) await inbox.publish(event({ event_id: `e${index}` }));
    await eventually(() => expect(inbox.events()).toHaveLength(200));
    expect(inbox.events().map((found) => found["event_id"])).toEqual(
      Array.from({ length: 200 }, (_, index) => `e${index}`),
    );
  });
});

describe("what is published and is no event", () => {
  it.for([
    ["text", "hello", "quarantined: message is not JSON", '"hello"'],
    ["bytes that are no text", new Uint8Array([0xff, 0xfe]), "quarantined: message is not JSON", '"\uFFFD\uFFFD"'],
    ["nothing", "", "quarantined: message is not JSON", '""'],
    ["JSON without end", "[".repeat(5_000), "quarantined: JSON is nested too deep", /^"\[+"$/],
    ["another thing", 7, "quarantined: must be object", "7"],
    [
      "nobody's event",
      { event_type: "a" },
      /^quarantined: must have an identity: contact_id, address\.email/,
      /"event_type":"a"/,
    ],
    [
      "a misspelt key and a wrong type",
      { event_tpye: "a", contact_id: 7 },
      /^quarantined: (?=.*must have required property 'event_type')(?=.*; has an unknown property)(?=.*\/contact_id must be string)/,
      /"contact_id":7/,
    ],
    [
      "a consent for a channel that there is not",
      event({ event_type: "consent.denied", data: { channel: "smss" } }),
      /^quarantined: \/data must be of a channel that reaches contacts: email, sms/,
      /"smss"/,
    ],
    [
      "a number that is none",
      event({ address: { phone: "555" } }),
      "quarantined: /address/phone must be a possible phone number",
      /"555"/,
    ],
  ] as const)("%s goes to the quarantine with the reason, and leaves the inbox", async (found) => {
    const [, body, reason, payload] = found;
    const inbox = await openInbox();
    await inbox.publish(body);
    await eventually(() => expect(inbox.dead()).toHaveLength(1));
    expect(inbox.dead()[0]?.[0]).toMatch(reason);
    expect(inbox.dead()[0]?.[1]).toMatch(payload);
    await eventually(async () => expect(await inbox.state()).toEqual({ held: 0, waiting: 0 }));
    expect(inbox.accepted).toEqual([{ fresh: 1, duplicates: 0, quarantined: 1 }]);
    expect(inbox.events()).toEqual([]);
  });

  it("does not keep the events beside it in its array from coming in, nor fill the quarantine when it is repeated", async () => {
    const inbox = await openInbox();
    for (let time = 0; time < 3; time += 1)
      await inbox.publish([event({ event_id: "e1" }), { event_type: 7 }, event()]);
    await eventually(() => expect(inbox.accepted).toHaveLength(3));
    await eventually(() => expect(inbox.events()).toHaveLength(4));
    expect(inbox.dead()).toHaveLength(1);
  });

  it("or is too large leaves its size only; too many events in one message are refused as a whole", async () => {
    const inbox = await openInbox({ limits: { bodyBytes: 2_000, factBytes: 1_000, apiEvents: 3 } });
    await inbox.publish(event({ data: { text: "x".repeat(1_500) } }));
    await inbox.publish(event({ data: { text: "x".repeat(5_000) } }));
    await inbox.publish([1, 2, 3, 4].map((index) => event({ event_id: `e${index}` })));
    await eventually(() => expect(inbox.dead()).toHaveLength(3));
    const reasons = Object.fromEntries(inbox.dead());
    expect(reasons["quarantined: event is larger than 1000 bytes"]).toMatch(/^\{"oversized_bytes":\d+\}$/);
    expect(reasons["quarantined: message is larger than 2000 bytes"]).toMatch(/^\{"oversized_bytes":5\d+\}$/);
    expect(reasons["quarantined: message has more than 3 events"]).toContain('\\"e4\\"');
    expect(inbox.events()).toEqual([]);
  });

  it("or is larger than the HTTP door takes is refused to a publisher that waits for the acknowledgement", async () => {
    const own = await startNatsServer({ config: "max_payload: 4MB" });
    onTestFinished(() => own.stop());
    const store = await openJetStreamStore({ url: own.url, namespace: "heed", clock: systemClock });
    const publisher = await connect({ servers: own.url });
    onTestFinished(async () => {
      await store.close();
      await publisher.close();
    });
    const publishing = publisher.jetstream().publish("heed.events.in.shop", new Uint8Array(1_500_000));
    await expect(publishing).rejects.toThrow("message size exceeds maximum allowed");
  });
});

describe("a message that was published while something fails", () => {
  it("comes again while the store is not there, however often, and is taken in once", async () => {
    let refusals = 0;
    const inbox = await openInbox({
      async before() {
        refusals += 1;
        if (refusals <= 8) throw new Unavailable("gone for a moment", { retryAfterMs: 50 });
        await Promise.resolve();
      },
    });
    await inbox.publish(event());
    await eventually(() => expect(inbox.events()).toHaveLength(1));
    expect(inbox.refused).toEqual(Array.from({ length: 8 }, () => "nats unavailable"));
    await eventually(async () => expect(await inbox.state()).toEqual({ held: 0, waiting: 0 }));
  });

  it("came when it was published, however late it is taken in", async () => {
    const tries: (readonly [at: number | undefined, received: unknown])[] = [];
    const inbox = await openInbox({
      async before([fact]) {
        tries.push([fact?.at, JSON.parse(text(fact?.body) ?? "{}")["received_at"]]);
        if (tries.length === 1) throw new Unavailable("gone for a moment", { retryAfterMs: 1_500 });
        await Promise.resolve();
      },
    });
    const before = Date.now();
    await inbox.publish(event());
    const after = Date.now();
    await eventually(() => expect(inbox.events()).toHaveLength(1));
    const [first, second] = tries;
    expect(second).toEqual(first);
    expect(first?.[0]).toBeGreaterThanOrEqual(before);
    expect(first?.[0]).toBeLessThanOrEqual(after);
    expect(first?.[1]).toBe(new Date(first?.[0] ?? 0).toISOString());
  });

  it("is one event when the process ended after the append and before the acknowledgement, also without an id", async () => {
    let deaths = 0;
    const inbox = await openInbox({
      async after() {
        deaths += 1;
        // As a process that is killed here: what it appended stands, what it would have said is never said.
        if (deaths <= 2) throw new Unavailable("nobody heard", { retryAfterMs: 50 });
        await Promise.resolve();
      },
    });
    await inbox.publish([event(), event({ contact_id: "bob" }), { event_type: 7 }]);
    await eventually(() => expect(inbox.accepted).toEqual([{ fresh: 0, duplicates: 3, quarantined: 1 }]));
    expect(inbox.events()).toHaveLength(2);
    expect(inbox.dead()).toHaveLength(1);
  });

  it("is taken in when the server is back that was killed meanwhile, as is what comes after", async () => {
    const own = await startNatsServer();
    onTestFinished(() => own.stop());
    const inbox = await openInbox({ url: own.url });
    await inbox.publish(event({ event_id: "before" }));
    await eventually(() => expect(inbox.events()).toHaveLength(1));
    await own.kill9();
    await own.restart();
    await eventually(() => inbox.publish(event({ event_id: "after" })), 10_000);
    await eventually(() => expect(inbox.events().at(-1)).toMatchObject({ event_id: "after" }), 10_000);
    expect(new Set(inbox.events().map((found) => found["event_id"]))).toEqual(new Set(["before", "after"]));
  }, 40_000);

  it("is set aside in the end when it fails for no reason that we know, after pauses that grow", async () => {
    const inbox = await openInbox({
      async before(facts) {
        if (facts.every((fact) => fact.dead === undefined)) throw new TypeError("a bug");
        await Promise.resolve();
      },
    });
    await inbox.publish(event());
    await eventually(() => expect(inbox.dead()).toHaveLength(1), 30_000);
    expect(inbox.dead()[0]?.[0]).toBe("quarantined: message could not be taken in 5 times; the log says why");
    expect(inbox.failures).toHaveLength(5);
    expect(inbox.refused).toContain("nats internal");
    expect(inbox.events()).toEqual([]);
  });
});

it("a store that nobody else can publish into has no such way in", async () => {
  const store = openMemoryStore({ clock: systemClock });
  const tally = { accepted: () => undefined, refused: () => undefined, failed: () => undefined };
  const context = {
    store,
    clock: systemClock,
    country: "US",
    contacts,
    limits: defaultLimits,
    tally,
    newId: () => "id",
  };
  expect(await takeOutsideEvents(context)).toBeNull();
});
