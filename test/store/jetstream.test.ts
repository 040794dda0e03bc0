import { connect, headers as createHeaders, RetentionPolicy } from "nats";
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { encodeEnvelope } from "../../src/store/jetstream-document.ts";
import { openJetStreamStore } from "../../src/store/jetstream.ts";
import { Unavailable, Unsupported } from "../../src/store/store.ts";
import type { Store, Verdict } from "../../src/store/store.ts";
import { startChosenNats, thorough, whyNoNats } from "../support/chosen-nats.ts";
import type { ChosenNats } from "../support/chosen-nats.ts";
import { startNatsServer } from "../support/nats-server.ts";
import {
  bytes,
  change,
  collect,
  committed,
  createTestClock,
  emit,
  eventually,
  fact,
  quiet,
  text,
} from "./conformance/harness.ts";
import type { Place } from "./conformance/harness.ts";
import { describeStore } from "./conformance.ts";

const missing = whyNoNats();
let server: ChosenNats;
beforeAll(async () => {
  if (missing === null) server = await startChosenNats();
}, 120_000);
afterAll(async () => {
  if (missing === null) await server.stop();
});
beforeEach((context) => context.skip(missing !== null, missing ?? ""));

const DAY_MS = 86_400_000;
let places = 0;

async function newPlace(): Promise<Place> {
  places += 1;
  const namespace = `place${places}`;
  return {
    open(clock = createTestClock()) {
      const { url, replicas } = server;
      return openJetStreamStore({ url, namespace, clock, replicas, reofferMs: 400 });
    },
    async remove() {
      const nc = await connect({ servers: server.url });
      // A cluster takes its time to forget dozens of consumers.
      const { streams } = await nc.jetstreamManager({ timeout: 30_000 });
      const names = ["EVENTS", "INBOX", "JOBS", "DEAD", "AUDIT"].map((name) => `${namespace.toUpperCase()}_${name}`);
      const buckets = ["contacts", "budgets", "relays"].map((name) => `KV_${namespace}_${name}`);
      await Promise.all([...names, ...buckets].map((name) => streams.delete(name)));
      await nc.close();
    },
  };
}

describeStore("JetStream", {
  survivesReopening: true,
  manyConnections: true,
  slackMs: thorough ? 3_000 : 1_000,
  thorough,
  place: newPlace,
});

async function open(place: Place, clock = createTestClock()): Promise<Store> {
  const store = await place.open(clock);
  onTestFinished(() => store.close());
  return store;
}

async function rawConnection(): Promise<Awaited<ReturnType<typeof connect>>> {
  const nc = await connect({ servers: server.url });
  onTestFinished(() => nc.close());
  return nc;
}

describe("the JetStream store beside others on one server", () => {
  it("36. does not see what another namespace holds", async () => {
    const [one, two] = [await open(await newPlace()), await open(await newPlace())];
    await one.append([fact("f1")]);
    await committed(one, { wakeAt: Date.now(), emit: [emit("jobs.sms", "j1"), emit("audit", "a1")] });
    expect(await one.take("sms", { from: 0, to: 1 }, 1, 1)).toBe(1);
    expect(await two.load("ada", "latest")).toBeNull();
    expect(await two.history("ada", { limit: 1 })).toEqual([]);
    expect(await two.scan({ limit: 1 })).toEqual([]);
    expect(await two.take("sms", { from: 0, to: 1 }, 1, 1)).toBe(1);
    const lanes = await Promise.all((["events", "jobs.sms", "due"] as const).map((lane) => collect(two, lane)));
    await quiet(500);
    expect(lanes.flatMap((lane) => lane.ids())).toEqual([]);
  });

  it("delivers events that others publish straight into the stream", async () => {
    const place = await newPlace();
    const store = await open(place);
    const events = await collect(store, "events");
    const nc = await rawConnection();
    const key = Buffer.from("id:42", "utf8").toString("base64url");
    await nc.jetstream().publish(`place${places}.ev.0.${key}`, bytes("{}"), { msgID: "theirs" });
    await eventually(() =>
      expect(events.deliveries.map(({ id, key: of, body }) => [id, of, text(body)])).toEqual([
        ["theirs", "id:42", "{}"],
      ]),
    );
    expect(Math.abs((events.deliveries[0]?.at ?? 0) - Date.now())).toBeLessThan(10_000);
  });
});

