import { afterEach, describe, expect, it } from "vitest";
import type { JsonObject } from "../../src/core/model/json.ts";
import { isJsonObject, parseJson } from "../../src/core/model/parse-json.ts";
import { startPostmarkFake } from "../../src/providers/postmark/fake.ts";
import { postmark } from "../../src/providers/postmark/postmark.ts";
import type { Normalized, OutgoingMessage, WebhookRequest } from "../../src/providers/provider.ts";
import { createProvider, inboundContract, inboundOf, now, outboundContract, outboundOf } from "./contract.ts";
import { fixturesOf, goldenContract } from "./golden.ts";

const fixtures = fixturesOf("postmark");
const password = "a-password-of-the-webhook";
const settings = { server_token: "token", webhook: { username: "postmark", password } };
const basic = (text: string) => `Basic ${Buffer.from(text).toString("base64")}`;

function posted(body: Uint8Array | string, authorization = basic(`postmark:${password}`)): WebhookRequest {
  return { method: "POST", url: "/webhooks/postmark", headers: { authorization }, body: Buffer.from(body) };
}

const open = async (webhook: JsonObject = settings.webhook) =>
  inboundOf(await createProvider(postmark, { ...settings, webhook }));
const samples = fixtures.names.filter((name) => name !== "of-nobody.json").map(fixtures.read);

inboundContract("postmark", {
  open: () => createProvider(postmark, settings),
  signed: posted,
  samples,
  signsNothing: true,
});
goldenContract("postmark", fixtures, async (name) => (await open()).normalize(posted(fixtures.read(name)), now));

const message: OutgoingMessage = {
  intentId: "i_1",
  attempt: 1,
  contactId: "user-42",
  ruleId: "sales-demo",
  channel: "email",
  kind: "email",
  from: "Acme <hello@acme.example>",
  to: "ana@example.com",
  content: { subject: "Your demo", text: "Hi Ana", html: "<p>Hi Ana</p>" },
};

async function openAgainstFake(timeout: string, baseUrl?: string, more: JsonObject = {}) {
  const fake = await startPostmarkFake({ serverToken: "token", now: Date.now });
  const base = { server_token: "token", base_url: baseUrl ?? fake.url, timeout };
  const provider = await createProvider(postmark, { ...base, ...more });
  return {
    fake,
    outbound: outboundOf(provider),
    taken: () => fake.messages.length,
    script: fake.script,
    close: fake.close,
  };
}

outboundContract("postmark", {
  open: openAgainstFake,
  message,
  refused: { code: 300 },
  outcomes: [
    ["ok", { kind: "accepted", providerMessageId: expect.stringMatching(/^[0-9a-f-]{36}$/) }],
    ["429", { kind: "retryable", code: "429", afterMs: 2_000 }],
    ["500", { kind: "retryable", code: "http_500" }],
    ["401", { kind: "misconfigured", code: "10" }],
    ["accept-then-hang", { kind: "ambiguous", code: "timeout" }],
    ["accept-then-reset", { kind: "ambiguous" }],
    ["html-200", { kind: "ambiguous", code: "unexpected_answer" }],
    ["empty-200", { kind: "ambiguous", code: "unexpected_answer" }],
    ["opted-out", { kind: "rejected", code: "406", class: "opted_out" }],
    ["invalid", { kind: "rejected", code: "300", class: "invalid_address" }],
    [{ code: 100 }, { kind: "retryable", code: "100" }],
    [{ code: 300 }, { kind: "rejected", code: "300", class: "other" }],
    [{ code: 400 }, { kind: "misconfigured", code: "400" }],
    [{ code: 401 }, { kind: "misconfigured", code: "401" }],
    [{ code: 405 }, { kind: "misconfigured", code: "405" }],
    [{ code: 411 }, { kind: "rejected", code: "411", class: "content" }],
    [{ code: 412 }, { kind: "misconfigured", code: "412" }],
    [{ code: 413 }, { kind: "misconfigured", code: "413" }],
    [{ code: 1235 }, { kind: "misconfigured", code: "1235" }],
    [{ code: 9999 }, { kind: "rejected", code: "9999", class: "other" }],
    [{ code: 302 }, { kind: "misconfigured", code: "http_302" }],
    [{ code: 502 }, { kind: "ambiguous", code: "http_502" }],
    [{ code: 503 }, { kind: "retryable", code: "http_503" }],
  ],
});

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});
async function start(more: JsonObject = {}) {
  const opened = await openAgainstFake("5s", undefined, more);
  closing.push(opened.close, () => opened.outbound.close());
  return opened;
}

