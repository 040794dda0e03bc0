import { connect } from "nats";
import { describe, expect, it, onTestFinished } from "vitest";
import { systemClock } from "../../src/cli/system-clock.ts";
import type { Clock } from "../../src/core/model/clock.ts";
import { createRequests, JetStreamError } from "../../src/store/jetstream-request.ts";
import type { JetStreamRequests } from "../../src/store/jetstream-request.ts";
import { Unavailable } from "../../src/store/store.ts";
import { virtualClock } from "../support/virtual-clock.ts";
import type { VirtualClock } from "../support/virtual-clock.ts";
import { startScriptedNats } from "./scripted-nats.ts";
import type { ScriptedAnswer, ScriptedNats, ScriptedRequest } from "./scripted-nats.ts";

interface Scene {
  readonly nats: ScriptedNats;
  readonly clock: VirtualClock;
  readonly requests: JetStreamRequests;
}

/** One answer after the other; the last one for all that follow. */
async function scene(...answers: readonly [ScriptedAnswer, ...ScriptedAnswer[]]): Promise<Scene> {
  return await sceneWhere((_request, before) => answers[Math.min(before, answers.length - 1)] ?? "silence");
}

async function sceneWhere(answerTo: (request: ScriptedRequest, before: number) => ScriptedAnswer): Promise<Scene> {
  const nats = await startScriptedNats(answerTo);
  const nc = await connect({ servers: nats.url, reconnect: false });
  onTestFinished(async () => {
    await nc.close();
    await nats.close();
  });
  const clock = virtualClock();
  return { nats, clock, requests: createRequests(nc, clock) };
}

const BODY = Buffer.from("body", "utf8");
const BY_ID = { "Nats-Msg-Id": "m1" };
const COMPARED = { "Nats-Expected-Last-Subject-Sequence": "3" };
const stored = { stream: "S", seq: 7 };
const refused = (errCode: number, description = "no"): object => ({
  stream: "S",
  seq: 0,
  error: { code: 503, err_code: errCode, description },
});

