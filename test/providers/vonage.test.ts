import { createHash, createHmac, createVerify, generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { Json } from "../../src/core/model/json.ts";
import { signedToken } from "../../src/providers/jwt.ts";
import type { Normalized, OutgoingMessage, WebhookRequest } from "../../src/providers/provider.ts";
import { startVonageFake } from "../../src/providers/vonage/fake.ts";
import { payloadHash, signatureMethods, signMessages, signSms } from "../../src/providers/vonage/sign.ts";
import type { SignatureMethod } from "../../src/providers/vonage/sign.ts";
import { vonage } from "../../src/providers/vonage/vonage.ts";
import { createProvider, inboundContract, inboundOf, now, outboundContract, outboundOf } from "./contract.ts";
import { fixturesOf, goldenContract } from "./golden.ts";

const apiKey = "abcd1234";
const apiSecret = "secret-of-the-account";
const secret = "signature-secret-of-the-account";
const account = { api_key: apiKey, api_secret: apiSecret };
const settings = { ...account, webhook: { signature_secret: secret } };
const url = "/webhooks/vonage";
const form = { "content-type": "application/x-www-form-urlencoded" };

interface HowSigned {
  readonly key?: string;
  readonly at?: number;
  readonly method?: SignatureMethod;
}

function signedForm(body: Uint8Array | string, { key = secret, at = now, method }: HowSigned = {}): WebhookRequest {
  const given = new Map(new URLSearchParams(Buffer.from(body).toString("utf8")));
  const parameters = signSms(given, key, { at, ...(method !== undefined && { method }) });
  return { method: "POST", url, headers: form, body: Buffer.from(new URLSearchParams([...parameters]).toString()) };
}

function signedMessage(body: Uint8Array | string, key = secret, at = now): WebhookRequest {
  const bytes = Buffer.from(body);
  return { method: "POST", url, headers: signMessages(bytes, key, at), body: bytes };
}

const fixtures = fixturesOf("vonage");
const read = (name: string) => fixtures.read(name).trim();
const forms = fixtures.names.filter((name) => name.endsWith(".form"));
const open = async (webhook: object = {}) =>
  inboundOf(await createProvider(vonage, { ...settings, webhook: { ...settings.webhook, ...webhook } }));

inboundContract("vonage", {
  open: () => createProvider(vonage, settings),
  signed: signedForm,
  samples: forms.map(read),
});

goldenContract("vonage", fixtures, async (name) => (await open()).normalize(requestOf(name), now));

function requestOf(name: string): WebhookRequest {
  if (name.startsWith("messages-")) return signedMessage(read(name));
  if (name.endsWith(".form")) return signedForm(read(name));
  return { method: "POST", url, headers: { "content-type": "application/json" }, body: Buffer.from(read(name)) };
}

describe("the signature of vonage's SMS API", () => {
  const body = read("sms-inbound-reply.form");

  it.each(signatureMethods)("by %s is over all parameters in order, with & and = in values as _", async (method) => {
    const inbound = await open({ signature_method: method });
    const request = signedForm(body, { method });
    const parameters = new URLSearchParams(Buffer.from(request.body).toString());
    const text = [...parameters]
      .filter(([name]) => name !== "sig")
      .toSorted()
      .map(([name, value]) => `&${name}=${value.replace(/[&=]/g, "_")}`)
      .join("");
    const expected =
      method === "md5hash"
        ? createHash("md5")
            .update(text + secret)
            .digest("hex")
        : createHmac(method, secret).update(text).digest("hex");
    expect(text).toContain("&text=Yes, tell me more _ soon _ now");
    expect(parameters.get("sig")).toBe(expected);
    expect(inbound.verify(request, now)).toEqual({ ok: true });
  });

  it("is taken by one method only: the one that the account uses", async () => {
    const inbound = await open({ signature_method: "sha256" });
    expect(inbound.verify(signedForm(body), now)).toEqual({ ok: false, reason: "signature_invalid" });
  });

  it("is the same for parameters in a query string, a form and JSON", async () => {
    const inbound = await open();
    const request = signedForm(body);
    const parameters = new URLSearchParams(Buffer.from(request.body).toString());
    const get = { method: "GET", url: `${url}?${parameters.toString()}`, headers: {}, body: Buffer.alloc(0) };
    const json = {
      ...request,
      headers: { "content-type": "application/json" },
      body: Buffer.from(JSON.stringify(Object.fromEntries(parameters))),
    };
    for (const each of [request, get, json]) {
      expect(inbound.verify(each, now)).toEqual({ ok: true });
      expect(inbound.normalize(each, now)).toEqual(inbound.normalize(request, now));
    }
  });

  it("is refused with another secret, without one of the parameters, with one more, and with one twice", async () => {
    const inbound = await open();
    const { body: bytes, ...rest } = signedForm(body);
    const text = Buffer.from(bytes).toString();
    const verify = (changed: string) => inbound.verify({ ...rest, body: Buffer.from(changed) }, now);
    expect(inbound.verify(signedForm(body, { key: "another" }), now).ok).toBe(false);
    expect(verify(text.replace("&to=15005550006", "")).ok).toBe(false);
    expect(verify(`${text}&more=1`).ok).toBe(false);
    expect(verify(`${text}&text=STOP`)).toEqual({ ok: false, reason: "signature_invalid" });
    expect(verify(text.slice(0, -1)).ok).toBe(false);
    expect(verify(text.replace(/&sig=\w+/, ""))).toEqual({ ok: false, reason: "signature_missing" });
    expect(verify(text)).toEqual({ ok: true });
  });

  it("may be written in capitals", async () => {
    const inbound = await open();
    const { body: bytes, ...rest } = signedForm(body);
    const shouted = Buffer.from(bytes)
      .toString()
      .replace(/sig=\w+/, (sig) => `sig=${sig.slice(4).toUpperCase()}`);
    expect(inbound.verify({ ...rest, body: Buffer.from(shouted) }, now)).toEqual({ ok: true });
  });

  it("is refused when it is old or says no time, and not while vonage may still repeat it", async () => {
    const inbound = await open();
    expect(inbound.verify(signedForm(body, { at: now - 24 * 3_600_000 }), now)).toEqual({ ok: true });
    const stale = { ok: false, reason: "timestamp_stale" };
    expect(inbound.verify(signedForm(body, { at: now - 26 * 3_600_000 }), now)).toEqual(stale);
    expect((await open({ tolerance: "5m" })).verify(signedForm(body, { at: now - 360_000 }), now)).toEqual(stale);
    expect(inbound.verify(signedForm(body, { at: Number.NaN }), now)).toEqual({
      ok: false,
      reason: "timestamp_invalid",
    });
  });

  it("is not even computed over more parameters than anybody sends, nor for a time in milliseconds", async () => {
    const inbound = await open();
    const many = (length: number) => Array.from({ length }, (_, index) => `k${index}=v`).join("&");
    expect(inbound.verify(signedForm(many(197)), now)).toEqual({ ok: true });
    expect(inbound.verify(signedForm(many(198)), now)).toEqual({ ok: false, reason: "signature_invalid" });
    expect(inbound.verify(signedForm(body, { at: now * 1_000 }), now)).toEqual({
      ok: false,
      reason: "timestamp_invalid",
    });
  });

  it("may be made with either of two secrets while one is rotated", async () => {
    const inbound = await open({ signature_secret: ["old", "new"] });
    expect(inbound.verify(signedForm(body, { key: "old" }), now)).toEqual({ ok: true });
    expect(inbound.verify(signedForm(body, { key: "new" }), now)).toEqual({ ok: true });
    expect(inbound.verify(signedForm(body), now).ok).toBe(false);
  });
});

describe("the token of vonage's Messages API", () => {
  const body = read("messages-inbound.json");
  const invalid = { ok: false, reason: "signature_invalid" };
  const withToken = (token: string): WebhookRequest => {
    const request = signedMessage(body);
    return { ...request, headers: { ...request.headers, authorization: `Bearer ${token}` } };
  };
  const claims = { iat: Math.floor(now / 1_000), payload_hash: payloadHash(Buffer.from(body)) };

  it("covers every byte of the body", async () => {
    const inbound = await open();
    const request = signedMessage(body);
    expect(inbound.verify(request, now)).toEqual({ ok: true });
    expect(inbound.verify({ ...request, body: Buffer.from(body.replace("more", "mort")) }, now)).toEqual(invalid);
    expect(inbound.verify({ ...request, body: Buffer.from(`${body}\n`) }, now)).toEqual(invalid);
    expect(inbound.verify({ ...request, body: Buffer.from(body.trimEnd().slice(0, -1)) }, now)).toEqual(invalid);
  });

  it("is refused with another secret, as none, and without a hash of the body", async () => {
    const inbound = await open();
    const unsigned = (header: object) =>
      [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
    expect(inbound.verify(withToken(signedToken(claims, secret)), now)).toEqual({ ok: true });
    expect(inbound.verify(signedMessage(body, "another"), now)).toEqual(invalid);
    expect(inbound.verify(withToken(`${unsigned({ alg: "none" })}.`), now)).toEqual(invalid);
    expect(inbound.verify(withToken(`${unsigned({ alg: "HS256" })}.`), now)).toEqual(invalid);
    expect(inbound.verify(withToken(signedToken({ iat: claims.iat }, secret)), now)).toEqual(invalid);
    expect(inbound.verify(withToken("a.b"), now)).toEqual(invalid);
  });

  it("signed with the public key of somebody as a secret is worth nothing", async () => {
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2_048 });
    expect((await open()).verify(withToken(signedToken(claims, privateKey)), now)).toEqual(invalid);
  });

  it("is refused when it is old, from the future, or says no time", async () => {
    const inbound = await open({ tolerance: "5m" });
    expect(inbound.verify(signedMessage(body, secret, now - 360_000), now)).toEqual({
      ok: false,
      reason: "timestamp_stale",
    });
    expect(inbound.verify(signedMessage(body, secret, now + 360_000), now)).toEqual({
      ok: false,
      reason: "timestamp_stale",
    });
    expect(inbound.verify(withToken(signedToken({ payload_hash: claims.payload_hash }, secret)), now)).toEqual({
      ok: false,
      reason: "timestamp_invalid",
    });
  });
});