describe("a mail through postmark", () => {
  it("carries our ids as metadata and a Message-ID that an answer will name", async () => {
    const { fake, outbound } = await start();
    await outbound.send(message);
    expect(fake.messages[0]?.mail).toEqual({
      From: "Acme <hello@acme.example>",
      To: "ana@example.com",
      Subject: "Your demo",
      TextBody: "Hi Ana",
      HtmlBody: "<p>Hi Ana</p>",
      Tag: "sales-demo",
      MessageStream: "outbound",
      Headers: [
        { Name: "Message-ID", Value: "<heed.i_1@acme.example>" },
        { Name: "X-PM-KeepID", Value: "true" },
      ],
      Metadata: { heed_intent: "i_1", heed_rule: "sales-demo", heed_contact: "user-42" },
    });
  });

  it("goes through the stream of its class, tells mail programs where it ends, and is answered at an address of its own", async () => {
    const streams = { message_stream: "receipts", marketing_stream: "news", answers_to: "answers@in.example.com" };
    const { fake, outbound } = await start(streams);
    await outbound.send(message);
    await outbound.send({ ...message, unsubscribeUrl: "https://hooks.example.com/u/1" });
    expect(fake.messages.map(({ mail }) => mail["MessageStream"])).toEqual(["receipts", "news"]);
    expect(fake.messages[1]?.mail["ReplyTo"]).toBe("answers+i_1@in.example.com");
    expect(fake.messages[1]?.mail["Headers"]).toContainEqual({
      Name: "List-Unsubscribe",
      Value: "<https://hooks.example.com/u/1>",
    });
    expect(fake.messages[0]?.mail["Headers"]).toHaveLength(2);
  });

  it("leaves out metadata that is too long for postmark rather than being refused", async () => {
    const { fake, outbound } = await start();
    await outbound.send({ ...message, contactId: "x".repeat(81) });
    expect(fake.messages[0]?.mail["Metadata"]).toEqual({ heed_intent: "i_1", heed_rule: "sales-demo" });
  });

  it("never lets a line break into a header, nor two recipients into one message", async () => {
    const { fake, outbound, taken } = await start();
    await outbound.send({
      ...message,
      from: "Acme\r\nBcc: x <hello@acme.example>",
      content: { subject: "Hi\r\nBcc: all@example.com", text: "x" },
    });
    expect(fake.messages[0]?.mail).toMatchObject({
      From: "Acme Bcc: x <hello@acme.example>",
      Subject: "Hi Bcc: all@example.com",
    });
    const two = await outbound.send({ ...message, to: "ana@example.com,ben@example.com" });
    expect(two).toMatchObject({ kind: "rejected", class: "invalid_address" });
    expect(taken()).toBe(1);
  });

  it("is refused without a subject or a text, and misconfigured without a sender", async () => {
    const { outbound, taken } = await start();
    const outcome = await outbound.send({ ...message, content: { subject: "Hi" } });
    expect(outcome).toMatchObject({ kind: "rejected", class: "content" });
    expect(await outbound.send({ ...message, from: "Acme" })).toEqual({ kind: "misconfigured", code: "from_invalid" });
    expect(taken()).toBe(0);
  });

  it("speaks to a base URL with a path of its own", async () => {
    const { fake } = await start();
    const { outbound, close } = await openAgainstFake("5s", `${fake.url}/proxy`);
    closing.push(close, () => outbound.close());
    await outbound.send(message);
    expect(fake.calls.map(({ path }) => path)).toEqual(["/proxy/email"]);
  });
});

describe("a mail whose answer postmark lost", () => {
  const ask = async ({ outbound }: Awaited<ReturnType<typeof start>>, given: OutgoingMessage) => {
    if (outbound.reconcile === undefined) throw new Error("expected a look-up");
    return outbound.reconcile({ message: given, startedAt: Date.now(), known: [] });
  };

  it("is found among the recipient's messages by our id", async () => {
    const opened = await start();
    const { fake, outbound, script } = opened;
    await outbound.send({ ...message, intentId: "i_0" });
    script("accept-then-reset");
    expect(await outbound.send(message)).toMatchObject({ kind: "ambiguous" });
    expect(await ask(opened, message)).toEqual({ kind: "found", providerMessageId: fake.messages[1]?.id });
    expect(await ask(opened, { ...message, intentId: "i_2" })).toEqual({ kind: "not_found" });
    expect(await ask(opened, { ...message, to: "ben@example.com" })).toEqual({ kind: "not_found" });
    expect(fake.calls.at(-1)?.query).toMatchObject({ recipient: "ben@example.com" });
  });

  it("stays unknown while postmark can't be asked", async () => {
    const opened = await start({ server_token: "another" });
    expect(await ask(opened, message)).toEqual({ kind: "unavailable", code: "10" });
    await opened.close();
    expect(await ask(opened, message)).toEqual({ kind: "unavailable", code: "ECONNREFUSED" });
  });
});

