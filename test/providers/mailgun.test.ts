import { createHash } from "node:crypto";
import { afterEach, describe, expect, it } from "vitest";
import { systemClock } from "../../src/cli/system-clock.ts";
import type { JsonObject } from "../../src/core/model/json.ts";
import { isJsonObject, parseJson } from "../../src/core/model/parse-json.ts";
import { startMailgunFake } from "../../src/providers/mailgun/fake.ts";
import type { MailgunFake } from "../../src/providers/mailgun/fake.ts";
import { mailgunWebhooks } from "../../src/providers/mailgun/fake-webhooks.ts";
import { mailgun } from "../../src/providers/mailgun/mailgun.ts";
import { signMailgun } from "../../src/providers/mailgun/sign.ts";
import type { CanonicalEvent } from "../../src/core/model/event.ts";
import type { Normalized, Provider, WebhookRequest } from "../../src/providers/provider.ts";
import { createProvider, inboundContract, inboundOf, now, outboundOf } from "./contract.ts";
import { fixturesOf, goldenContract } from "./golden.ts";

const fixtures = fixturesOf("mailgun");
const key = "key-of-webhooks";
const domain = "mg.example.com";
const settings = { api_key: "key", domain, webhook: { signing_key: key } };
const seconds = now / 1_000;
const boundary = "heed-boundary";

