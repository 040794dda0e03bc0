import { createHash, createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { Json, JsonObject } from "../../src/core/model/json.ts";
import { signedToken } from "../../src/providers/jwt.ts";
import { startMessageBirdFake } from "../../src/providers/messagebird/fake.ts";
import { messagebird } from "../../src/providers/messagebird/messagebird.ts";
import {
  sha256,
  signatureHeader,
  signBird,
  signClassic,
  timestampHeader,
  tokenHeader,
} from "../../src/providers/messagebird/sign.ts";
import type { Normalized, OutgoingMessage, WebhookRequest } from "../../src/providers/provider.ts";
import { createProvider, inboundContract, inboundOf, now, outboundContract, outboundOf } from "./contract.ts";
import { fixturesOf, goldenContract } from "./golden.ts";

const accessKey = "key-of-the-account";
const key = "signing-key-of-the-account";
const publicUrl = "https://hooks.example.com/heed";
const url = "/webhooks/messagebird";
const settings = { access_key: accessKey, webhook: { public_url: publicUrl, signing_key: key } };
const form = { "content-type": "application/x-www-form-urlencoded" };

function classic(body: Uint8Array | string, signedWith = key, at = now): WebhookRequest {
  const bytes = Buffer.from(body);
  const headers = { ...form, ...signClassic(publicUrl + url, bytes, signedWith, at) };
  return { method: "POST", url, headers, body: bytes };
}

/** As MessageBird sends its reports. */
function classicGet(query: string, signedWith = key, at = now): WebhookRequest {
  const called = `${url}?${query}`;
  const body = Buffer.alloc(0);
  return { method: "GET", url: called, headers: signClassic(publicUrl + called, body, signedWith, at), body };
}

function bird(body: Uint8Array | string, signedWith = key, at = now): WebhookRequest {
  const bytes = Buffer.from(body);
  return { method: "POST", url, headers: signBird(publicUrl + url, bytes, signedWith, at), body: bytes };
}

const fixtures = fixturesOf("messagebird");
const read = (name: string) => fixtures.read(name).trim();
const samplesOf = (prefix: string) => fixtures.names.filter((name) => name.startsWith(prefix)).map(read);
const open = async (webhook: object = {}) =>
  inboundOf(await createProvider(messagebird, { ...settings, webhook: { ...settings.webhook, ...webhook } }));
const openProvider = () => createProvider(messagebird, settings);

inboundContract("messagebird", { open: openProvider, signed: classic, samples: samplesOf("classic-") });
inboundContract("bird", { open: openProvider, signed: bird, samples: samplesOf("bird-") });

goldenContract("messagebird", fixtures, async (name) =>
  (await open()).normalize((name.startsWith("classic-") ? classic : bird)(read(name)), now),
);

const invalid = { ok: false, reason: "signature_invalid" };
const stale = { ok: false, reason: "timestamp_stale" };

describe("the token of messagebird", () => {
  const query = read("classic-report-delivered.form");
  const body = read("classic-inbound-stop.form");

  it("covers the address with its query string as received, under the configured address and never the Host header", async () => {
    const inbound = await open();
    const request = classicGet(query);
    const host = { ...request, headers: { ...request.headers, host: "evil.example" } };
    expect(inbound.verify(host, now)).toEqual({ ok: true });
    expect(inbound.verify({ ...request, url: request.url.replace("delivered", "expired") }, now)).toEqual(invalid);
    expect(inbound.verify({ ...request, url }, now)).toEqual(invalid);
  });

  it("covers every byte of the body, and none means none", async () => {
    const inbound = await open();
    const request = classic(body);
    expect(inbound.verify(request, now)).toEqual({ ok: true });
    expect(inbound.verify({ ...request, body: Buffer.from(`${body}\n`) }, now)).toEqual(invalid);
    expect(inbound.verify({ ...request, body: Buffer.from(body.slice(0, -1)) }, now)).toEqual(invalid);
    expect(inbound.verify({ ...request, body: Buffer.alloc(0) }, now)).toEqual(invalid);
    expect(inbound.verify({ ...classicGet(query), body: Buffer.from("body=STOP") }, now)).toEqual(invalid);
  });

  it("is taken with HS256, HS384 and HS512, and never as none or with another key", async () => {
    const inbound = await open();
    const seconds = Math.floor(now / 1_000);
    const claims = {
      iss: "MessageBird",
      nbf: seconds,
      exp: seconds + 60,
      url_hash: sha256(Buffer.from(publicUrl + url)),
    };
    const token = (alg: string, hash: string | null, signedWith = key) => {
      const text = [{ alg }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
      return `${text}.${hash === null ? "" : createHmac(hash, signedWith).update(text).digest("base64url")}`;
    };
    const verify = (jwt: string) =>
      inbound.verify({ method: "POST", url, headers: { [tokenHeader]: jwt }, body: Buffer.alloc(0) }, now);
    expect(verify(token("HS256", "sha256"))).toEqual({ ok: true });
    expect(verify(token("HS384", "sha384"))).toEqual({ ok: true });
    expect(verify(token("HS512", "sha512"))).toEqual({ ok: true });
    expect(verify(token("none", null))).toEqual(invalid);
    expect(verify(token("HS256", "sha512"))).toEqual(invalid);
    expect(verify(token("HS1", "sha1"))).toEqual(invalid);
    expect(verify(token("HS256", "sha256", "another"))).toEqual(invalid);
  });

  it("must be messagebird's own, say when it ends, and not have ended for more than a few seconds", async () => {
    const inbound = await open();
    const seconds = Math.floor(now / 1_000);
    const verify = (claims: JsonObject) => {
      const all = { url_hash: sha256(Buffer.from(publicUrl + url)), ...claims };
      return inbound.verify(
        { method: "POST", url, headers: { [tokenHeader]: signedToken(all, key) }, body: Buffer.alloc(0) },
        now,
      );
    };
    const iss = "MessageBird";
    expect(verify({ iss, nbf: seconds, exp: seconds + 60 })).toEqual({ ok: true });
    expect(verify({ iss: "Somebody", nbf: seconds, exp: seconds + 60 })).toEqual(invalid);
    expect(verify({ iss, nbf: seconds + 4, exp: seconds + 60 })).toEqual({ ok: true });
    expect(verify({ iss, nbf: seconds + 6, exp: seconds + 60 })).toEqual(stale);
    expect(verify({ iss, nbf: seconds - 64, exp: seconds - 4 })).toEqual({ ok: true });
    expect(verify({ iss, nbf: seconds - 66, exp: seconds - 6 })).toEqual(stale);
    expect(verify({ iss, nbf: seconds })).toEqual({ ok: false, reason: "timestamp_invalid" });
  });

  it("may be made with either of two keys while one is rotated", async () => {
    const inbound = await open({ signing_key: ["old", "new"] });
    expect(inbound.verify(classic(body, "old"), now)).toEqual({ ok: true });
    expect(inbound.verify(classic(body, "new"), now)).toEqual({ ok: true });
    expect(inbound.verify(classic(body), now)).toEqual(invalid);
  });
});

describe("the signature of bird", () => {
  const body = read("bird-inbound.json");

  it("is over time, address and the raw hash of the body", async () => {
    const timestamp = String(Math.floor(now / 1_000));
    const hash = createHash("sha256").update(body).digest();
    const signature = createHmac("sha256", key)
      .update(Buffer.concat([Buffer.from(`${timestamp}\n${publicUrl}${url}\n`), hash]))
      .digest("base64");
    const headers = { [signatureHeader]: signature, [timestampHeader]: timestamp };
    const request = { method: "POST", url, headers, body: Buffer.from(body) };
    const inbound = await open();
    expect(inbound.verify(request, now)).toEqual({ ok: true });
    expect(inbound.verify({ ...request, headers: { ...headers, [timestampHeader]: `${timestamp}0` } }, now)).toEqual(
      invalid,
    );
    expect(inbound.verify({ ...request, url: `${url}?a=1` }, now)).toEqual(invalid);
    expect(inbound.verify({ ...request, body: Buffer.from(body.trimEnd().slice(0, -1)) }, now)).toEqual(invalid);
    expect(inbound.verify(bird(body, "another"), now)).toEqual(invalid);
    expect(inbound.verify({ ...request, headers: { [timestampHeader]: timestamp } }, now)).toEqual({
      ok: false,
      reason: "signature_missing",
    });
  });

  it("is refused when it is old, but not while bird may still repeat it", async () => {
    const inbound = await open();
    expect(inbound.verify(bird(body, key, now - 8 * 3_600_000), now)).toEqual({ ok: true });
    expect(inbound.verify(bird(body, key, now - 10 * 3_600_000), now)).toEqual(stale);
    expect((await open({ tolerance: "5m" })).verify(bird(body, key, now - 360_000), now)).toEqual(stale);
  });
});

describe("what messagebird says happened", () => {
  type Found = Exclude<Normalized, { malformed: string }>;
  const normalize = async (request: WebhookRequest): Promise<Found> => {
    const normalized = (await open()).normalize(request, now);
    if ("malformed" in normalized) throw new Error(normalized.malformed);
    return normalized;
  };
  const report = (fields: string) =>
    normalize(classicGet(`id=m1&recipient=14155550123&originator=15005550006&${fields}`));
  const contact = { identifierKey: "phonenumber", identifierValue: "+14155550123" };
  const notice = (event: string, payload: object) =>
    normalize(bird(JSON.stringify({ service: "channels", event, payload: { id: "b1", channelId: "c1", ...payload } })));

  it("is the same by GET, as a form and as JSON", async () => {
    const fields = read("classic-report-opted-out.form");
    const json = Buffer.from(JSON.stringify(Object.fromEntries(new URLSearchParams(fields))));
    const headers = { "content-type": "application/json", ...signClassic(publicUrl + url, json, key, now) };
    const posted = await normalize(classic(fields));
    expect(await normalize(classicGet(fields))).toEqual(posted);
    expect(await normalize({ method: "POST", url, headers, body: json })).toEqual(posted);
  });

  it.each([
    ["scheduled", "sms.queued"],
    ["sent", "sms.sent"],
    ["buffered", "sms.sent"],
    ["delivered", "sms.delivered"],
    ["expired", "sms.undelivered"],
    ["delivery_failed", "sms.undelivered"],
    ["pirouette", "unknown"],
  ])("in a report of status %s is %s", async (status, type) => {
    const { events } = await report(`status=${status}&reference=i_1`);
    expect(events).toMatchObject([{ event_type: type, message_id: "i_1", data: { status } }]);
  });

  it.each([
    ["accepted", "sms.queued"],
    ["processing", "sms.queued"],
    ["sent", "sms.sent"],
    ["delivered", "sms.delivered"],
    ["delivery_failed", "sms.undelivered"],
    ["sending_failed", "sms.failed"],
    ["pirouette", "unknown"],
  ])("in a notice of bird's status %s is %s", async (status, type) => {
    const { events } = await notice("sms.outbound", { receiver: { contacts: [contact] }, status, reference: "i_1" });
    expect(events).toMatchObject([{ event_type: type, event_id: `b1:${status}`, message_id: "i_1" }]);
  });

  it("about one message with two recipients is two events", async () => {
    const other = await normalize(classicGet("id=m1&recipient=14155550124&status=delivered"));
    expect(other.events[0]?.event_id).not.toBe((await report("status=delivered")).events[0]?.event_id);
  });

  it("keeps a text in the conversation of the channel it came by", async () => {
    const sent = await notice("sms.outbound", { receiver: { contacts: [contact] }, status: "sent" });
    const written = await notice("sms.inbound", {
      sender: { contact },
      body: { type: "text", text: { text: "stop" } },
    });
    expect(written.events).toMatchObject([{ event_type: "sms.opted_out", data: { text: "stop" } }]);
    expect(written.events[0]?.conversation_id).toBe(sent.events[0]?.conversation_id);
  });

  it("is an opt-out when any value of a repeated text is a stop word, in whatever order", async () => {
    for (const bodies of ["body=STOP&body=hello", "body=hello&body=STOP"]) {
      const { events } = await normalize(classicGet(`id=m1&originator=14155550123&recipient=12345&${bodies}`));
      expect(events).toMatchObject([{ event_type: "sms.opted_out", data: { text: "STOP" } }]);
    }
  });

  it("never keeps a person's number or words among the rest of what bird says", async () => {
    const { events } = await normalize(bird(read("bird-outbound-delivered.json")));
    expect(JSON.stringify(events[0]?.data)).not.toMatch(/14155550123|Hi Ana/);
  });

  it.each<[string, () => Promise<Normalized>]>([
    ["no id", () => normalize(classicGet("recipient=14155550123&status=sent"))],
    ["a short code that writes", () => normalize(classicGet("id=m1&originator=12345&body=hi"))],
    ["an empty status", () => report("status=")],
    ["no event of bird", () => notice("", {})],
    [
      "a person of bird without a number",
      () => notice("sms.inbound", { sender: { contact: { identifierKey: "email" } } }),
    ],
    ["a receiver of bird that is none", () => notice("sms.outbound", { receiver: [], status: "sent" })],
  ])("with %s is set aside, not guessed", async (_, normalized) => {
    expect(await normalized()).toMatchObject({ events: [], quarantined: [{ reason: expect.any(String) }] });
  });

  it("is malformed when nothing can be read", async () => {
    const inbound = await open();
    expect(inbound.normalize(classic(""), now)).toHaveProperty("malformed");
    for (const body of ["", "[1]", "{", "null"]) expect(inbound.normalize(bird(body), now)).toHaveProperty("malformed");
  });
});

const text: OutgoingMessage = {
  intentId: "0123456789abcdef0123456789abcdef",
  attempt: 1,
  contactId: "user-42",
  ruleId: "clicked-guide-sms",
  channel: "sms",
  kind: "sms",
  from: "+12025550100",
  to: "+12025550143",
  content: { text: "Hi Ana, reply YES if you'd like a call." },
};

async function openAgainstFake(timeout: string, baseUrl?: string, more: { readonly [name: string]: Json } = {}) {
  const fake = await startMessageBirdFake({ accessKey, now: () => now });
  const given = { access_key: accessKey, base_url: baseUrl ?? fake.url, timeout, ...more };
  const { script, close } = fake;
  return {
    fake,
    outbound: outboundOf(await createProvider(messagebird, given)),
    taken: () => fake.messages.length,
    script,
    close,
  };
}

const onBird = { platform: "bird", workspace_id: "w1" };
const usual = [
  ["ok", { kind: "accepted", providerMessageId: "00000000000000000000000000000001" }],
  ["429", { kind: "retryable", afterMs: 2_000 }],
  ["500", { kind: "ambiguous" }],
  ["401", { kind: "misconfigured" }],
  ["accept-then-hang", { kind: "ambiguous", code: "timeout" }],
  ["accept-then-reset", { kind: "ambiguous" }],
  ["html-200", { kind: "ambiguous", code: "unexpected_answer" }],
  ["empty-200", { kind: "ambiguous", code: "unexpected_answer" }],
] as const;

outboundContract("messagebird", {
  open: openAgainstFake,
  message: text,
  outcomes: [
    ...usual,
    ["invalid", { kind: "rejected", code: "10:recipients", class: "invalid_address" }],
    [{ code: 25 }, { kind: "misconfigured", code: "25" }],
    [{ code: 99 }, { kind: "ambiguous", code: "99" }],
    [{ code: 21 }, { kind: "rejected", code: "21", class: "other" }],
  ],
});

outboundContract("bird", {
  open: (timeout, baseUrl) => openAgainstFake(timeout, baseUrl, onBird),
  message: { ...text, from: "614208aa-b153-4d5d-9989-2fddfc0ce4c3" },
  outcomes: [...usual, ["invalid", { kind: "rejected", code: "InvalidPayload", class: "other" }]],
});

describe("a text through messagebird", () => {
  it("carries our id as its reference, without which there would be no report, and says where to report", async () => {
    const { fake, outbound, close } = await openAgainstFake("5s", undefined, { webhook: settings.webhook });
    await outbound.send(text);
    expect(JSON.parse(fake.calls[0]?.body ?? "")).toEqual({
      recipients: ["12025550143"],
      originator: "12025550100",
      body: text.content["text"],
      datacoding: "auto",
      reference: text.intentId,
      reportUrl: `${publicUrl}${url}`,
    });
    await close();
  });

  it("goes through the channel of bird that its sender is", async () => {
    const { fake, outbound, close } = await openAgainstFake("5s", undefined, onBird);
    await outbound.send({ ...text, from: "c/1" });
    expect(fake.calls[0]?.url.pathname).toBe("/workspaces/w1/channels/c%2F1/messages");
    expect(JSON.parse(fake.calls[0]?.body ?? "")).toEqual({
      receiver: { contacts: [{ identifierKey: "phonenumber", identifierValue: "+12025550143" }] },
      reference: text.intentId,
      body: { type: "text", text: { text: text.content["text"] } },
    });
    await close();
  });
});

describe.each([
  ["messagebird", {}],
  ["bird", onBird],
])("reconciling a lost answer with %s", (_, more) => {
  const query = { message: text, startedAt: now, known: [] };

  it("finds the message that was taken before the answer was lost, by our reference alone", async () => {
    const { outbound, script, close } = await openAgainstFake("300ms", undefined, more);
    await outbound.send({ ...text, intentId: "another" });
    script("accept-then-hang");
    expect(await outbound.send(text)).toEqual({ kind: "ambiguous", code: "timeout" });
    expect(await outbound.reconcile?.(query)).toEqual({
      kind: "found",
      providerMessageId: "00000000000000000000000000000002",
    });
    await close();
  });

  it("finds nothing when all were listed and it is not among them", async () => {
    const { outbound, close } = await openAgainstFake("5s", undefined, more);
    await outbound.send({ ...text, intentId: "another" });
    expect(await outbound.reconcile?.(query)).toEqual({ kind: "not_found" });
    await close();
  });

  it("does not take it for lost while there are more messages than were listed", async () => {
    const { outbound, close } = await openAgainstFake("5s", undefined, more);
    for (let count = 0; count <= 100; count += 1) await outbound.send({ ...text, intentId: `another-${count}` });
    expect(await outbound.reconcile?.(query)).toEqual({ kind: "unavailable", code: "too_many_messages" });
    await close();
  });

  it("says so when it can't be asked", async () => {
    const { outbound, close } = await openAgainstFake("5s", undefined, { ...more, access_key: "another" });
    expect(await outbound.reconcile?.(query)).toEqual({ kind: "unavailable", code: "http_401" });
    await close();
    expect(await outbound.reconcile?.(query)).toEqual({ kind: "unavailable", code: "ECONNREFUSED" });
  });
});

describe("the settings of messagebird", () => {
  it("name every faulty key and never a value", () => {
    const configuration = messagebird.configure({
      platform: "bird",
      access_key: 5,
      webhook: { public_url: "SECRET", tolerance: "SECRET" },
    });
    const found = configuration.ok ? [] : configuration.problems;
    expect([...new Set(found.map(({ path }) => path.join(".")))].toSorted()).toEqual([
      "access_key",
      "webhook.public_url",
      "webhook.signing_key",
      "webhook.tolerance",
      "workspace_id",
    ]);
    expect(JSON.stringify(found)).not.toContain("SECRET");
  });
});