describe("the JetStream store's depth of the events", () => {
  it("is known from deliveries to whoever reads all of them, and is what the server says", async () => {
    const place = await newPlace();
    const [reader, other] = [await open(place), await open(place)];
    const nc = await rawConnection();
    let lists = 0;
    const heard = nc.subscribe(`$JS.API.CONSUMER.LIST.PLACE${places}_EVENTS`, { callback: () => void (lists += 1) });
    await nc.flush();
    await reader.append(Array.from({ length: 1_500 }, (_, number) => fact(`f${number}`, `contact ${number}`)));
    let letGo: (verdict: Verdict) => void = () => undefined;
    const gate = new Promise<Verdict>((resolve) => (letGo = resolve));
    await reader.consume("events", { parallel: 8, leaseMs: 30_000 }, () => gate);
    await eventually(async () => {
      lists = 0;
      expect((await reader.health()).depth["events"]).toBe(1_500);
      expect(lists).toBe(0);
    });
    expect((await other.health()).depth["events"]).toBe(1_500);
    expect(lists).toBe(1);
    letGo({ done: true });
    await eventually(async () => expect((await reader.health()).depth["events"]).toBe(0));
    expect((await other.health()).depth["events"]).toBe(0);
    heard.unsubscribe();
  });

  it("counts what is to come again", async () => {
    const reader = await open(await newPlace());
    await reader.append(Array.from({ length: 1_500 }, (_, number) => fact(`f${number}`, `contact ${number}`)));
    let postponed = 0;
    await reader.consume("events", { parallel: 8, leaseMs: 30_000 }, async ({ id }) => {
      if (id !== "f7") return { done: true };
      postponed += 1;
      return { again: Date.now() + 60_000 };
    });
    await eventually(async () => {
      expect(postponed).toBe(1);
      expect((await reader.health()).depth["events"]).toBe(1);
    });
  });
});

