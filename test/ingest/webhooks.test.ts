import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import { systemClock } from "../../src/cli/system-clock.ts";
import { openEmbeddedStore } from "../../src/store/embedded.ts";
import { Unavailable } from "../../src/store/store.ts";
import {
  click,
  exchange,
  getMessageBird,
  now,
  openDoor,
  postSendGrid,
  postTwilio,
  sendGridHeaders,
} from "./open-door.ts";
import type { OpenDoor, OpenDoorOptions } from "./open-door.ts";

let door: OpenDoor;
const open = async (options?: OpenDoorOptions) => (door = await openDoor(options));
afterEach(() => door.close());

const batch = (...elements: object[]) => JSON.stringify(elements);
/** Everything an answer says: its body must name the status that its head has. */
const problemOf = async (response: Response): Promise<unknown> => {
  const body: unknown = await response.json();
  expect(body).toMatchObject({ type: "about:blank", status: response.status });
  return Object.assign({}, body, { type: response.headers.get("content-type") });
};

describe("a webhook that is taken", () => {
  it("is answered only after its events are durable", async () => {
    let commit = () => {};
    await open({
      append: async (facts, store) => {
        await new Promise<void>((resolve) => (commit = resolve));
        return store.append(facts);
      },
    });
    let answered = false;
    const response = postSendGrid(door, batch(click())).finally(() => (answered = true));
    await expect.poll(() => door.appends.length).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(answered).toBe(false);
    commit();
    expect((await response).status).toBe(200);
    expect(await (await response).text()).toBe("");
  });

  it("is stored with all of its events in one append, each under its identity", async () => {
    await open();
    await postSendGrid(door, batch(click({ contact_id: "user-42" }), click({ email: "BEN@Example.com" })));
    expect(door.appends.map((facts) => facts.map(({ key }) => key))).toEqual([["id:user-42", "email:ben@example.com"]]);
    expect(door.accepted).toEqual([{ fresh: 2, duplicates: 0, quarantined: 0 }]);
  });

  it("has no further effect when it comes again, at the same time or later, and is thanked all the same", async () => {
    await open();
    const body = batch(click());
    const responses = await Promise.all([postSendGrid(door, body), postSendGrid(door, body)]);
    responses.push(await postSendGrid(door, body));
    expect(responses.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(door.accepted.map(({ fresh }) => fresh).toSorted((a, b) => a - b)).toEqual([0, 0, 1]);
  });

  it("is verified over the bytes as sent, not over the same JSON written differently", async () => {
    await open();
    const body = ` [ {"event":"click","sg_event_id":"odd","email":"\\u0061na@example.com","timestamp":${now / 1_000}} ]\r\n`;
    expect((await postSendGrid(door, body)).status).toBe(200);
    const rewritten = JSON.stringify(JSON.parse(body));
    expect((await postSendGrid(door, rewritten, sendGridHeaders(body))).status).toBe(401);
  });

  it("keeps 99 good elements of a batch and sets the bad one aside with its reason", async () => {
    await open();
    const elements = Array.from({ length: 99 }, () => click());
    expect(
      (await postSendGrid(door, batch(...elements.slice(0, 50), click({ email: 5 }), ...elements.slice(50)))).status,
    ).toBe(200);
    const [facts = []] = door.appends;
    expect(facts).toHaveLength(100);
    const dead = facts.filter((fact) => fact.dead !== undefined);
    expect(dead).toMatchObject([
      { key: "quarantine:sendgrid", dead: "quarantined: email is missing or not an address" },
    ]);
    expect(JSON.parse(Buffer.from(dead[0]?.body ?? []).toString())).toMatchObject({ email: 5, event: "click" });
    expect(door.accepted).toEqual([{ fresh: 100, duplicates: 0, quarantined: 1 }]);
  });

  it("sets an element aside once, however often it comes", async () => {
    await open();
    const body = batch(click({ email: 5 }));
    await postSendGrid(door, body);
    await postSendGrid(door, body);
    expect(door.accepted.map(({ fresh }) => fresh)).toEqual([1, 0]);
  });

  it.each([
    ["an identity over 128 bytes", { contact_id: "é".repeat(80) }, "identity is longer than 128 bytes"],
    [
      "half of a surrogate pair as identity",
      { contact_id: "user-\ud800" },
      "identity or event id is not well-formed text",
    ],
    ["more data than a store takes", { url: "x".repeat(300_000) }, "event is larger than 262144 bytes"],
  ])("sets aside an event with %s", async (_, fields, reason) => {
    await open();
    expect((await postSendGrid(door, batch(click(fields), click()))).status).toBe(200);
    expect(door.appends.flat().map((fact) => fact.dead)).toContain(`quarantined: ${reason}`);
    expect(door.events()).toHaveLength(1);
  });

  it("stores nothing for an empty batch, and is thanked", async () => {
    await open();
    expect((await postSendGrid(door, "[]")).status).toBe(200);
    expect(door.appends).toEqual([]);
  });

  it("leaves every prototype alone, whatever its keys", async () => {
    await open();
    const hostile = batch(click()).replace(
      "{",
      '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},"a":{"\\u005f_proto__":{"polluted":true}},',
    );
    expect((await postSendGrid(door, hostile)).status).toBe(200);
    expect(
      (
        await postTwilio(
          door,
          "MessageSid=SM1&From=%2B12025550143&Body=hi&__proto__=x&__proto__%5Bpolluted%5D=1&constructor=y",
        )
      ).status,
    ).toBe(200);
    expect(Reflect.get({}, "polluted")).toBeUndefined();
    expect(door.events()).toHaveLength(2);
    expect(JSON.stringify(door.events())).not.toContain('__proto__"');
  });

  it("takes a text whose parameter comes twice as an opt-out when either value is a stop word", async () => {
    await open();
    const response = await postTwilio(door, "MessageSid=SM1&From=%2B12025550143&Body=STOP&Body=hello");
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("text/xml");
    expect(await response.text()).toBe("<Response/>");
    expect(door.events()).toMatchObject([{ event_type: "sms.opted_out", address: { phone: "+12025550143" } }]);
  });

  it("is judged by the configured address, whatever Host and forwarding headers say", async () => {
    await open();
    const headers = { "x-forwarded-host": "evil.example", "x-forwarded-proto": "http", "x-original-url": "/other" };
    const form = "MessageSid=SM1&MessageStatus=delivered&To=%2B12025550143";
    const response = await postTwilio(door, form, "?heed_intent=i_1&heed_contact=user-42", headers);
    expect(response.status).toBe(200);
    expect(door.events()).toMatchObject([{ contact_id: "user-42", message_id: "i_1", event_type: "sms.delivered" }]);
  });
});

describe("a webhook that is not genuine", () => {
  it.each([
    ["without a signature", { "x-twilio-email-event-webhook-signature": "" }, "signature_missing"],
    ["with a wrong signature", sendGridHeaders("other"), "signature_invalid"],
    ["with a signature of another length", { "x-twilio-email-event-webhook-signature": "AAAA" }, "signature_invalid"],
    ["with a timestamp that is not a number", sendGridHeaders("[]", "NaN"), "timestamp_invalid"],
    ["with a timestamp in milliseconds", sendGridHeaders("[]", now), "timestamp_invalid"],
    ["that is too old", sendGridHeaders("[]", now / 1_000 - 25 * 3_600 - 1), "timestamp_stale"],
    ["from the future", sendGridHeaders("[]", now / 1_000 + 301), "timestamp_stale"],
  ])(
    "%s is refused with one constant answer, counted by its reason, and stores nothing",
    async (_, headers, reason) => {
      await open();
      const response = await postSendGrid(door, "[]", headers);
      expect(await problemOf(response)).toEqual({
        status: 401,
        type: "application/problem+json",
        title: "Unauthorized",
        id: "id-1",
      });
      expect(door.refusals).toEqual([`sendgrid ${reason}`]);
      expect(door.appends).toEqual([]);
    },
  );

  it("is not even parsed: broken JSON with a bad signature is unauthorized, not malformed", async () => {
    await open();
    expect((await postSendGrid(door, "{", sendGridHeaders("["))).status).toBe(401);
  });
});

describe("a webhook that cannot be read", () => {
  it.each([
    ["broken JSON", '[{"email":"canary@example.com"'],
    ["nothing", ""],
    ["an object", "{}"],
    ["a scalar", "5"],
    ["null", "null"],
    ["JSON nested 50,000 deep", "[".repeat(50_000) + "]".repeat(50_000)],
    ["objects nested 33 deep", `[${'{"a":'.repeat(32)}1${"}".repeat(32)}]`],
  ])("with %s is kept as it came, though its signature is right, and not asked for again", async (_, body) => {
    await open();
    const response = await postSendGrid(door, body);
    expect([response.status, await response.text()]).toEqual([200, ""]);
    const facts = door.appends.flat();
    expect(facts.map(({ key, dead }) => [key, dead])).toEqual([
      ["quarantine:sendgrid", expect.stringMatching(/^quarantined: unreadable: [a-zA-Z ]+$/)],
    ]);
    expect(facts.map((fact) => JSON.parse(Buffer.from(fact.body).toString("utf8")))).toEqual([body]);
    expect(door.accepted).toEqual([{ fresh: 1, duplicates: 0, quarantined: 1 }]);
    expect([door.refusals, door.failures]).toEqual([[], []]);
  });

  it("and is no text at all is kept as base64", async () => {
    await open();
    expect((await postSendGrid(door, new Uint8Array([0xff, 0xfe, 0x00]))).status).toBe(200);
    const [fact] = door.appends.flat();
    expect(JSON.parse(Buffer.from(fact?.body ?? []).toString("utf8"))).toEqual({ base64: "//4A" });
  });

  it("counts brackets in strings for nothing", async () => {
    await open();
    expect((await postSendGrid(door, batch(click({ url: `${"[{".repeat(100)}\\"` })))).status).toBe(200);
  });

  it("of one byte over a megabyte is too large, by its length at once, and of exactly a megabyte is not", async () => {
    await open();
    const exact = batch(click()).padEnd(1_048_576, " ");
    expect((await postSendGrid(door, exact)).status).toBe(200);
    const head =
      "POST /webhooks/sendgrid HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1048577\r\n\r\n";
    expect(await exchange(door.port, [head])).toMatch(/^HTTP\/1\.1 413 /);
    expect(door.refusals).toEqual(["sendgrid too_large"]);
  });

  it("of unannounced length is cut off at the limit without being kept", async () => {
    await open();
    const chunk = `10000\r\n${"x".repeat(65_536)}\r\n`;
    const head =
      "POST /webhooks/sendgrid HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";
    const answer = await exchange(door.port, [head, ...Array.from({ length: 64 }, () => chunk)]);
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toMatch(/connection: close/i);
    expect(door.appends).toEqual([]);
  });

  it("of compressed bytes is refused before a byte is inflated", async () => {
    await open();
    const bomb = gzipSync(Buffer.alloc(50 * 1_048_576, 0x20));
    expect(bomb.length).toBeLessThan(100_000);
    const before = process.memoryUsage().rss;
    const response = await postSendGrid(door, bomb, { "content-encoding": "gzip" });
    expect(response.status).toBe(415);
    expect(process.memoryUsage().rss - before).toBeLessThan(25 * 1_048_576);
    expect((await postSendGrid(door, "[]", { "content-encoding": "identity" })).status).toBe(200);
  });

  it.each([["text/plain"], ["application/x-www-form-urlencoded"], ["application/jsonp"], [""]])(
    "of type %j is not supported",
    async (type) => {
      await open();
      expect((await postSendGrid(door, "[]", { "content-type": type })).status).toBe(415);
      expect((await postTwilio(door, "a=b", "", { "content-type": "application/json" })).status).toBe(415);
    },
  );

  it("may name parameters of its type", async () => {
    await open();
    expect((await postSendGrid(door, "[]", { "content-type": "Application/JSON; charset=utf-8" })).status).toBe(200);
  });

  it("with more elements than a batch can have is too large as a whole", async () => {
    await open({ limits: { webhookElements: 10 } });
    expect((await postSendGrid(door, batch(...Array.from({ length: 11 }, () => click())))).status).toBe(413);
    expect(door.appends).toEqual([]);
    expect((await postSendGrid(door, batch(...Array.from({ length: 10 }, () => click())))).status).toBe(200);
  });

  it("takes ten thousand elements in one append", async () => {
    await open();
    const elements = Array.from({ length: 10_000 }, (_, i) => ({
      email: "a@b.example",
      event: "open",
      sg_event_id: `o${i}`,
      timestamp: 1,
    }));
    expect((await postSendGrid(door, batch(...elements))).status).toBe(200);
    expect(door.appends.map((facts) => facts.length)).toEqual([10_000]);
    expect((await postSendGrid(door, `[${"{},".repeat(10_000)}{}]`)).status).toBe(413);
  });
});

describe("a webhook to nowhere", () => {
  it.each([
    ["/webhooks/nobody"],
    ["/webhooks/__proto__"],
    ["/webhooks/constructor"],
    ["/webhooks/"],
    ["/webhooks/SendGrid"],
    ["/webhooks/sendgrid/"],
    ["/nowhere"],
  ])("such as %s is answered with one constant 404", async (path) => {
    await open();
    const response = await fetch(door.url + path, { method: "POST", body: "x" });
    expect(await problemOf(response)).toEqual({
      status: 404,
      type: "application/problem+json",
      title: "Not Found",
      id: "id-1",
    });
  });

  it.each([["GET"], ["HEAD"], ["PUT"], ["DELETE"], ["OPTIONS"], ["PATCH"]])(
    "by %s is told that only POST is allowed",
    async (method) => {
      await open();
      const response = await fetch(`${door.url}/webhooks/sendgrid`, { method });
      expect(response.status).toBe(405);
      expect(response.headers.get("allow")).toBe("POST");
    },
  );

  it("by GET is taken from a vendor who sends them so, and judged as strictly", async () => {
    await open();
    const report = "id=m1&recipient=14155550123&originator=15005550006&status=delivered&reference=i_1";
    const answer = await getMessageBird(door, report);
    expect([answer.status, await answer.text()]).toEqual([200, ""]);
    expect(door.events()).toMatchObject([{ event_type: "sms.delivered", message_id: "i_1" }]);
    expect((await getMessageBird(door, report.replace("delivered", "expired"), report)).status).toBe(401);
    expect((await fetch(`${door.url}/webhooks/messagebird?${report}`)).status).toBe(401);
    expect(door.accepted).toEqual([{ fresh: 1, duplicates: 0, quarantined: 0 }]);
    const response = await fetch(`${door.url}/webhooks/messagebird`, { method: "PUT" });
    expect([response.status, response.headers.get("allow")]).toEqual([405, "POST, GET"]);
  });

  it("with a path that cannot be decoded is the sender's fault, not ours", async () => {
    await open();
    const response = await fetch(`${door.url}/webhooks/%E0%A4%A`, { method: "POST" });
    expect(await problemOf(response)).toMatchObject({ status: 400, title: "Bad Request" });
    expect(door.failures).toEqual([]);
  });
});

describe("a webhook while we are in trouble", () => {
  it("is asked to come again when the store is not available, with the wait the store asks for", async () => {
    await open({ append: () => Promise.reject(new Unavailable("the disk is full", { retryAfterMs: 2_500 })) });
    const response = await postSendGrid(door, batch(click()));
    expect(response.headers.get("retry-after")).toBe("3");
    expect(await problemOf(response)).toEqual({
      status: 503,
      type: "application/problem+json",
      title: "Service Unavailable",
      id: "id-1",
    });
    expect(door.refusals).toEqual(["sendgrid unavailable"]);
  });

  it("is asked to come again when the store says nothing for too long", async () => {
    await open({ append: () => new Promise(() => undefined), limits: { appendMs: 100 } });
    const response = await postTwilio(door, "MessageSid=SM1&From=%2B12025550143&Body=hi");
    expect(response.status).toBe(503);
    expect(response.headers.get("retry-after")).toBe("1");
  });

  it("learns nothing about a failure that nobody expected", async () => {
    await open({ append: () => Promise.reject(new TypeError("secret of the house")) });
    const response = await postSendGrid(door, batch(click()));
    expect(await problemOf(response)).toEqual({
      status: 500,
      type: "application/problem+json",
      title: "Internal Server Error",
      id: "id-1",
    });
    expect(door.failures).toMatchObject([{ message: "secret of the house" }]);
  });

  it("is no matter when the sender hangs up in the middle of its body", async () => {
    await open();
    const { connect } = await import("node:net");
    const socket = connect(door.port, "127.0.0.1");
    socket.write(
      "POST /webhooks/sendgrid HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n[",
    );
    await new Promise((resolve) => setTimeout(resolve, 50));
    socket.destroy();
    await expect.poll(() => door.refusals).toEqual(["sendgrid aborted"]);
    expect((await postSendGrid(door, "[]")).status).toBe(200);
  });
});

describe("a full disk", () => {
  it("makes the sender come again, keeps nothing by half, and is over when there is room", async () => {
    const directory = await mkdtemp(join(tmpdir(), "heed-door-"));
    const store = await openEmbeddedStore({ directory, clock: systemClock, maxBytes: 1_000_000, keepFreeBytes: 0 });
    await open({ append: (facts) => store.append(facts) });
    const send = () =>
      postSendGrid(door, batch(...Array.from({ length: 50 }, () => click({ url: "x".repeat(1_000) }))));
    let stored = 0;
    let response = await send();
    for (; response.status === 200 && stored < 100; stored += 1) response = await send();
    expect(response.status).toBe(503);
    expect(Number(response.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    expect((await store.health()).depth["events"]).toBe(stored * 50);
    await store.close();
    expect((await send()).status).toBe(503);

    const larger = await openEmbeddedStore({ directory, clock: systemClock, keepFreeBytes: 0 });
    expect((await larger.health()).depth["events"]).toBe(stored * 50);
    expect(await larger.append(door.appends.at(-1) ?? [])).toHaveLength(50);
    await larger.close();
    await rm(directory, { recursive: true });
  });
});