/** Lets virtual time go on while real answers come in, until the promise has settled. */
async function settled<T>(clock: VirtualClock, promise: Promise<T>): Promise<PromiseSettledResult<T>> {
  let result: PromiseSettledResult<T> | undefined;
  void Promise.allSettled([promise]).then(([only]) => (result = only));
  for (let turns = 0; turns < 2_000 && result === undefined; turns++) {
    await clock.pass(25);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  if (result === undefined) throw new Error("expected it to settle");
  return result;
}

async function asked(nats: ScriptedNats, times: number): Promise<void> {
  await expect.poll(() => nats.requests.length, { interval: 2 }).toBe(times);
}

describe("a publish", () => {
  it("carries body and headers as they are, and tells the sequence number", async () => {
    const { nats, requests } = await scene(stored);
    const headers = { "Heed-Id": "a%20b", "nats-lower": "x:y", ...BY_ID };
    await expect(requests.publish("s.a", BODY, headers)).resolves.toEqual({ ok: true, seq: 7, duplicate: false });
    expect(nats.requests).toEqual([{ subject: "s.a", body: "body", headers }]);
  });

  it("tells that the server knew its id", async () => {
    const { requests } = await scene({ ...stored, duplicate: true });
    await expect(requests.publish("s.a", BODY, BY_ID)).resolves.toEqual({ ok: true, seq: 7, duplicate: true });
  });

  it("refuses a header of two lines before it is sent", async () => {
    const { nats, requests } = await scene(stored);
    await expect(requests.publish("s.a", BODY, { "Heed-Id": "a\r\nNats-Msg-Id: b" })).rejects.toThrow(RangeError);
    expect(nats.requests).toEqual([]);
  });

  it.each([
    [10071, "wrong last sequence: 4"],
    [10164, "wrong last sequence"],
  ])("takes %i, %s, for a conflict, at once", async (errCode, description) => {
    const { nats, requests } = await scene(refused(errCode, description), stored);
    await expect(requests.publish("s.a", BODY, COMPARED)).resolves.toEqual({ ok: false });
    expect(nats.requests).toHaveLength(1);
  });

  it.each([
    [10008, "JetStream system temporarily unavailable"],
    [10009, "JetStream cluster can not handle request"],
    [10158, "duplicate message id is in process"],
    [10163, "expected last sequence per subject temporarily unavailable"],
    [10167, "too many requests"],
  ])("sends the same again after %i, %s", async (errCode, description) => {
    const { nats, clock, requests } = await scene(refused(errCode, description), refused(errCode), stored);
    const published = await settled(clock, requests.publish("s.a", BODY, COMPARED));
    expect(published).toMatchObject({ status: "fulfilled", value: { ok: true, seq: 7 } });
    expect(nats.requests).toEqual(Array.from({ length: 3 }, () => nats.requests[0]));
  });

  it("waits for a leader to be elected while nobody listens, also with an expected sequence", async () => {
    const { nats, clock, requests } = await scene("nobody", "nobody", "nobody", stored);
    const published = await settled(clock, requests.publish("s.a", BODY, COMPARED));
    expect(published).toMatchObject({ status: "fulfilled", value: { ok: true } });
    expect(nats.requests).toHaveLength(4);
  });

  it("gives up after five seconds of being told to come again", async () => {
    const { nats, clock, requests } = await scene("nobody");
    const began = clock.monotonic();
    const published = await settled(clock, requests.publish("s.a", BODY, BY_ID));
    expect(published).toMatchObject({ status: "rejected", reason: { name: "Unavailable" } });
    expect(clock.monotonic() - began).toBeLessThanOrEqual(5_500);
    expect(nats.requests.length).toBeGreaterThan(5);
  });

  it.each([
    [10002, "resource limits exceeded for account"],
    [10023, "insufficient resources"],
    [10028, "insufficient memory resources available"],
    [10047, "insufficient storage resources available"],
    [10077, "maximum messages exceeded"],
  ])("says that there is no room left after %i, %s, and asks for patience", async (errCode, description) => {
    const { nats, requests } = await scene(refused(errCode, description), stored);
    const failed = requests.publish("s.a", BODY, BY_ID);
    await expect(failed).rejects.toThrow(Unavailable);
    await expect(failed).rejects.toThrow(
      `no room left: give it more, or a larger limit; nats-server answered ${errCode}: ${description}`,
    );
    await expect(failed).rejects.toMatchObject({ retryAfterMs: 10_000 });
    expect(nats.requests).toHaveLength(1);
  });

  it.each([
    [10054, "message size exceeds maximum allowed"],
    [10097, "header size exceeds maximum allowed of 64k"],
  ])("says that no repetition helps after %i, %s", async (errCode, description) => {
    const { requests } = await scene(refused(errCode, description));
    await expect(requests.publish("s.a", BODY, BY_ID)).rejects.toThrow(RangeError);
  });

  it("says so as well of what is larger than the server's max_payload, without sending it", async () => {
    const { nats, requests } = await scene(stored);
    await expect(requests.publish("s.a", Buffer.alloc(5_000), BY_ID)).rejects.toThrow(RangeError);
    expect(nats.requests).toEqual([]);
  });

  it.each([
    [10039, "JetStream not enabled for account"],
    [10109, "invalid operation on sealed stream"],
    [10999, "an error of a server to come"],
  ])("names any other error, such as %i, %s", async (errCode, description) => {
    const { nats, requests } = await scene(refused(errCode, description));
    const failed = requests.publish("s.a", BODY, BY_ID);
    await expect(failed).rejects.toThrow(Unavailable);
    await expect(failed).rejects.toThrow(`nats-server answered ${errCode}: ${description}`);
    expect(nats.requests).toHaveLength(1);
  });
});

describe("a request that nobody answers", () => {
  it.each([
    ["with an id", BY_ID],
    ["of which its readers know the id", {}],
  ])("is published again after five seconds when it may be there twice: %s", async (_which, headers) => {
    const { nats, clock, requests } = await scene("silence", { ...stored, duplicate: true });
    const published = requests.publish("s.a", BODY, headers);
    await asked(nats, 1);
    await clock.pass(4_990);
    expect(nats.requests).toHaveLength(1);
    await clock.pass(20);
    await asked(nats, 2);
    expect(nats.requests[1]).toEqual(nats.requests[0]);
    await expect(published).resolves.toMatchObject({ ok: true, duplicate: true });
  });

  it("is unknown after ten when the second is not answered either", async () => {
    const { nats, clock, requests } = await scene("silence");
    const failed = expect(requests.publish("s.a", BODY, BY_ID)).rejects.toThrow(Unavailable);
    await asked(nats, 1);
    await clock.pass(5_000);
    await asked(nats, 2);
    await clock.pass(5_000);
    await failed;
    expect(nats.requests).toHaveLength(2);
  });

  it("is unknown at once when it expected a sequence: stored already, it would conflict with itself", async () => {
    const { nats, clock, requests } = await scene("silence", refused(10071));
    const failed = expect(requests.publish("s.a", BODY, COMPARED)).rejects.toThrow("did not answer in time");
    await asked(nats, 1);
    await clock.pass(5_000);
    await failed;
    expect(nats.requests).toHaveLength(1);
  });

  it("is asked again when it reads, and not when it is a call that changes something", async () => {
    const { nats, clock, requests } = await scene(
      "silence",
      { error: { err_code: 10037, description: "none" } },
      "silence",
    );
    const read = requests.last("S", "s.a");
    await asked(nats, 1);
    await clock.pass(5_000);
    await expect(read).resolves.toBeNull();
    const failed = expect(requests.api("STREAM.PURGE.S")).rejects.toThrow(Unavailable);
    await asked(nats, 3);
    await clock.pass(5_000);
    await failed;
    expect(nats.requests).toHaveLength(3);
  });

  it("does not take the late answer to one for that to another", async () => {
    const { nats, clock, requests } = await scene({ seq: 1 }, { seq: 2 });
    nats.hold();
    const first = expect(requests.publish("s.a", BODY, COMPARED)).rejects.toThrow(Unavailable);
    await asked(nats, 1);
    await clock.pass(5_000);
    await first;
    const second = requests.publish("s.a", BODY, COMPARED);
    await asked(nats, 2);
    nats.release();
    await expect(second).resolves.toMatchObject({ seq: 2 });
  });

  it("lets those that came later have their own five seconds", async () => {
    const { nats, clock, requests } = await scene("silence");
    const outcomes: string[] = [];
    const publish = (name: string): void =>
      void requests.publish("s.a", BODY, COMPARED).catch(() => void outcomes.push(name));
    publish("first");
    await clock.pass(3_000);
    publish("second");
    await asked(nats, 2);
    await clock.pass(2_500);
    expect(outcomes).toEqual(["first"]);
    await clock.pass(2_500);
    expect(outcomes).toEqual(["first", "second"]);
  });
});

describe("a word without an answer", () => {
  it("goes out in the order in which everything of a turn was said", async () => {
    const { nats, requests } = await scene(stored);
    const first = requests.publish("s.1", BODY, COMPARED);
    requests.tell("ack.1", "+ACK");
    const second = requests.publish("s.2", BODY, COMPARED);
    requests.tell("pull.1", "{}", "_INBOX.x");
    await Promise.all([first, second]);
    await asked(nats, 4);
    expect(nats.requests.map(({ subject }) => subject)).toEqual(["s.1", "ack.1", "s.2", "pull.1"]);
    expect(nats.requests[1]).toEqual({ subject: "ack.1", body: "+ACK", headers: {} });
  });

  it("goes out before the connection drains, and is dropped afterwards", async () => {
    const nats = await startScriptedNats(() => "silence");
    const nc = await connect({ servers: nats.url, reconnect: false });
    onTestFinished(() => nats.close());
    const requests = createRequests(nc, virtualClock());
    requests.tell("ack.1", "+ACK");
    await requests.close();
    const drained = nc.drain();
    requests.tell("ack.2", "+ACK");
    await drained;
    requests.tell("ack.3", "+ACK");
    await requests.close();
    await asked(nats, 1);
    expect(nats.requests.map(({ subject }) => subject)).toEqual(["ack.1"]);
  });
});

describe("closing", () => {
  it("sends what was said, waits for its answers, and lets nobody ask after that", async () => {
    const { nats, requests } = await scene(stored);
    nats.hold();
    const order: string[] = [];
    const note = (word: string) => () => void order.push(word);
    const before = requests.publish("s.1", BODY, COMPARED).then(note("answered"));
    const closed = requests.close().then(note("closed"));
    await expect(requests.publish("s.2", BODY, COMPARED)).rejects.toThrow(Unavailable);
    requests.tell("ack.1", "+ACK");
    await expect.poll(() => nats.held).toBeGreaterThan(0);
    expect(order).toEqual([]);
    nats.release();
    await Promise.all([before, closed]);
    expect(order).toEqual(["answered", "closed"]);
    await asked(nats, 2);
    expect(nats.requests.map(({ subject }) => subject)).toEqual(["s.1", "ack.1"]);
  });

  it("waits for no answer longer than a request may take, and not at all once the connection is lost", async () => {
    const { nats, clock, requests } = await scene("silence");
    const outcomes = [requests.publish("s.1", BODY, COMPARED).catch((error: unknown) => error)];
    expect(await settled(clock, requests.close())).toMatchObject({ status: "fulfilled" });
    const other = createRequests(await connect({ servers: nats.url, reconnect: false }), clock);
    outcomes.push(other.publish("s.2", BODY, COMPARED).catch((error: unknown) => error));
    const closed = other.close();
    other.connected(false);
    await closed;
    for (const outcome of await Promise.all(outcomes)) expect(outcome).toBeInstanceOf(Unavailable);
  });

  it("has those answered that waited for room, too", async () => {
    const { nats, requests } = await sceneWhere(({ subject }) => ({ seq: Number(subject.slice(2)) }));
    nats.hold();
    const all = Array.from({ length: 1_500 }, (_, number) => requests.publish(`s.${number}`, BODY, COMPARED));
    const closed = requests.close();
    await expect.poll(() => nats.held).toBe(1_000);
    nats.release();
    await closed;
    expect(await Promise.all(all)).toHaveLength(1_500);
  });
});

describe("many requests", () => {
  const many = (requests: JetStreamRequests, count: number): readonly Promise<unknown>[] =>
    Array.from({ length: count }, (_, number) => requests.publish(`s.${number}`, BODY, COMPARED));

  it("are under way a thousand at once, in the order they came; the others wait for room", async () => {
    const { nats, requests } = await sceneWhere(({ subject }) => ({ seq: Number(subject.slice(2)) }));
    nats.hold();
    const all = many(requests, 2_500);
    await expect.poll(() => nats.held).toBe(1_000);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(nats.held).toBe(1_000);
    nats.release();
    const seqs = (await Promise.all(all)).map((answer) => answer);
    expect(seqs).toEqual(Array.from({ length: 2_500 }, (_, seq) => ({ ok: true, seq, duplicate: false })));
    expect(nats.requests.map(({ subject }) => subject)).toEqual(Array.from({ length: 2_500 }, (_, seq) => `s.${seq}`));
  });

  it("all hear of a server that answers nobody, also those that were never sent", async () => {
    const { nats, clock, requests } = await scene("silence");
    const all = Promise.allSettled(many(requests, 1_200));
    await asked(nats, 1_000);
    await clock.pass(5_000);
    const outcomes = await all;
    expect(outcomes.every((outcome) => outcome.status === "rejected" && outcome.reason instanceof Unavailable)).toBe(
      true,
    );
    expect(nats.requests).toHaveLength(1_000);
  });
});

describe("a connection that is lost", () => {
  it("fails all under way and waiting at once, and all that are asked until it is back", async () => {
    const { nats, requests } = await scene(stored);
    nats.hold();
    const all = Promise.allSettled(Array.from({ length: 1_100 }, () => requests.publish("s.a", BODY, BY_ID)));
    await asked(nats, 1_000);
    requests.connected(false);
    expect((await all).every(({ status }) => status === "rejected")).toBe(true);
    await expect(requests.last("S", "s.a")).rejects.toThrow("the connection to NATS is lost");
    expect(nats.requests).toHaveLength(1_000);
    nats.release();
    requests.connected(true);
    await expect(requests.publish("s.a", BODY, BY_ID)).resolves.toMatchObject({ ok: true });
  });

  it("fails them as well when it is closed for good", async () => {
    const { requests } = await scene("hang up");
    await expect(requests.publish("s.a", BODY, COMPARED)).rejects.toThrow("the connection to NATS is closed");
    await expect(requests.api("INFO")).rejects.toThrow(Unavailable);
  });
});

describe("a call of the API", () => {
  it("rejects with the error that was answered, for the caller to judge", async () => {
    const { requests } = await scene({ error: { code: 404, err_code: 10059, description: "stream not found" } });
    const failed = requests.api("STREAM.INFO.S");
    await expect(failed).rejects.toThrow(JetStreamError);
    await expect(failed).rejects.toMatchObject({ errCode: 10059 });
  });

  it("reads the last message of a subject with its headers", async () => {
    const base64 = (text: string): string => Buffer.from(text, "utf8").toString("base64");
    const message = { subject: "s.a", seq: 9, hdrs: base64("NATS/1.0\r\nHeed-At: 5\r\n\r\n"), data: base64("body") };
    const { nats, requests } = await scene({ message });
    const found = await requests.last("S", "s.a");
    expect(found).toMatchObject({ seq: 9, subject: "s.a", headers: new Map([["Heed-At", "5"]]) });
    expect(found?.data.toString("utf8")).toBe("body");
    expect(nats.requests[0]).toMatchObject({ subject: "$JS.API.STREAM.MSG.GET.S", body: '{"last_by_subj":"s.a"}' });
  });
});

it("leaves no timer behind a connection that was closed, for a command to wait for", async () => {
  const nats = await startScriptedNats(() => stored);
  const nc = await connect({ servers: nats.url, reconnect: false });
  const running = new Set<symbol>();
  const clock: Clock = {
    ...systemClock,
    after(ms, task) {
      const timer = Symbol("timer");
      running.add(timer);
      const cancel = systemClock.after(ms, () => {
        running.delete(timer);
        task();
      });
      return () => {
        running.delete(timer);
        cancel();
      };
    },
  };
  await createRequests(nc, clock).publish("s", BODY, BY_ID);
  expect(running.size).toBe(1);
  await nc.close();
  await expect.poll(() => running.size, { interval: 2 }).toBe(0);
  await nats.close();
});
