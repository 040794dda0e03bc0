import { generateKeyPairSync, randomBytes } from "node:crypto";
import { afterEach, describe, expect, it } from "vitest";
import { systemClock } from "../../src/cli/system-clock.ts";
import type { Json } from "../../src/core/model/json.ts";
import type { OutgoingMessage } from "../../src/providers/provider.ts";
import { startWebhookFake } from "../../src/providers/webhook/fake.ts";
import { webhook } from "../../src/providers/webhook/webhook.ts";
import { createProvider, now, outboundContract, outboundOf } from "./contract.ts";

const secret = `whsec_${randomBytes(32).toString("base64")}`;
const older = `whsec_${randomBytes(24).toString("base64")}`;
const body = { type: "lead.asked", timestamp: "2023-11-14T22:13:20Z", data: { id: "c_1001", name: "Zoë", score: 3 } };
const clock = { ...systemClock, now: () => now };

const message: OutgoingMessage = {
  intentId: "i_0123456789abcdef",
  attempt: 1,
  contactId: "user-42",
  ruleId: "lead-to-crm",
  channel: "crm",
  kind: "webhook",
  from: null,
  to: null,
  content: {},
  body,
};

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function openAgainstFake(timeout: string, baseUrl?: string, more: { readonly [key: string]: Json } = {}) {
  const fake = await startWebhookFake({ secrets: [secret], now: () => now });
  const url = `${baseUrl ?? fake.url}/hooks/heed?tenant=7`;
  const given = { url, secret, timeout, allow_hosts: ["127.0.0.1"], ...more };
  const outbound = outboundOf(await createProvider(webhook, given, { clock }));
  closing.push(() => outbound.close(), fake.close);
  return { fake, outbound, taken: () => fake.messages.length, script: fake.script, close: fake.close };
}

let number = 0;
/** Of the contract's messages each is another one: the receiver takes an id once. */
const contractMessage: OutgoingMessage = {
  ...message,
  get intentId() {
    number += 1;
    return `i_${number}`;
  },
};

outboundContract("webhook", {
  open: openAgainstFake,
  message: contractMessage,
  hasNoRecipient: true,
  outcomes: [
    ["ok", { kind: "accepted", providerMessageId: null }],
    ["empty-200", { kind: "accepted" }],
    ["html-200", { kind: "accepted" }],
    ["429", { kind: "retryable", code: "http_429", afterMs: 2_000 }],
    [{ code: 502 }, { kind: "retryable", code: "http_502", afterMs: null }],
    [{ code: 504 }, { kind: "retryable", code: "http_504" }],
    ["500", { kind: "ambiguous", code: "http_500" }],
    ["accept-then-hang", { kind: "ambiguous", code: "timeout" }],
    ["accept-then-reset", { kind: "ambiguous", code: "ECONNRESET" }],
    ["401", { kind: "misconfigured", code: "http_401" }],
    [{ code: 410 }, { kind: "misconfigured", code: "http_410" }],
    [{ code: 302 }, { kind: "misconfigured", code: "http_302" }],
    [{ code: 422 }, { kind: "rejected", class: "content" }],
    [{ code: 404 }, { kind: "rejected", class: "other" }],
  ],
});