describe("what vonage says happened", () => {
  const normalize = async (request: WebhookRequest): Promise<Exclude<Normalized, { malformed: string }>> => {
    const normalized = (await open()).normalize(request, now);
    if ("malformed" in normalized) throw new Error(normalized.malformed);
    return normalized;
  };
  const sms = (parameters: string) =>
    normalize(signedForm(`messageId=0A1&msisdn=14155550123&to=15005550006&${parameters}`));
  const message = (fields: object) =>
    normalize(
      signedMessage(JSON.stringify({ channel: "sms", message_uuid: "u1", to: "14155550123", from: "ACME", ...fields })),
    );

  it.each([
    ["accepted", "sms.sent"],
    ["buffered", "sms.sent"],
    ["delivered", "sms.delivered"],
    ["expired", "sms.undelivered"],
    ["failed", "sms.undelivered"],
    ["rejected", "sms.failed"],
    ["unknown", "unknown"],
    ["pirouette", "unknown"],
  ])("in a receipt of status %s is %s", async (status, type) => {
    expect((await sms(`status=${status}&err-code=0`)).events).toMatchObject([
      { event_type: type, event_id: `0A1:${status}`, data: { status } },
    ]);
  });

  it.each([
    ["submitted", "sms.sent"],
    ["delivered", "sms.delivered"],
    ["read", "sms.delivered"],
    ["undeliverable", "sms.undelivered"],
    ["rejected", "sms.failed"],
    ["pirouette", "unknown"],
  ])("in a message's status %s is %s", async (status, type) => {
    expect((await message({ status })).events).toMatchObject([{ event_type: type, event_id: `u1:${status}` }]);
  });

  it("of a text in two parts is two texts, none of which is lost", async () => {
    const part = (number: number, text: string) =>
      sms(`text=${text}&type=text&concat=true&concat-ref=7&concat-total=2&concat-part=${number}`);
    const [first, second] = [(await part(1, "one")).events, (await part(2, "two")).events];
    expect(first).toMatchObject([{ event_id: "0A1:1", data: { text: "one", "concat-ref": "7", "concat-part": "1" } }]);
    expect(second).toMatchObject([{ event_id: "0A1:2", data: { text: "two", "concat-total": "2" } }]);
  });

  it("about numbers tells those that asked for no more, and those that are gone", async () => {
    const told = async (code: number) => (await sms(`status=failed&err-code=${code}`)).events;
    expect((await told(9)).map((event) => event.event_type)).toEqual(["sms.undelivered", "sms.opted_out"]);
    for (const code of [3, 4]) expect(await told(code)).toMatchObject([{ data: { address_invalid: true } }]);
    for (const code of [2, 6, 99]) {
      const events = await told(code);
      expect(events).toMatchObject([{ event_type: "sms.undelivered", data: { error_code: String(code) } }]);
      expect(events[0]?.data).not.toHaveProperty("address_invalid");
    }
  });

  it("comes under one conversation in both directions, however the numbers are written", async () => {
    const conversation = async (found: Promise<Exclude<Normalized, { malformed: string }>>) =>
      (await found).events[0]?.conversation_id;
    const written = await conversation(sms("text=hi"));
    expect(written).toMatch(/^sms-/);
    expect(await conversation(sms("status=delivered"))).toBe(written);
    expect(await conversation(message({ status: "delivered", from: "+15005550006" }))).toBe(written);
    expect(await conversation(message({ status: "delivered" }))).not.toBe(written);
  });

  it.each<[string, () => Promise<Normalized>]>([
    ["no message id", () => normalize(signedForm("msisdn=14155550123&text=hi"))],
    ["no number of a person", () => normalize(signedForm("messageId=1&msisdn=12345&text=hi"))],
    ["an empty status", () => sms("status=")],
    [
      "a person of a channel without numbers",
      () => message({ channel: "messenger", from: "1415555012345", text: "hi" }),
    ],
    ["no number in a message", () => message({ text: "hi" })],
    ["no id of a message", () => message({ message_uuid: "", status: "delivered" })],
  ])("with %s is set aside, not guessed", async (_, normalized) => {
    expect(await normalized()).toMatchObject({ events: [], quarantined: [{ reason: expect.any(String) }] });
  });

  it("is malformed when nothing can be read", async () => {
    const inbound = await open();
    expect(inbound.normalize({ ...signedForm(""), body: Buffer.alloc(0) }, now)).toHaveProperty("malformed");
    for (const body of ["", "[1]", "{", "null"]) {
      expect(inbound.normalize(signedMessage(body), now)).toHaveProperty("malformed");
    }
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
  const fake = await startVonageFake({ apiKey, apiSecret });
  const provider = await createProvider(vonage, { ...account, base_url: baseUrl ?? fake.url, timeout, ...more });
  const { script, close } = fake;
  return { fake, outbound: outboundOf(provider), taken: () => fake.messages.length, script, close };
}

const usual = [
  ["429", { kind: "retryable", afterMs: 2_000 }],
  ["500", { kind: "ambiguous", code: "http_500" }],
  ["401", { kind: "misconfigured", code: "http_401" }],
  ["accept-then-hang", { kind: "ambiguous", code: "timeout" }],
  ["accept-then-reset", { kind: "ambiguous" }],
  ["html-200", { kind: "ambiguous", code: "unexpected_answer" }],
  ["empty-200", { kind: "ambiguous", code: "unexpected_answer" }],
] as const;

outboundContract("vonage's SMS API", {
  open: openAgainstFake,
  message: text,
  outcomes: [
    ["ok", { kind: "accepted", providerMessageId: "0000000000000001" }],
    ...usual,
    [{ code: 1 }, { kind: "retryable", code: "1", afterMs: null }],
    [{ code: 5 }, { kind: "ambiguous", code: "5" }],
    [{ code: 4 }, { kind: "misconfigured", code: "4" }],
    [{ code: 9 }, { kind: "misconfigured", code: "9" }],
    [{ code: 15 }, { kind: "misconfigured", code: "15" }],
    [{ code: 3 }, { kind: "rejected", code: "3", class: "other" }],
    [{ code: 7 }, { kind: "rejected", code: "7", class: "invalid_address" }],
    [{ code: 12 }, { kind: "rejected", code: "12", class: "content" }],
    [{ code: 77 }, { kind: "rejected", code: "77", class: "other" }],
  ],
});

outboundContract("vonage's Messages API", {
  open: (timeout, baseUrl) => openAgainstFake(timeout, baseUrl, { api: "messages" }),
  message: text,
  outcomes: [
    ["ok", { kind: "accepted", providerMessageId: "0000000000000001" }],
    ...usual,
    [{ code: 1240 }, { kind: "rejected", code: "1240", class: "opted_out" }],
    [{ code: 1120 }, { kind: "misconfigured", code: "1120" }],
    [{ code: 400 }, { kind: "rejected", code: "400", class: "other" }],
  ],
});

describe("a text through vonage", () => {
  it("carries our id as its reference, its alphabet, and numbers without a plus", async () => {
    const { fake, outbound, close } = await openAgainstFake("5s");
    await outbound.send(text);
    await outbound.send({ ...text, content: { text: "Привет" }, from: "ACME" });
    const [first, second] = fake.calls.map((call) => Object.fromEntries(new URLSearchParams(call.body)));
    expect(first).toEqual({
      to: "12025550143",
      from: "12025550100",
      text: text.content["text"],
      type: "text",
      "status-report-req": "1",
      "client-ref": text.intentId,
    });
    expect(second).toMatchObject({ from: "ACME", type: "unicode", text: "Привет" });
    expect(fake.calls[0]?.body).not.toContain(apiSecret);
    await close();
  });

  it("of which vonage took only a part is left to a person", async () => {
    const messages = [
      { status: "0", "message-id": "1" },
      { status: "9", "error-text": "Quota" },
    ];
    const { smsApi } = await import("../../src/providers/vonage/send.ts");
    const { readVonageSettings } = await import("../../src/providers/vonage/settings.ts");
    const { readSettings } = await import("../../src/providers/settings.ts");
    const api = smsApi(readSettings(account, readVonageSettings).value);
    const outcome = (list: readonly object[]) =>
      api.outcome({ status: 200, headers: {}, body: JSON.stringify({ messages: list }) }, now);
    expect(outcome(messages)).toEqual({ kind: "ambiguous", code: "partly_9" });
    expect(outcome(messages.slice(0, 1))).toEqual({ kind: "accepted", providerMessageId: "1" });
    expect(outcome(messages.slice(1))).toEqual({ kind: "misconfigured", code: "9" });
    expect(outcome([])).toEqual({ kind: "ambiguous", code: "unexpected_answer" });
  });

  it("goes through the Messages API with a token of the application, made for this call", async () => {
    const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2_048 });
    const isToken = (token: string): boolean => {
      const [head = "", claims = "", signature = ""] = token.split(".");
      return createVerify("sha256").update(`${head}.${claims}`).verify(publicKey, signature, "base64url");
    };
    const fake = await startVonageFake({ apiKey, apiSecret, isToken });
    const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString().replaceAll("\n", "\\n");
    const application = { id: "app-1", private_key: pem };
    const provider = await createProvider(vonage, { ...account, api: "messages", application, base_url: fake.url });
    expect(await outboundOf(provider).send(text)).toMatchObject({ kind: "accepted" });
    const [call] = fake.calls;
    expect(JSON.parse(call?.body ?? "")).toEqual({
      channel: "sms",
      message_type: "text",
      to: "12025550143",
      from: "12025550100",
      text: text.content["text"],
      client_ref: text.intentId,
    });
    const claims: unknown = JSON.parse(
      Buffer.from(call?.headers.authorization?.split(".")[1] ?? "", "base64url").toString("utf8"),
    );
    expect(claims).toMatchObject({ application_id: "app-1", jti: expect.stringMatching(/^[0-9a-f]{32}$/) });
    await outboundOf(provider).close();
    await fake.close();
  });
});

describe("the settings of vonage", () => {
  it("name every faulty key and never a value", () => {
    const configuration = vonage.configure({
      api: "SECRET",
      api_key: "",
      application: { id: "app-1", private_key: "SECRET" },
      webhook: { signature_method: "SECRET" },
    });
    const found = configuration.ok ? [] : configuration.problems;
    expect(found.map(({ path }) => path.join(".")).toSorted()).toEqual([
      "api",
      "api_key",
      "api_secret",
      "application.private_key",
      "webhook.signature_method",
      "webhook.signature_secret",
    ]);
    expect(JSON.stringify(found)).not.toContain("SECRET");
  });
});