describe("the JetStream store when a process dies between a commit and its emits", () => {
  /** What a process leaves that was killed right after the compare-and-set: the document with its outbox, nothing relayed. */
  async function leaveUnrelayed(at: number): Promise<void> {
    const nc = await rawConnection();
    const { payload, headers } = encodeEnvelope({
      erased: false,
      body: bytes("left behind"),
      writtenAt: at,
      wakeAt: null,
      writer: "dead",
      outbox: [emit("jobs.sms", "job"), emit("audit", "entry"), emit("events", "handed on", "bob")],
    });
    const fields = createHeaders();
    for (const [name, value] of Object.entries(headers)) fields.set(name, value);
    const key = Buffer.from("ada", "utf8").toString("base64url");
    await nc
      .jetstream()
      .publish(`$KV.place${places}_contacts.${key}`, payload, { headers: fields, expect: { lastSubjectSequence: 0 } });
  }

  it("10. hands them on when the document is loaded, once, and before it is given out", async () => {
    const store = await open(await newPlace());
    await leaveUnrelayed(Date.now());
    expect(text((await store.load("ada", "cached"))?.body)).toBe("left behind");
    expect((await store.history("ada", { limit: 10 })).map(({ id }) => id)).toEqual(["entry"]);
    await store.load("ada", "latest");
    const lanes = await Promise.all((["jobs.sms", "events"] as const).map((lane) => collect(store, lane)));
    await eventually(() => expect(lanes.map((lane) => lane.ids())).toEqual([["job"], ["handed on"]]));
    await quiet();
    expect(lanes.map((lane) => lane.ids())).toEqual([["job"], ["handed on"]]);
  });

  it("10. hands them on even if nobody loads it, a while after it was written", async () => {
    const clock = createTestClock();
    const store = await open(await newPlace(), clock);
    await leaveUnrelayed(clock.now());
    await collect(store, "due");
    const jobs = await collect(store, "jobs.sms");
    clock.shift(40_000);
    await eventually(() => expect(jobs.ids()).toEqual(["job"]), 12_000);
  });

  it("13. does not hand on again what was handed on long ago, beyond what the server remembers of ids", async () => {
    const place = await newPlace();
    const clock = createTestClock();
    const first = await open(place, clock);
    await committed(first, { emit: [emit("jobs.sms", "job")] });
    const rev = (await first.load("ada", "latest"))?.rev;
    await quiet(1_500);
    await first.close();
    await forgetIds("JOBS");
    clock.shift(3_600_000);
    const second = await open(place, clock);
    expect(await second.load("ada", "latest")).toMatchObject({ rev });
    const jobs = await collect(second, "jobs.sms");
    await eventually(() => expect(jobs.ids()).toEqual(["job"]));
    await quiet();
    expect(jobs.ids()).toEqual(["job"]);
  });

  it("13. hands on once, not at every load, what a dead process left long ago", async () => {
    const clock = createTestClock();
    const store = await open(await newPlace(), clock);
    await leaveUnrelayed(clock.now() - 3_600_000);
    const jobs = await collect(store, "jobs.sms");
    const first = await store.load("ada", "latest");
    await eventually(() => expect(jobs.ids()).toEqual(["job"]));
    await forgetIds("JOBS");
    expect(await store.load("ada", "latest")).toEqual(first);
    await quiet();
    expect(jobs.ids()).toEqual(["job"]);
    expect(text(first?.body)).toBe("left behind");
  });

  /** As if ten minutes had passed for the server: a window of 100 ms, which is then over. */
  async function forgetIds(stream: string): Promise<void> {
    const nc = await rawConnection();
    const { streams } = await nc.jetstreamManager();
    const name = `PLACE${places}_${stream}`;
    await streams.update(name, { duplicate_window: 100_000_000 });
    await quiet(400);
    await streams.update(name, { duplicate_window: 600_000_000_000 });
  }
});

describe("the JetStream store when its server fails", () => {
  it("3, 33. says unavailable while the server is gone, has all it acknowledged, and goes on by itself when it is back", async () => {
    const own = await startChosenNats();
    onTestFinished(() => own.stop());
    const clock = createTestClock();
    const { url, replicas } = own;
    const store = await openJetStreamStore({ url, namespace: "heed", clock, replicas, reofferMs: 400 });
    onTestFinished(() => store.close());
    const events = await collect(store, "events", { leaseMs: 1_500 });
    const due = await collect(store, "due");
    const jobs = await collect(store, "jobs.sms", { leaseMs: 1_500 });
    const before = Array.from({ length: 50 }, (_, index) => fact(`before ${index}`, `key ${index}`));
    await store.append(before);
    const rev = await committed(store, { emit: [emit("jobs.sms", "before")] });
    await own.kill9();
    const asked = performance.now();
    const calls = [
      () => store.append([fact("during")]),
      () => store.load("ada", "latest"),
      () => store.commit(change({ base: rev, body: bytes("during"), emit: [emit("jobs.sms", "during")] })),
      () => store.history("ada", { limit: 1 }),
    ];
    await Promise.all(calls.map((call) => expect(call()).rejects.toThrow(Unavailable)));
    expect(performance.now() - asked).toBeLessThan(2_000);
    expect((await store.health()).ok).toBe(false);
    await own.restart();
    await eventually(async () => expect((await store.health()).ok).toBe(true), 10_000);
    // The same calls again, as a caller that heard "unavailable" does.
    await store.append([fact("during")]);
    const found = await store.load("ada", "latest");
    if (found?.rev === rev)
      await committed(store, { base: rev, body: bytes("during"), emit: [emit("jobs.sms", "during")] });
    await committed(store, { key: "bob", wakeAt: Date.now() });
    await eventually(
      () => expect(new Set(events.ids())).toEqual(new Set([...before.map(({ id }) => id), "during"])),
      15_000,
    );
    await eventually(() => expect(new Set(jobs.ids())).toEqual(new Set(["before", "during"])), 15_000);
    await eventually(() => expect(due.deliveries.map(({ key }) => key)).toContain("bob"), 15_000);
  }, 60_000);
});

