import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../src/core/model/json.ts";
import type { WebhookRequest } from "../../src/providers/provider.ts";
import { sourceDefinition } from "../../src/providers/registry.ts";
import { signStandardWebhook } from "../../src/providers/standard-webhooks.ts";
import { createProvider, inboundContract, inboundOf, now } from "./contract.ts";

const shop = sourceDefinition("shop");
const url = "/webhooks/shop";
const secret = "secret-of-the-shop";
const events: JsonObject = {
  each: "items",
  type: "topic",
  names: { "orders/create": "order.placed" },
  id: "order.id",
  occurred_at: "order.created_at",
  contact_id: "customer.id",
  email: "customer.email",
  phone: "customer.phone",
  data: { total: "order.total", first: "order.lines.0.title", shop: "$body.shop.name", via: "$headers.x-via" },
};
const settings: JsonObject = { auth: "hmac_sha256", header: "X-Shop-Signature", secret, events };
const order = {
  topic: "orders/create",
  order: { id: "o_1", created_at: "2023-11-14T22:13:20Z", total: 49.5, lines: [{ title: "Shirt" }] },
  customer: { id: 42, email: " Ada@Example.com ", phone: "(202) 555-0143" },
};
const sample = JSON.stringify({ shop: { name: "Acme" }, items: [order] });

const post = (body: Uint8Array | string, headers: WebhookRequest["headers"]): WebhookRequest => ({
  method: "POST",
  url,
  headers: { "content-type": "application/json", ...headers },
  body: Buffer.from(body),
});
const hmac = (body: Uint8Array | string, key = secret, encoding: "hex" | "base64" = "hex") =>
  createHmac("sha256", key).update(body).digest(encoding);
const signed = (body: Uint8Array | string) => post(body, { "x-shop-signature": hmac(body), "x-via": "proxy" });
const open = async (given: JsonObject = settings) => inboundOf(await createProvider(shop, given));
const read = async (body: unknown, mapping: JsonObject = {}, headers: WebhookRequest["headers"] = {}) => {
  const inbound = await open({ ...settings, events: { ...events, ...mapping } });
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const normalized = inbound.normalize({ ...signed(text), headers: { ...signed(text).headers, ...headers } }, now);
  if ("malformed" in normalized) throw new Error(normalized.malformed);
  return normalized;
};

inboundContract("a shop of sources", {
  open: () => createProvider(shop, settings),
  signed,
  samples: [sample],
});
inboundContract("a form of sources", {
  open: () => createProvider(shop, { ...settings, events: { event: "lead.form_sent", email: "email" } }),
  signed: (body) => ({
    ...signed(body),
    headers: { ...signed(body).headers, "content-type": "application/x-www-form-urlencoded; charset=utf-8" },
  }),
  samples: ["email=ada%40example.com&company=Example+Inc&ok=1"],
});