/** The body as Mailgun would sign it; a token is never used twice. */
function signed(given: Uint8Array | string, at: number | string = seconds, by = key): WebhookRequest {
  const text = Buffer.from(given).toString("utf8");
  const token = createHash("sha256").update(`${text} ${at} ${by}`).digest("hex").slice(0, 50);
  const signature = signMailgun(by, at, token);
  const post = (type: string, body: string): WebhookRequest => ({
    method: "POST",
    url: "/webhooks/mailgun",
    headers: { "content-type": type },
    body: Buffer.from(body),
  });
  if (/^\s*[[{]/.test(text)) {
    return post(
      "application/json",
      text.replace(/"signature":\s*\{[^}]*\}/, `"signature":${JSON.stringify(signature)}`),
    );
  }
  if (text.startsWith("--")) {
    const body = Object.entries(signature).reduce(
      (mail, [name, value]) => mail.replace(new RegExp(`(name="${name}"\r\n\r\n)[^\r]*`), `$1${value}`),
      text,
    );
    return post(`multipart/form-data; boundary=${boundary}`, body);
  }
  const body = Object.entries(signature).reduce(
    (form, [name, value]) => form.replace(new RegExp(`(^|&)${name}=[^&]*`), `$1${name}=${value}`),
    text,
  );
  return post("application/x-www-form-urlencoded", body);
}

const open = async (webhook: JsonObject = {}) =>
  inboundOf(await createProvider(mailgun, { ...settings, webhook: { ...settings.webhook, ...webhook } }));
const quiet = new Set(["stored.json", "routed.json", "list-member.json"]);
const samples = fixtures.names.filter((name) => !quiet.has(name)).map(fixtures.read);

inboundContract("mailgun", { open: () => createProvider(mailgun, settings), signed, samples });
goldenContract("mailgun", fixtures, async (name) =>
  (await open()).normalize(signed(fixtures.read(name), 1_700_000_050), now),
);

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

describe("the signature of mailgun", () => {
  const body = fixtures.read("clicked.json");

  it("is judged by the key of webhooks: another, or a changed value, is refused", async () => {
    const inbound = await open();
    expect(inbound.verify(signed(body), now)).toEqual({ ok: true });
    const refused = { ok: false, reason: "signature_invalid" };
    expect(inbound.verify(signed(body, seconds, "another key"), now)).toEqual(refused);
    for (const [was, is] of [
      [/"token":"./, '"token":"_'],
      [/"timestamp":"1/, '"timestamp":"2'],
      [/"signature":"../, '"signature":"zz'],
      [/"signature":"../, '"signature":"'],
    ] as const) {
      const changed = Buffer.from(signed(body).body).toString("utf8").replace(was, is);
      expect(inbound.verify({ ...signed(body), body: Buffer.from(changed) }, now)).toEqual(refused);
    }
  });

  it.each([
    ["no signature", (text: string) => text.replace(/"signature":\{[^}]*\},/, ""), "signature_missing"],
    ["an empty one", (text: string) => text.replace(/"signature":"[^"]*"/, '"signature":""'), "signature_missing"],
    ["no time", (text: string) => text.replace(/"timestamp":"[^"]*"/, '"timestamp":"soon"'), "timestamp_invalid"],
    [
      "milliseconds",
      (text: string) => text.replace(/"timestamp":"[^"]*"/, `"timestamp":"${now}"`),
      "timestamp_invalid",
    ],
    ["bytes that are no JSON", (text: string) => text.slice(0, -9), "signature_invalid"],
  ])("with %s is refused", async (_, change, reason) => {
    const request = signed(body);
    const changed = Buffer.from(change(Buffer.from(request.body).toString("utf8")));
    expect((await open()).verify({ ...request, body: changed }, now)).toEqual({ ok: false, reason });
  });

  it("holds for nine hours, and for five minutes ahead", async () => {
    const inbound = await open();
    const at = (age: number) => inbound.verify(signed(body, seconds - age), now);
    expect(at(9 * 3_600)).toEqual({ ok: true });
    expect(at(9 * 3_600 + 1)).toEqual({ ok: false, reason: "timestamp_stale" });
    expect(at(-300)).toEqual({ ok: true });
    expect(at(-301)).toEqual({ ok: false, reason: "timestamp_stale" });
    const strict = await open({ tolerance: "15m" });
    expect(strict.verify(signed(body, seconds - 901), now)).toEqual({ ok: false, reason: "timestamp_stale" });
  });

  it("speaks for one body: another under the same token is refused, the same again is a repetition", async () => {
    const inbound = await open();
    const request = signed(body);
    expect(inbound.verify(request, now)).toEqual({ ok: true });
    const forged = Buffer.from(request.body).toString("utf8").replace("ada@example.com", "eve@example.com");
    expect(inbound.verify({ ...request, body: Buffer.from(forged) }, now)).toEqual({
      ok: false,
      reason: "signature_invalid",
    });
    const trimmed = Buffer.from(Buffer.from(request.body).toString("utf8").trim());
    expect(inbound.verify({ ...request, body: trimmed }, now)).toEqual({ ok: false, reason: "signature_invalid" });
    expect(inbound.verify(request, now)).toEqual({ ok: true });
  });

  it("may be made with any of the keys that are being rotated", async () => {
    const inbound = await open({ signing_key: ["old", key] });
    expect(inbound.verify(signed(body, seconds, "old"), now)).toEqual({ ok: true });
    expect(inbound.verify(signed(body), now)).toEqual({ ok: true });
    expect(inbound.verify(signed(body, seconds, "older"), now).ok).toBe(false);
  });

  it("of a route stands among the fields of the mail, in one part or in several", async () => {
    const inbound = await open();
    for (const name of ["route.form", "route-with-attachment.multipart"]) {
      const mail = fixtures.read(name);
      expect(inbound.verify(signed(mail), now)).toEqual({ ok: true });
      expect(inbound.verify(signed(mail, seconds, "another key"), now).ok).toBe(false);
      expect(inbound.verify(signed(mail, seconds - 10 * 3_600), now)).toEqual({ ok: false, reason: "timestamp_stale" });
    }
    const many = signed(`${fixtures.read("route.form")}${"&a=b".repeat(1_000)}`);
    expect(inbound.verify(many, now)).toEqual({ ok: false, reason: "signature_invalid" });
  });
});

function eventDataOf(name: string): JsonObject {
  const parsed = parseJson(fixtures.read(name));
  const data = parsed.ok && isJsonObject(parsed.value) ? parsed.value["event-data"] : undefined;
  if (!isJsonObject(data)) throw new Error(`expected event-data in ${name}`);
  return data;
}

describe("an event of mailgun", () => {
  const read = async (data: unknown, webhook: JsonObject = {}): Promise<Exclude<Normalized, { malformed: string }>> => {
    const body = JSON.stringify({ signature: {}, "event-data": data });
    const normalized = (await open(webhook)).normalize(signed(body), now);
    if ("malformed" in normalized) throw new Error(normalized.malformed);
    return normalized;
  };
  const click = eventDataOf("clicked.json");

  it.each([
    ["no name", { event: undefined }],
    ["no id", { id: undefined }],
    ["an id of 101 characters", { id: "x".repeat(101) }],
    ["no recipient and no contact", { recipient: undefined, "user-variables": {} }],
    ["a recipient that is none and no contact", { recipient: "ada at example.com", "user-variables": {} }],
    ["a time that is text", { timestamp: "soon" }],
    ["an endless time", { timestamp: null }],
    ["a contact id that is a list", { "user-variables": { contact_id: ["c_1"] } }],
  ])("with %s is set aside", async (_, fields) => {
    const { events, quarantined } = await read({ ...click, ...fields });
    expect(events).toEqual([]);
    expect(quarantined).toHaveLength(1);
  });

  it("has the same id at every try, and another on the next day", async () => {
    const id = async (fields: object) => (await read({ ...click, ...fields })).events[0]?.event_id;
    expect(await id({})).toBe("2023-11-14:Y2xpY2tlZDkAAAAAAAAAAA");
    expect(await id({ timestamp: 1_700_009_000 })).toBe("2023-11-15:Y2xpY2tlZDkAAAAAAAAAAA");
  });

  it("never happened later than now", async () => {
    const { events } = await read({ ...click, timestamp: seconds + 86_400 });
    expect(events[0]?.occurred_at).toBe(new Date(now).toISOString());
  });

  it("belongs to our contact first, then the customer's variable", async () => {
    const contact = async (variables: object, webhook: JsonObject = {}) =>
      (await read({ ...click, "user-variables": variables }, webhook)).events[0]?.contact_id;
    expect(await contact({ heed_contact: "ours", contact_id: "theirs" })).toBe("ours");
    expect(await contact({ contact_id: 77 })).toBe("77");
    expect(await contact({ account: "a1" }, { contact_variable: "account" })).toBe("a1");
    expect(await contact({})).toBeUndefined();
  });

  it("brings variables back as data, but never in the place of what mailgun says", async () => {
    const { events } = await read({ ...click, "user-variables": { template: "receipt", url: "https://evil.example" } });
    expect(events[0]?.data).toMatchObject({ template: "receipt", url: "https://app.example.com/upgrade" });
  });

  it("is kept as unreadable when it is no object of JSON, and set aside without event-data", async () => {
    const inbound = await open();
    for (const body of ["[]", "{", "null", "[".repeat(50_000), ""]) {
      const request = { ...signed("{}"), body: Buffer.from(body) };
      expect(inbound.normalize(request, now)).toHaveProperty("malformed");
    }
    expect(inbound.normalize(signed("{}"), now)).toMatchObject({
      events: [],
      quarantined: [{ reason: "no event-data" }],
    });
  });
});

describe("the settings of mailgun", () => {
  const problems = (given: JsonObject) => {
    const configuration = mailgun.configure(given);
    return configuration.ok
      ? []
      : configuration.problems.map(({ path, message: text }) => `${path.join(".")}: ${text}`);
  };

  it("name every faulty key and never a value", () => {
    const found = problems({
      api_key: 5,
      domain: "SECRET/..",
      base_url: "ftp://secret",
      timeout: "soon",
      apikey: "SECRET",
      webhook: { tolerance: 9 },
    });
    expect(found.map((text) => text.split(":")[0]).toSorted()).toEqual(
      ["api_key", "apikey", "base_url", "domain", "timeout", "webhook.signing_key", "webhook.tolerance"].toSorted(),
    );
    expect(found.join()).not.toMatch(/SECRET|secret|soon|ftp/);
  });

  it("may do without a webhook, which is then not there at all", async () => {
    expect(problems({ api_key: "key", domain })).toEqual([]);
    expect((await createProvider(mailgun, { api_key: "key", domain })).inbound).toBeNull();
  });
});

describe("what the fake of mailgun reports", () => {
  it.each([
    ["accepted", ["email.processed"]],
    ["delivered", ["email.delivered"]],
    ["bounced", ["email.bounced"]],
    ["suppressed", ["email.dropped", "email.unsubscribed"]],
    ["opened", ["email.opened"]],
    ["machine-opened", ["email.opened"]],
    ["clicked", ["email.clicked"]],
    ["complained", ["email.complained"]],
    ["unsubscribed", ["email.unsubscribed"]],
    ["replied", ["email.replied"]],
    ["stopped", ["email.replied"]],
  ] as const)("as %s is read as %j of our message", async (kind, types) => {
    const webhooks = mailgunWebhooks(key, () => {});
    const form = { to: "ana@example.com", from: "Acme <hello@acme.example>", text: "Hi", "v:heed_intent": "i_1" };
    const taken = { id: "<heed.i_1@acme.example>", takenAt: now, form };
    const payload = webhooks.report(kind, taken, { happenedAt: now, serial: 1 });
    if (payload === null) throw new Error("expected a report");
    const { path: url, headers, body } = webhooks.request([payload], { at: now, forged: false });
    const inbound = await open();
    const request = { method: "POST", url, headers, body: Buffer.from(body) };
    expect(inbound.verify(request, now)).toEqual({ ok: true });
    const normalized = inbound.normalize(request, now);
    const events = "events" in normalized ? normalized.events : [];
    expect(events.map((event) => event.event_type)).toEqual(types);
    for (const event of events) {
      expect(event).toMatchObject({ message_id: "i_1", address: { email: "ana@example.com" } });
      expect(event.data["machine"]).toBe(kind === "machine-opened" ? true : undefined);
    }
  });
});

describe("what was missed at mailgun", () => {
  const collect = async (provider: Provider, since: number, until: number) => {
    const events: CanonicalEvent[] = [];
    const quarantined: unknown[] = [];
    if (provider.backfill === undefined) throw new Error("expected a backfill");
    for await (const page of provider.backfill(since, until)) {
      events.push(...page.events);
      quarantined.push(...page.quarantined);
    }
    return { events, quarantined };
  };
  const openWith = async (events: JsonObject[]): Promise<{ provider: Provider; fake: MailgunFake }> => {
    const fake = await startMailgunFake({ apiKey: "key", domain, now: Date.now, events });
    const clock = { ...systemClock, now: () => now };
    const provider = await createProvider(mailgun, { ...settings, base_url: fake.url }, { clock });
    closing.push(fake.close, () => outboundOf(provider).close());
    return { provider, fake };
  };

  it("comes page by page as the webhooks would have brought it, under the same ids", async () => {
    const names = fixtures.names.filter((name) => name.endsWith(".json"));
    const { provider } = await openWith(names.map(eventDataOf));
    const inbound = await open();
    const brought = names
      .map((name) => inbound.normalize(signed(fixtures.read(name)), now))
      .flatMap((one) => ("events" in one ? one.events : []));
    const { events, quarantined } = await collect(provider, 1_700_000_000_000, now);
    const byId = (all: readonly CanonicalEvent[]) => all.toSorted((a, b) => (a.event_id < b.event_id ? -1 : 1));
    expect(byId(events)).toEqual(byId(brought));
    expect(quarantined).toHaveLength(1);
  });

  it("goes on to the end of the list, and only as far back as asked", async () => {
    const many = Array.from({ length: 700 }, (_, index) => ({
      ...eventDataOf("delivered.json"),
      id: `id-${index}`,
      timestamp: 1_700_000_000 + index,
    }));
    const { provider, fake } = await openWith(many);
    const { events } = await collect(provider, 1_700_000_050_000, 1_700_000_649_000);
    expect(events).toHaveLength(600);
    expect(fake.calls.length).toBeGreaterThan(2);
  });

  it("ends with words for a person when mailgun refuses, and never names the key", async () => {
    const fake = await startMailgunFake({ apiKey: "another", domain, now: Date.now });
    closing.push(fake.close);
    const provider = await createProvider(mailgun, { ...settings, base_url: fake.url });
    const failing = collect(provider, 0, now);
    await expect(failing).rejects.toThrow("Mailgun could not be asked for its events: status 401");
    await fake.close();
    closing.pop();
    await expect(collect(provider, 0, now)).rejects.toThrow("ECONNREFUSED");
  });
});
