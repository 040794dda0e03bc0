import { afterEach, describe, expect, it } from "vitest";
import { systemClock } from "../../src/cli/system-clock.ts";
import type { CanonicalEvent } from "../../src/core/model/event.ts";
import type { JsonObject } from "../../src/core/model/json.ts";
import { isJsonObject, parseJson } from "../../src/core/model/parse-json.ts";
import { startPostmarkFake } from "../../src/providers/postmark/fake.ts";
import { postmarkWebhooks } from "../../src/providers/postmark/fake-webhooks.ts";
import { postmark } from "../../src/providers/postmark/postmark.ts";
import type { Normalized, Provider, WebhookRequest } from "../../src/providers/provider.ts";
import { createProvider, inboundContract, inboundOf, now, outboundOf } from "./contract.ts";
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

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
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

  it("brings metadata back as data, but never in the place of what postmark says", async () => {
    const { events } = await read({ ...click, Metadata: { template: "receipt", url: "https://evil.example" } });
    expect(events[0]?.data).toMatchObject({ template: "receipt", url: "https://app.example.com/upgrade" });
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

describe("what the fake of postmark reports", () => {
  it.each([
    ["delivered", "email.delivered"],
    ["bounced", "email.bounced"],
    ["opened", "email.opened"],
    ["clicked", "email.clicked"],
    ["complained", "email.complained"],
    ["unsubscribed", "email.unsubscribed"],
    ["replied", "email.replied"],
    ["stopped", "email.replied"],
  ] as const)("as %s is read as %s of our message", async (kind, type) => {
    const webhooks = postmarkWebhooks({ authorization: basic(`postmark:${password}`) }, () => {});
    const mail = {
      To: "ana@example.com",
      From: "Acme <hello@acme.example>",
      TextBody: "See https://acme.example/offer",
      Headers: [{ Name: "Message-ID", Value: "<heed.i_1@acme.example>" }],
      Metadata: { heed_intent: "i_1" },
    };
    const record = webhooks.report(kind, { id: "1", takenAt: now, mail }, { happenedAt: now, serial: 1 });
    if (record === null) throw new Error("expected a report");
    const { path: url, headers, body } = webhooks.request([record], { at: now, forged: false });
    const inbound = await open();
    const request = { method: "POST", url, headers, body: Buffer.from(body) };
    expect(inbound.verify(request, now)).toEqual({ ok: true });
    const normalized = inbound.normalize(request, now);
    expect("events" in normalized ? normalized.events : []).toMatchObject([
      { event_type: type, message_id: "i_1", address: { email: "ana@example.com" } },
    ]);
  });

  it("says nothing of a mail that was taken, nor of machines", () => {
    const webhooks = postmarkWebhooks({}, () => {});
    for (const kind of ["accepted", "suppressed", "machine-opened"] as const) {
      const told = webhooks.report(kind, { id: "1", takenAt: now, mail: {} }, { happenedAt: now, serial: 1 });
      expect(told).toBeNull();
    }
  });
});

describe("what was missed at postmark", () => {
  const at = Date.parse("2023-11-14T22:13:20Z");
  const id = "00000000-1111-4222-8333-444444444444";
  const metadata = { heed_intent: "i_0123456789abcdef", heed_contact: "user-42" };
  const recordsIn = (...names: readonly string[]): JsonObject[] =>
    names.map((name) => {
      const parsed = parseJson(fixtures.read(`${name}.json`));
      if (!parsed.ok || !isJsonObject(parsed.value)) throw new Error(`expected an object in ${name}`);
      const isMail = parsed.value["RecordType"] === undefined;
      return isMail ? parsed.value : Object.assign({}, parsed.value, { Metadata: metadata });
    });
  const openWith = async (records: JsonObject[], takenAt = at) => {
    const mail = { To: "ada@example.com", Tag: "trial_day_3", MessageStream: "outbound", Metadata: metadata };
    const fake = await startPostmarkFake({
      serverToken: "token",
      now: Date.now,
      records,
      messages: [{ id, takenAt, mail }],
    });
    const clock = { ...systemClock, now: () => now };
    const provider = await createProvider(postmark, { ...settings, base_url: fake.url }, { clock });
    closing.push(fake.close, () => outboundOf(provider).close());
    return { fake, provider };
  };
  const collect = async (provider: Provider, since: number, until: number) => {
    const events: CanonicalEvent[] = [];
    if (provider.backfill === undefined) throw new Error("expected a backfill");
    for await (const page of provider.backfill(since, until)) {
      events.push(...page.events);
      expect(page.quarantined).toEqual([]);
    }
    return events;
  };

  it("comes under the same ids as the webhooks would have brought it, with our ids", async () => {
    const records = recordsIn(
      "delivery",
      "bounce-transient",
      "bounce-manually-deactivated",
      "spam-complaint",
      "subscription-change-unsubscribed",
      "inbound-of-ours",
      "open",
      "click",
    );
    const { provider } = await openWith(records);
    const inbound = await open();
    const brought = records
      .map((record) => inbound.normalize(posted(JSON.stringify(record)), now))
      .flatMap((one) => ("events" in one ? one.events : []));
    const events = await collect(provider, at - 3_600_000, now);
    const known = (all: readonly CanonicalEvent[]) =>
      all.map((event) => `${event.event_type} ${event.event_id} ${event.address?.email}`).toSorted();
    expect(known(events)).toEqual(known(brought));
    // A suppression does not say by which message it came about.
    const ofMessages = events.filter(({ data }) => data["SuppressSending"] === undefined);
    for (const event of ofMessages) expect(event.message_id).toBe("i_0123456789abcdef");
    const reply = events.find((event) => event.event_type === "email.replied");
    expect(reply?.occurred_at).toBe("2023-11-14T22:13:19.000Z");
  });

  it("is only what happened in the time asked for", async () => {
    const { provider } = await openWith(recordsIn("delivery", "bounce-hard", "open", "click", "inbound"));
    const delivered = Date.parse("2023-11-14T22:13:25Z");
    const types = async (since: number, until: number) =>
      (await collect(provider, since, until)).map((event) => event.event_type).toSorted();
    expect(await types(delivered, delivered)).toEqual(["email.bounced", "email.delivered"]);
    expect(await types(Date.parse("2023-11-14T22:20:00Z"), now)).toEqual(["email.clicked", "email.opened"]);
    expect(await types(now, now)).toEqual([]);
  });

  it("asks once for each message, and goes without our ids where postmark has forgotten it", async () => {
    const opens = recordsIn("open");
    const other = { ...opens[0], MessageID: "99999999-1111-4222-8333-444444444444" };
    const { provider, fake } = await openWith([...opens, other, { ...other, ReceivedAt: "2023-11-14T22:21:09Z" }]);
    const events = await collect(provider, at, now);
    expect(events.map((event) => event.message_id).toSorted()).toEqual([
      "99999999-1111-4222-8333-444444444444",
      "99999999-1111-4222-8333-444444444444",
      "i_0123456789abcdef",
    ]);
    expect(fake.calls.filter(({ path }) => path.endsWith("/details"))).toHaveLength(2);
  });

  it("goes through all pages, and says so where postmark lists no more", async () => {
    const [click] = recordsIn("click");
    const clicks = (count: number) =>
      Array.from({ length: count }, (_, index) => ({
        ...click,
        OriginalLink: `https://a.example/${index}`,
      }));
    const { provider } = await openWith(clicks(1_200));
    expect(await collect(provider, at, now)).toHaveLength(1_200);
    const { provider: busy } = await openWith(clicks(10_000));
    await expect(collect(busy, at, now)).rejects.toThrow("Postmark lists 10000 Clicks at most");
  });

  it("ends with words for a person when postmark refuses", async () => {
    const { provider, fake } = await openWith([]);
    const other = await createProvider(postmark, { ...settings, server_token: "another", base_url: fake.url });
    closing.push(() => outboundOf(other).close());
    await expect(collect(other, at, now)).rejects.toThrow("Postmark could not be asked for what it reported: error 10");
    await fake.close();
    closing.shift();
    await expect(collect(provider, at, now)).rejects.toThrow("ECONNREFUSED");
  });
});