describe("the JetStream store while a key is to be forgotten", () => {
  it("waits until what came in before is decided, and removes no more than that, also from copies", async () => {
    const place = await newPlace();
    const events = `PLACE${places}_EVENTS`;
    const store = await open(place);
    const { streams } = await (await rawConnection()).jetstreamManager();
    await streams.add({ name: `COPY_${events}`, mirror: { name: events } });
    onTestFinished(async () => {
      await (await (await rawConnection()).jetstreamManager()).streams.delete(`COPY_${events}`);
    });
    await store.append([fact("decided"), fact("stop")]);
    await store.append([fact("forget:1")]);
    let stopped = false;
    const outcomes: string[] = [];
    await collect(store, "events", {}, async ({ key, id }) => {
      if (id === "stop" && !stopped) return { again: Date.now() + 200 };
      if (id !== "forget:1") return { done: true };
      const outcome = await store.forget(key, id).then(
        () => "forgotten",
        (fault: unknown) => (fault instanceof Unavailable ? "unavailable" : String(fault)),
      );
      outcomes.push(outcome);
      if (outcome === "forgotten") return { done: true };
      const past = (await store.pastEvents({ limit: 10 })).map((line) => line.id);
      expect(past).toEqual(["stop", "forget:1"]);
      stopped = true;
      return { again: Date.now() + 500 };
    });
    await eventually(() => expect(outcomes).toEqual(["unavailable", "forgotten"]), 15_000);
    expect((await store.pastEvents({ limit: 10 })).map(({ id }) => id)).toEqual(["forget:1"]);
    const copied = await streams.info(`COPY_${events}`, { subjects_filter: ">" });
    expect(copied.state.messages).toBe(1);
  }, 30_000);
});

describe("the JetStream store when somebody removed a stream", () => {
  it("is not sound, and names it, whichever it is", async () => {
    const place = await newPlace();
    const contacts = `KV_place${places}_contacts`;
    const store = await open(place);
    expect((await store.health()).ok).toBe(true);
    const { streams } = await (await rawConnection()).jetstreamManager();
    await streams.delete(contacts);
    expect(await store.health()).toMatchObject({
      ok: false,
      problems: [`the stream ${contacts} is gone from NATS: the next start of heed run makes it, empty`],
    });
  });
});

describe("the JetStream store when its server has lost consumers", () => {
  it("14. makes them again, and goes on with what was not read", async () => {
    const place = await newPlace();
    const stream = `PLACE${places}_JOBS`;
    const store = await open(place);
    const jobs = await collect(store, "jobs.sms");
    const rev = await committed(store, { emit: [emit("jobs.sms", "before")] });
    await eventually(() => expect(jobs.ids()).toEqual(["before"]));
    const { consumers } = await (await rawConnection()).jetstreamManager();
    const names = (await consumers.list(stream).next()).map(({ name }) => name);
    // 2.9.10 sometimes finds its own files in its way, and says so; the consumer is gone all the same.
    await Promise.all(names.map((name) => consumers.delete(stream, name).catch(() => false)));
    await committed(store, { base: rev, emit: [emit("jobs.sms", "after")] });
    await eventually(() => expect(jobs.ids()).toContain("after"), 15_000);
  });
});