describe("what a source posts", () => {
  it("becomes events by the paths of its mapping", async () => {
    expect(await read(sample)).toStrictEqual({
      events: [
        {
          schema_version: 1,
          event_id: "o_1",
          event_type: "order.placed",
          occurred_at: "2023-11-14T22:13:20.000Z",
          received_at: new Date(now).toISOString(),
          provider: "shop",
          contact_id: "42",
          address: { email: "ada@example.com", phone: "+12025550143" },
          data: { total: 49.5, first: "Shirt", shop: "Acme", via: "proxy" },
        },
      ],
      quarantined: [],
    });
  });

  it("is one event without `each`, or a list of them, and keeps all of it without `data`", async () => {
    const inbound = await open({ ...settings, events: { event: "lead.form_sent", email: "email" } });
    const form = { email: "ada@example.com", company: "Example Inc" };
    expect(inbound.normalize(signed(JSON.stringify(form)), now)).toMatchObject({
      events: [{ event_type: "lead.form_sent", address: { email: "ada@example.com" }, data: form }],
    });
    expect(inbound.normalize(signed(JSON.stringify([form, form, 5])), now)).toMatchObject({
      events: [{ data: form }, { data: form }],
      quarantined: [{ reason: "element is not an object", payload: 5 }],
    });
  });

  it("may be a form, whose repeated fields are lists", async () => {
    const inbound = await open({
      ...settings,
      events: { event: "lead.form_sent", email: "email", data: { topics: "topic", second: "topic.1", plan: "plan" } },
    });
    const body = "email=ada%40example.com&topic=a&topic=b&plan=pro+plus";
    const request = { ...signed(body), headers: { "content-type": "application/x-www-form-urlencoded" } };
    expect(inbound.normalize(request, now)).toMatchObject({
      events: [{ data: { topics: ["a", "b"], second: "b", plan: "pro plus" } }],
    });
    const many = { ...request, body: Buffer.from(Array.from({ length: 1_001 }, (_, i) => `k${i}=1`).join("&")) };
    expect(inbound.normalize(many, now)).toHaveProperty("malformed");
  });

  it("is known by its id, or by its content when it has none", async () => {
    const id = async (fields: object, mapping: JsonObject = {}) =>
      (await read({ items: [{ ...order, ...fields }] }, mapping)).events[0]?.event_id;
    expect(await id({ order: { ...order.order, id: 77 } })).toBe("77");
    const byContent = await id({ order: { total: 1 } });
    expect(byContent).toMatch(/^[0-9a-f]{40}$/);
    expect(await id({ order: { total: 1 } })).toBe(byContent);
    expect(await id({ order: { total: 2 } })).not.toBe(byContent);
  });

  it("whose word has no name becomes an event `unknown` that tells the word", async () => {
    expect((await read({ items: [{ ...order, topic: "orders/teleported" }] })).events).toMatchObject([
      { event_type: "unknown", contact_id: "42", data: { type: "orders/teleported", total: 49.5 } },
    ]);
    expect(await read({ items: [{ topic: "orders/teleported" }] })).toMatchObject({
      events: [],
      quarantined: [{ reason: "event of unknown name, and without an identity" }],
    });
  });

  it("names its events itself without `names`, but never as Heed or a provider would", async () => {
    const type = async (word: string) => {
      const { names: _, ...unnamed } = events;
      const inbound = await open({ ...settings, events: { ...unnamed, type: "$headers.X-Topic" } });
      const request = signed(sample);
      const normalized = inbound.normalize({ ...request, headers: { ...request.headers, "x-topic": word } }, now);
      return "malformed" in normalized ? null : normalized.events[0]?.event_type;
    };
    expect(await type("Order Completed")).toBe("Order Completed");
    expect(await type("consent.granted")).toBe("unknown");
    expect(await type("sms.opted_in")).toBe("unknown");
  });

  it("may be a consent with its proof, and is set aside without", async () => {
    const inbound = await open({ ...settings, events: { event: "consent.granted", email: "email" } });
    const consent = { email: "ada@example.com", channel: "sms", source: "checkout", wording: "Text me." };
    const bare = { ...consent, wording: "\u200b" };
    expect(inbound.normalize(signed(JSON.stringify([consent, bare])), now)).toMatchObject({
      events: [{ event_type: "consent.granted", data: consent }],
      quarantined: [{ reason: expect.stringContaining("data.wording of consent.granted is missing"), payload: bare }],
    });
  });

  it.each([
    ["an id of a contact that is a map", { customer: { id: {} } }, "contact id is not a text of 1 to 100 characters"],
    ["a time that is none", { order: { created_at: "soon" } }, "what is at occurred_at (order.created_at) is no time"],
    ["no word", { topic: null }, "there is no word at type (topic)"],
    ["nobody", { customer: {} }, "event carries no identity: no contact id, address or anonymous id"],
    ["an address that is none", { customer: { email: "ada" } }, "no identity"],
  ])("with %s is set aside with the reason, and the rest is kept", async (_, fields, reason) => {
    const { events: kept, quarantined } = await read({ items: [{ ...order, ...fields }, order] });
    expect(kept.map((event) => event.event_id)).toEqual(["o_1"]);
    expect(quarantined).toMatchObject([{ reason: expect.stringContaining(reason) }]);
  });

  it("without a list where one should be is set aside", async () => {
    expect(await read({ shop: {} })).toMatchObject({
      events: [],
      quarantined: [{ reason: "there is nothing at each (items)" }],
    });
  });

  it("is read by own properties only, and nothing in it runs", async () => {
    const hostile = { contact_id: "$body.constructor.name", data: { a: "constructor.name", b: "order.toString" } };
    const [event] = (await read(sample, hostile)).events;
    expect(event?.address?.email).toBe("ada@example.com");
    expect(event?.data).toStrictEqual({});
    expect(event).not.toHaveProperty("contact_id");
  });
});