describe("a message to a system of yours", () => {
  it("is what the author wrote, byte by byte under its signature, at the whole of its URL", async () => {
    const { fake, outbound } = await openAgainstFake("5s");
    await outbound.send(message);
    const [call] = fake.messages;
    expect(call?.url).toBe("/hooks/heed?tenant=7");
    expect(JSON.parse(call?.body ?? "")).toEqual(body);
    expect(call?.headers).toMatchObject({
      "content-type": "application/json",
      "webhook-id": message.intentId,
      "webhook-timestamp": String(now / 1_000),
    });
  });

  it("has the same id when it is repeated, so that the receiver takes it once", async () => {
    const { fake, outbound, script, taken } = await openAgainstFake("300ms");
    script("accept-then-hang");
    await outbound.send(message);
    expect(await outbound.send({ ...message, attempt: 2 })).toMatchObject({ kind: "accepted" });
    expect([fake.calls.length, taken()]).toEqual([2, 1]);
  });

  it("is signed with each secret while they are rotated, and refused by who knows none of them", async () => {
    const rotated = await openAgainstFake("5s", undefined, { secret: [older, secret] });
    expect(await rotated.outbound.send(message)).toMatchObject({ kind: "accepted" });
    expect(rotated.fake.calls[0]?.headers["webhook-signature"]).toMatch(/^v1,\S+ v1,\S+$/);
    const foreign = await openAgainstFake("5s", undefined, { secret: older });
    expect(await foreign.outbound.send(message)).toMatchObject({ kind: "misconfigured", code: "http_401" });
  });

  it("is signed with an ed25519 key that only we have the private half of", async () => {
    const pair = generateKeyPairSync("ed25519");
    const seed = Buffer.from(pair.privateKey.export({ format: "jwk" }).d ?? "", "base64url");
    const raw = Buffer.from(pair.publicKey.export({ format: "jwk" }).x ?? "", "base64url");
    const fake = await startWebhookFake({ secrets: [`whpk_${raw.toString("base64")}`], now: () => now });
    const key = `whsk_${Buffer.concat([seed, raw]).toString("base64")}`;
    const given = { url: fake.url, secret: key, allow_hosts: ["127.0.0.1"] };
    const outbound = outboundOf(await createProvider(webhook, given, { clock }));
    closing.push(() => outbound.close(), fake.close);
    expect(await outbound.send(message)).toMatchObject({ kind: "accepted" });
  });

  it("goes where its channel's own settings say, with its own secret, and other channels where all go", async () => {
    const usual = await startWebhookFake({ secrets: [secret], now: () => now });
    const billing = await startWebhookFake({ secrets: [older], now: () => now });
    const given = {
      url: usual.url,
      secret,
      channels: { billing: { url: billing.url, secret: older } },
      allow_hosts: "127.0.0.1",
    };
    const outbound = outboundOf(await createProvider(webhook, given, { clock }));
    closing.push(() => outbound.close(), usual.close, billing.close);
    await outbound.send(message);
    await outbound.send({ ...message, channel: "billing" });
    expect([usual.messages.length, billing.messages.length]).toEqual([1, 1]);
  });

  it("is not sent without a body, nor for another kind", async () => {
    const { outbound, fake } = await openAgainstFake("5s");
    const { body: _, ...empty } = message;
    expect(await outbound.send(empty)).toMatchObject({ kind: "rejected", class: "content" });
    expect(await outbound.send({ ...message, kind: "sms" })).toMatchObject({ code: "kind_unsupported" });
    const elsewhere = { ...message, to: "https://elsewhere.example.com" };
    expect(await outbound.send(elsewhere)).toMatchObject({ kind: "rejected", code: "to_unsupported" });
    expect(fake.calls).toEqual([]);
  });
});

describe("addresses of our own network", () => {
  const hostile = [
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0x7f.1",
    "[::ffff:127.0.0.1]",
    "[::]",
    "169.254.169.254",
    "localhost",
  ];

  it.each(hostile)("are refused unless they are allowed by name: %s", async (host) => {
    const outbound = outboundOf(await createProvider(webhook, { url: `https://${host}:8443/`, secret, timeout: "2s" }));
    closing.push(() => outbound.close());
    expect(await outbound.send(message)).toEqual({ kind: "misconfigured", code: "address_refused" });
  });

  it("are not reached by way of a redirect either", async () => {
    const { outbound, script, fake } = await openAgainstFake("5s");
    script({ code: 307 });
    expect(await outbound.send(message)).toMatchObject({ kind: "misconfigured", code: "http_307" });
    expect(fake.calls).toHaveLength(1);
  });

  it("are refused at other ports than those of the web", async () => {
    const outbound = outboundOf(await createProvider(webhook, { url: "https://crm.example.com:6379/", secret }));
    closing.push(() => outbound.close());
    expect(await outbound.send(message)).toMatchObject({ kind: "misconfigured", code: "address_refused" });
  });
});

describe("the settings of a webhook", () => {
  const problemsOf = (settings: Json) => {
    const configuration = webhook.configure(settings);
    return configuration.ok ? [] : configuration.problems.map(({ path, message: says }) => `${path.join(".")} ${says}`);
  };

  it.each<readonly [string, Json, string]>([
    ["no URL", { secret }, "url is required"],
    ["no secret", { url: "https://crm.example.com" }, "secret is required"],
    ["a short secret", { url: "https://crm.example.com", secret: "whsec_c2hvcnQ=" }, "secret expected whsec_"],
    [
      "plain text to the world",
      { url: "http://crm.example.com", secret },
      "url expected an address that begins with https",
    ],
    [
      "credentials in the URL",
      { url: "https://u:p@crm.example.com", secret },
      "url expected an address without credentials",
    ],
    ["another scheme", { url: "file:///etc/passwd", secret }, "url expected an address that begins with https"],
    ["a channel without a URL", { secret, channels: { crm: {} } }, "channels.crm.url is required"],
    [
      "a channel without a secret",
      { channels: { crm: { url: "https://a.example" } } },
      "channels.crm.secret is required",
    ],
    ["channels as a list", { secret, url: "https://a.example", channels: ["crm"] }, "channels expected a map"],
    ["a slip of the pen", { url: "https://a.example", secret, allowed: "x" }, "allowed is not known here"],
  ])("are refused with %s, without repeating a value", (_, settings, expected) => {
    const problems = problemsOf(settings);
    expect(
      problems.some((problem) => problem.startsWith(expected)),
      problems.join("\n"),
    ).toBe(true);
    expect(problems.join("\n")).not.toContain(secret.slice(6));
  });
});