describe("the JetStream store at its start", () => {
  const clock = createTestClock();

  it("33. says where nothing answers, and keeps the password to itself", async () => {
    const opening = openJetStreamStore({ url: "nats://user:secret@127.0.0.1:1", namespace: "heed", clock });
    await expect(opening).rejects.toThrow(Unavailable);
    await expect(
      openJetStreamStore({ url: "nats://user:secret@127.0.0.1:1", namespace: "heed", clock }),
    ).rejects.toThrow("no NATS server answers at nats://127.0.0.1:1: start one with JetStream, or correct the address");
  });

  it("35. refuses replicas on a server whose replicas can't be trusted", async () => {
    if (!/^2\.(9|10\.(1?\d|2[0-2])$)/.test(server.version)) return expect(server.version).toMatch(/^2\./);
    const opening = openJetStreamStore({ url: server.url, namespace: "replicated", clock, replicas: 3 });
    await expect(opening).rejects.toThrow(Unsupported);
    await expect(openJetStreamStore({ url: server.url, namespace: "replicated", clock, replicas: 3 })).rejects.toThrow(
      "too old for 3 replicas",
    );
  });

  it("35. refuses a stream that someone made with other settings, naming stream and setting", async () => {
    const { streams } = await (await rawConnection()).jetstreamManager();
    await streams.add({ name: "TAKEN_EVENTS", subjects: ["taken.ev.*.*"], retention: RetentionPolicy.Workqueue });
    onTestFinished(
      async () => void (await (await (await rawConnection()).jetstreamManager()).streams.delete("TAKEN_EVENTS")),
    );
    const opening = openJetStreamStore({ url: server.url, namespace: "taken", clock });
    await expect(opening).rejects.toThrow(Unsupported);
    await expect(openJetStreamStore({ url: server.url, namespace: "taken", clock })).rejects.toThrow(
      /the stream TAKEN_EVENTS exists with other settings: retention is "workqueue", must be "limits"/,
    );
  });

  it("35. refuses a stream that drops its oldest messages when it is full", async () => {
    const place = await newPlace();
    const stream = `PLACE${places}_JOBS`;
    onTestFinished(() => place.remove());
    await (await place.open()).close();
    const { streams } = await (await rawConnection()).jetstreamManager();
    for (const limit of ["max_msgs", "max_bytes", "max_msgs_per_subject"] as const) {
      await streams.update(stream, { [limit]: 100_000 });
      await expect(place.open()).rejects.toThrow(
        `the stream ${stream} exists with other settings: ${limit} is 100000, must be -1`,
      );
      await streams.update(stream, { [limit]: -1 });
    }
    await (await place.open()).close();
  });

  it("41. has the server keep events and the account for as long as it is told, and opens again with whatever it was", async () => {
    const place = await newPlace();
    const namespace = `PLACE${places}`;
    onTestFinished(() => place.remove());
    const { streams } = await (await rawConnection()).jetstreamManager();
    const ageOf = async (stream: string) => (await streams.info(`${namespace}_${stream}`)).config.max_age / 86_400e9;
    let store = await place.open();
    expect([await ageOf("EVENTS"), await ageOf("AUDIT"), await ageOf("DEAD")]).toEqual([7, 0, 0]);
    expect(await store.expire({ events: 90 * DAY_MS, ledger: 400 * DAY_MS })).toBe(false);
    expect([await ageOf("EVENTS"), await ageOf("AUDIT"), await ageOf("DEAD")]).toEqual([90, 400, 0]);
    await store.close();
    store = await place.open();
    onTestFinished(() => store.close());
    expect([await ageOf("EVENTS"), await ageOf("AUDIT")]).toEqual([90, 400]);
    // An event may wait for a week to be decided. What heed.yaml no longer says is as it was.
    await store.expire({ events: DAY_MS, ledger: null });
    expect([await ageOf("EVENTS"), await ageOf("AUDIT")]).toEqual([7, 0]);
    expect(await store.append([fact("after")])).toEqual([{ fresh: true }]);
  });

  it("35. refuses a server without JetStream", async () => {
    const bare = await startNatsServer({ config: "jetstream: false" });
    onTestFinished(() => bare.stop());
    await expect(openJetStreamStore({ url: bare.url, namespace: "heed", clock })).rejects.toThrow(
      "runs without JetStream",
    );
  });

  it("36. refuses a namespace that is no name", async () => {
    await expect(openJetStreamStore({ url: server.url, namespace: "a.b", clock })).rejects.toThrow(
      'a namespace has 1 to 32 of a-z, 0-9, "_" and "-", found "a.b"',
    );
  });

  it("names the server's version, and what an old one lacks", async () => {
    const store = await open(await newPlace());
    expect(store.traits.version).toContain(`nats-server ${server.version}`);
    expect(store.traits.durable).toBe("process");
  });
});