describe("the proof of postmark", () => {
  const body = fixtures.read("delivery.json");
  const byHeader = { header: "X-Webhook-Secret", secret: "0123456789abcdef" };
  const withHeader = (secret?: string): WebhookRequest => ({
    ...posted(body),
    headers: secret === undefined ? {} : { "x-webhook-secret": secret },
  });

  it.each([
    ["no password", "", "signature_missing"],
    ["a token", "Bearer x", "signature_missing"],
    ["another password", basic("postmark:another-password-yet"), "signature_invalid"],
    ["another user", basic(`eve:${password}`), "signature_invalid"],
    ["a changed byte", basic(`postmark:${password}`.replace("a-p", "a-q")), "signature_invalid"],
    ["a password without its end", basic(`postmark:${password.slice(0, -1)}`), "signature_invalid"],
    ["what is no base64", "Basic %%%%", "signature_missing"],
  ])("with %s is refused", async (_, authorization, reason) => {
    expect((await open()).verify(posted(body, authorization), now)).toEqual({ ok: false, reason });
  });

  it("may be a header of its own", async () => {
    const inbound = await open(byHeader);
    expect(inbound.verify(withHeader(byHeader.secret), now)).toEqual({ ok: true });
    expect(inbound.verify(withHeader("0123456789abcdeg"), now)).toEqual({ ok: false, reason: "signature_invalid" });
    expect(inbound.verify(withHeader(), now)).toEqual({ ok: false, reason: "signature_missing" });
    expect(inbound.verify(posted(body), now)).toEqual({ ok: false, reason: "signature_missing" });
  });

  it("may be any of the secrets that are being rotated, and either way where both are configured", async () => {
    const rotated = await open({ ...byHeader, secret: ["fedcba9876543210", byHeader.secret] });
    expect(rotated.verify(withHeader("fedcba9876543210"), now)).toEqual({ ok: true });
    expect(rotated.verify(withHeader(byHeader.secret), now)).toEqual({ ok: true });
    const both = await open({ ...byHeader, username: "postmark", password: ["an-old-password-of-it", password] });
    expect(both.verify(withHeader(byHeader.secret), now)).toEqual({ ok: true });
    expect(both.verify(posted(body), now)).toEqual({ ok: true });
    expect(both.verify(posted(body, basic("postmark:an-old-password-of-it")), now)).toEqual({ ok: true });
    expect(both.verify(withHeader("fedcba9876543210"), now)).toEqual({ ok: false, reason: "signature_invalid" });
    expect(both.verify(withHeader(), now)).toEqual({ ok: false, reason: "signature_missing" });
  });
});