describe("the proof of a source", () => {
  const invalid = { ok: false, reason: "signature_invalid" };
  const missing = { ok: false, reason: "signature_missing" };
  const verdict = async (given: JsonObject, headers: WebhookRequest["headers"]) => {
    const { header: _, ...others } = settings;
    return (await open({ ...others, ...given })).verify(post(sample, headers), now);
  };

  it("is an HMAC in hex or base64, in any of the secrets that are being rotated", async () => {
    const base = { auth: "hmac_sha256", header: "x-sig", secret: ["old", secret] };
    expect(await verdict(base, { "x-sig": hmac(sample) })).toEqual({ ok: true });
    expect(await verdict(base, { "x-sig": `sha256=${hmac(sample).toUpperCase()}` })).toEqual({ ok: true });
    expect(await verdict(base, { "x-sig": hmac(sample, "old") })).toEqual({ ok: true });
    expect(await verdict(base, { "x-sig": hmac(sample, "another") })).toEqual(invalid);
    expect(await verdict(base, { "x-sig": hmac(sample, secret, "base64") })).toEqual(invalid);
    expect(await verdict(base, {})).toEqual(missing);
    const base64 = { ...base, encoding: "base64" };
    expect(await verdict(base64, { "x-sig": hmac(sample, secret, "base64") })).toEqual({ ok: true });
    expect(await verdict(base64, { "x-sig": hmac(sample) })).toEqual(invalid);
  });

  it("is the secret itself as a bearer token, as user and password, or in a header", async () => {
    const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString("base64")}` });
    expect(await verdict({ auth: "bearer" }, { authorization: `Bearer ${secret}` })).toEqual({ ok: true });
    expect(await verdict({ auth: "bearer" }, { authorization: "Bearer x" })).toEqual(invalid);
    expect(await verdict({ auth: "bearer" }, basic(secret))).toEqual(missing);
    expect(await verdict({ auth: "basic", secret: "ana:pass:word" }, basic("ana:pass:word"))).toEqual({ ok: true });
    expect(await verdict({ auth: "basic", secret: "ana:pass:word" }, basic("ana:pass"))).toEqual(invalid);
    expect(await verdict({ auth: "header", header: "X-Key" }, { "x-key": secret })).toEqual({ ok: true });
    expect(await verdict({ auth: "header", header: "X-Key" }, { "x-key": `${secret} ` })).toEqual(invalid);
  });

  it("is a signature of Standard Webhooks, whose id stands for a missing one", async () => {
    const key = `whsec_${Buffer.alloc(24, 7).toString("base64")}`;
    const { id: _, ...unnumbered } = events;
    const inbound = await open({ auth: "standard_webhooks", secret: key, events: unnumbered });
    const headers = signStandardWebhook(sample, "msg_1", now / 1_000, [key]);
    expect(inbound.verify(post(sample, headers), now)).toEqual({ ok: true });
    expect(inbound.verify(post(sample, headers), now + 301_000)).toEqual({ ok: false, reason: "timestamp_stale" });
    expect(inbound.normalize(post(sample, headers), now)).toMatchObject({ events: [{ event_id: "msg_1/0" }] });
  });
});

describe("the settings of a source", () => {
  const problems = (given: JsonObject) => {
    const configuration = shop.configure(given);
    return configuration.ok ? [] : configuration.problems.map(({ path }) => path.join("."));
  };

  it.each([
    ["has no secret", { secret: null }, ["secret"]],
    ["is proven in an unknown way", { auth: "hope" }, ["auth", "header"]],
    ["is signed nowhere", { header: null }, ["header"]],
    ["names a header that nobody reads", { auth: "bearer" }, ["header"]],
    ["has no user", { auth: "basic" }, ["secret", "header"]],
    ["has no events", { events: null }, ["events"]],
    ["says twice what they are", { events: { ...events, event: "order.placed" } }, ["events.event", "events.names"]],
    ["says nowhere what they are", { events: { email: "email" } }, ["events.event"]],
    ["says nowhere whom they concern", { events: { event: "a" } }, ["events.contact_id"]],
    ["has a path that is none", { events: { ...events, id: "order..id" } }, ["events.id"]],
    ["has a path that would run", { events: { ...events, data: { a: "$..[?(@.x)]" } } }, ["events.data"]],
    ["has a name that is none", { events: { ...events, names: { a: " " } } }, ["events.names"]],
    ["lifts a STOP", { events: { ...events, names: { back: "sms.opted_in" } } }, ["events.names"]],
    ["erases contacts", { events: { event: "contact.erased", email: "email" } }, ["events.event"]],
    ["joins contacts", { events: { event: "contact.merged", email: "email" } }, ["events.event"]],
    [
      "maps a consent without its proof",
      { events: { event: "consent.granted", email: "email", data: { channel: "to" } } },
      ["events.data"],
    ],
  ])("are refused when it %s", (_, given, paths) => {
    expect(problems({ ...settings, ...given })).toEqual(paths);
  });
});