describe("a record of postmark", () => {
  const read = async (
    record: object,
    webhook: JsonObject = settings.webhook,
  ): Promise<Exclude<Normalized, { malformed: string }>> => {
    const normalized = (await open(webhook)).normalize(posted(JSON.stringify(record)), now);
    if ("malformed" in normalized) throw new Error(normalized.malformed);
    return normalized;
  };
  const sample = (name: string): JsonObject => {
    const parsed = parseJson(fixtures.read(name));
    if (!parsed.ok || !isJsonObject(parsed.value)) throw new Error(`expected an object in ${name}`);
    return parsed.value;
  };
  const click = sample("click.json");
  const idOf = async (record: object) => (await read(record)).events[0]?.event_id;

  it.each([
    ["no type and no sender", { RecordType: undefined }],
    ["a type that is no text", { RecordType: ["Click"] }],
    ["no recipient and no contact", { Recipient: undefined, Metadata: {} }],
    ["a recipient that is none and no contact", { Recipient: "ada at example.com", Metadata: null }],
    ["no time", { ReceivedAt: undefined }],
    ["a time that is none", { ReceivedAt: "soon" }],
    ["a contact id that is a list", { Metadata: { contact_id: ["c_1"] } }],
  ])("with %s is set aside", async (_, fields) => {
    const { events, quarantined } = await read({ ...click, ...fields });
    expect(events).toEqual([]);
    expect(quarantined).toHaveLength(1);
  });

  it("has the same id however its time is written, and another when something else happened", async () => {
    const id = await idOf(click);
    expect(await idOf({ ...click, ReceivedAt: "2023-11-14T17:21:00.4160710-05:00", Metadata: undefined })).toBe(id);
    const others = await Promise.all(
      [
        { ReceivedAt: "2023-11-14T22:21:01Z" },
        { OriginalLink: "https://app.example.com/other" },
        { Recipient: "ben@example.com" },
        { MessageID: "00000000-1111-4222-8333-444444444445" },
        { RecordType: "Open" },
      ].map((fields) => idOf({ ...click, ...fields })),
    );
    expect(new Set([id, ...others]).size).toBe(6);
    expect(id).not.toContain("ada");
  });

  it("tells two bounces apart whose numbers are beyond what a number holds", async () => {
    const bounce = fixtures.read("bounce-hard.json").replace("692560173", "4323372036854775807");
    const other = bounce.replace("444444444444", "444444444445");
    const ids = await Promise.all([bounce, other].map(async (text) => (await open()).normalize(posted(text), now)));
    const found = ids.flatMap((one) => ("events" in one ? one.events.map((event) => event.event_id) : []));
    expect(new Set(found).size).toBe(2);
  });

  it("never happened later than now", async () => {
    const { events } = await read({ ...click, ReceivedAt: "2033-11-14T22:21:00Z" });
    expect(events[0]?.occurred_at).toBe(new Date(now).toISOString());
  });

  it("belongs to our contact first, then the customer's metadata", async () => {
    const contact = async (metadata: object, webhook: JsonObject = {}) =>
      (await read({ ...click, Metadata: metadata }, { ...settings.webhook, ...webhook })).events[0]?.contact_id;
    expect(await contact({ heed_contact: "ours", contact_id: "theirs" })).toBe("ours");
    expect(await contact({ account: "a1" }, { contact_metadata: "account" })).toBe("a1");
    expect(await contact({})).toBeUndefined();
  });

  it("keeps nothing of what was attached to a mail, nor of a mail that came back", async () => {
    const stored = JSON.stringify([
      await read(sample("inbound.json")),
      await read(sample("bounce-hard.json")),
      await read({ ...sample("inbound.json"), From: "nobody" }),
    ]);
    expect(stored).toContain("note.txt");
    expect(stored).not.toMatch(/aGVsbG8=|Full dump/);
  });

  it("is kept as unreadable when it is no object of JSON", async () => {
    const inbound = await open();
    for (const body of ["", "[]", "{", "null", "5", "[".repeat(50_000)]) {
      expect(inbound.normalize(posted(body), now)).toHaveProperty("malformed");
    }
  });
});

describe("the settings of postmark", () => {
  const problems = (given: JsonObject) => {
    const configuration = postmark.configure(given);
    return configuration.ok
      ? []
      : configuration.problems.map(({ path, message: text }) => `${path.join(".")}: ${text}`);
  };
  const names = (given: JsonObject) => problems(given).map((text) => text.split(":")[0]);

  it("name every faulty key and never a value", () => {
    const given = {
      server_token: 5,
      base_url: "ftp://secret",
      timeout: "soon",
      answers_to: "SECRET",
      apikey: "SECRET",
      webhook: { username: "SECRET:x", password: "SECRET", header: "not a header", secret: ["SECRET"] },
    };
    expect(names(given).toSorted()).toEqual(
      [
        "server_token",
        "base_url",
        "timeout",
        "answers_to",
        "apikey",
        "webhook.username",
        "webhook.password",
        "webhook.header",
        "webhook.secret",
      ].toSorted(),
    );
    expect(problems(given).join()).not.toMatch(/SECRET|secret:\/|soon|ftp/);
  });

  it("want a secret in one of its two ways, whole", () => {
    expect(names({ server_token: "t", webhook: {} })).toEqual(["webhook.username"]);
    expect(names({ server_token: "t", webhook: { username: "postmark" } })).toEqual(["webhook.password"]);
    expect(names({ server_token: "t", webhook: { header: "x-secret" } })).toEqual(["webhook.secret"]);
  });

  it("may do without a webhook, which is then not there at all", async () => {
    expect(problems({ server_token: "t" })).toEqual([]);
    expect((await createProvider(postmark, { server_token: "t" })).inbound).toBeNull();
  });
});
