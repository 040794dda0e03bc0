import { readFileSync, readdirSync } from "node:fs";
import { generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../src/core/model/json.ts";
import { isJsonArray, isJsonObject, parseJson } from "../../src/core/model/parse-json.ts";
import type { Normalized, OutgoingMessage, WebhookRequest } from "../../src/providers/provider.ts";
import { startSendGridFake } from "../../src/providers/sendgrid/fake.ts";
import { readSender } from "../../src/providers/sendgrid/send.ts";
import { sendgrid } from "../../src/providers/sendgrid/sendgrid.ts";
import { createSendGridKeys, signSendGrid } from "../../src/providers/sendgrid/sign.ts";
import { signatureHeader, timestampHeader } from "../../src/providers/sendgrid/verify.ts";
import { createProvider, inboundContract, inboundOf, now, outboundContract, outboundOf } from "./contract.ts";

const folder = new URL("fixtures/sendgrid/", import.meta.url);
const names = readdirSync(folder).filter((name) => name.endsWith(".json") && !name.endsWith(".canonical.json"));
const sample = (name: string) => readFileSync(new URL(name, folder), "utf8");
const firstOf = (name: string): object => {
  const parsed = parseJson(sample(name));
  const element = parsed.ok && isJsonArray(parsed.value) ? parsed.value[0] : undefined;
  if (!isJsonObject(element)) throw new Error(`expected an array of events in ${name}`);
  return { ...element };
};
const keys = createSendGridKeys();
const settings = { api_key: "SG.key", webhook: { public_key: keys.publicKey } };
const seconds = now / 1_000;

function signed(
  body: Uint8Array | string,
  at: number | string = seconds,
  privateKey = keys.privateKey,
): WebhookRequest {
  return {
    method: "POST",
    url: "/webhooks/sendgrid",
    headers: signSendGrid(body, at, privateKey),
    body: Buffer.from(body),
  };
}

inboundContract("sendgrid", {
  open: () => createProvider(sendgrid, settings),
  signed,
  samples: names.filter((name) => name !== "account-status-change.json").map(sample),
});

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

async function openAgainstFake(timeout: string, baseUrl?: string) {
  const fake = await startSendGridFake({ apiKey: "SG.key" });
  const provider = await createProvider(sendgrid, { api_key: "SG.key", base_url: baseUrl ?? fake.url, timeout });
  return {
    fake,
    outbound: outboundOf(provider),
    taken: () => fake.messages.length,
    script: fake.script,
    close: fake.close,
  };
}

outboundContract("sendgrid", {
  open: openAgainstFake,
  message,
  outcomes: [
    ["ok", { kind: "accepted", providerMessageId: "fake000000000000000001" }],
    ["429", { kind: "retryable", code: "http_429", afterMs: 2_000 }],
    ["500", { kind: "retryable", code: "http_500" }],
    ["401", { kind: "misconfigured", code: "http_401" }],
    ["accept-then-hang", { kind: "ambiguous", code: "timeout" }],
    ["accept-then-reset", { kind: "ambiguous", code: "ECONNRESET" }],
    ["html-200", { kind: "ambiguous", code: "unexpected_answer" }],
    ["empty-200", { kind: "accepted", providerMessageId: null }],
    [{ code: 400 }, { kind: "rejected", code: "http_400", class: "content" }],
    [{ code: 403 }, { kind: "misconfigured", code: "http_403" }],
    [{ code: 404 }, { kind: "rejected", code: "http_404" }],
    [{ code: 413 }, { kind: "rejected", code: "http_413", class: "content" }],
    [{ code: 502 }, { kind: "ambiguous", code: "http_502" }],
    [{ code: 503 }, { kind: "retryable", code: "http_503" }],
    [{ code: 302 }, { kind: "misconfigured", code: "http_302" }],
  ],
});

describe("a mail through sendgrid", () => {
  it("carries our ids as custom arguments and both parts in order of richness", async () => {
    const { fake, outbound, close } = await openAgainstFake("5s");
    await outbound.send(message);
    expect(fake.messages[0]?.mail).toMatchObject({
      from: { email: "hello@acme.example", name: "Acme" },
      subject: "Your demo",
      personalizations: [{ to: [{ email: "ana@example.com" }] }],
      custom_args: { heed_intent: "i_1", heed_rule: "sales-demo", heed_contact: "user-42" },
      content: [
        { type: "text/plain", value: "Hi Ana" },
        { type: "text/html", value: "<p>Hi Ana</p>" },
      ],
    });
    await close();
  });

  it("never lets a line break into a header", async () => {
    const { fake, outbound, close } = await openAgainstFake("5s");
    await outbound.send({ ...message, content: { subject: "Hi\r\nBcc: all@example.com", text: "x" } });
    expect(fake.messages[0]?.mail["subject"]).toBe("Hi Bcc: all@example.com");
    await close();
  });

  it("is refused as an invalid address when sendgrid names the recipient as the fault", async () => {
    const { outbound, close } = await openAgainstFake("5s");
    const outcome = await outbound.send({ ...message, to: "nobody" });
    expect(outcome).toEqual({ kind: "rejected", code: "http_400", class: "invalid_address" });
    await close();
  });

  it("is refused without a subject or a text, and misconfigured without a sender", async () => {
    const { outbound, taken, close } = await openAgainstFake("5s");
    expect(await outbound.send({ ...message, content: { subject: "Hi" } })).toMatchObject({
      kind: "rejected",
      class: "content",
    });
    expect(await outbound.send({ ...message, from: "Acme" })).toEqual({ kind: "misconfigured", code: "from_invalid" });
    expect(taken()).toBe(0);
    await close();
  });

  it.each([
    ["hello@acme.example", { email: "hello@acme.example" }],
    ["Acme <hello@acme.example>", { name: "Acme", email: "hello@acme.example" }],
    ['"Acme, Inc." <hello@acme.example>', { name: "Acme, Inc.", email: "hello@acme.example" }],
    ["<hello@acme.example>", { email: "hello@acme.example" }],
    ["Acme\r\nBcc: x <hello@acme.example>", { name: "Acme Bcc: x", email: "hello@acme.example" }],
    ["Acme", null],
    ["a <b@c> <d@e>", null],
  ])("reads the sender %j", (text, sender) => {
    expect(readSender(text)).toEqual(sender);
  });
});

describe("the signature of sendgrid", () => {
  const open = async (webhook: JsonObject = {}) =>
    inboundOf(await createProvider(sendgrid, { ...settings, webhook: { ...settings.webhook, ...webhook } }));
  const body = sample("click.json");

  it("covers the bytes as sent: the CRLF between elements and at the end of real bodies", async () => {
    const inbound = await open();
    const real = '[{"email":"ana@example.com"},\r\n{"email":"ben@example.com"}]\r\n';
    expect(inbound.verify(signed(real), now)).toEqual({ ok: true });
    const { headers } = signed(real);
    expect(inbound.verify({ ...signed(real), headers, body: Buffer.from(real.trim()) }, now).ok).toBe(false);
  });

  it.each([
    ["is missing", { [signatureHeader]: undefined }, "signature_missing"],
    ["is empty", { [signatureHeader]: "" }, "signature_missing"],
    ["has another length", { [signatureHeader]: "MEUCIQ==" }, "signature_invalid"],
    ["is not base64", { [signatureHeader]: "%%%%" }, "signature_invalid"],
    ["is very long", { [signatureHeader]: "A".repeat(15_000) }, "signature_invalid"],
    ["comes twice", { [signatureHeader]: `${signed(body).headers[signatureHeader]}, x` }, "signature_invalid"],
    ["has no timestamp", { [timestampHeader]: undefined }, "timestamp_invalid"],
    ["has a timestamp that is no number", { [timestampHeader]: "NaN" }, "timestamp_invalid"],
    ["has a negative timestamp", { [timestampHeader]: "-1700000000" }, "timestamp_invalid"],
    ["has milliseconds", { [timestampHeader]: String(now) }, "timestamp_invalid"],
    ["has a fraction", { [timestampHeader]: "1700010000.5" }, "timestamp_invalid"],
    ["has another timestamp than was signed", { [timestampHeader]: String(seconds + 1) }, "signature_invalid"],
  ])("that %s is refused", async (_, headers, reason) => {
    const inbound = await open();
    const request = signed(body);
    expect(inbound.verify({ ...request, headers: { ...request.headers, ...headers } }, now)).toEqual({
      ok: false,
      reason,
    });
  });

  it("holds for 25 hours, because retries run for 24 and may not be signed anew, and 5 minutes ahead", async () => {
    const inbound = await open();
    const at = (age: number) => inbound.verify(signed(body, seconds - age), now);
    expect(at(25 * 3_600)).toEqual({ ok: true });
    expect(at(25 * 3_600 + 1)).toEqual({ ok: false, reason: "timestamp_stale" });
    expect(at(-300)).toEqual({ ok: true });
    expect(at(-301)).toEqual({ ok: false, reason: "timestamp_stale" });
  });

  it("holds as long as the workspace says", async () => {
    const inbound = await open({ tolerance: "5m" });
    expect(inbound.verify(signed(body, seconds - 300), now)).toEqual({ ok: true });
    expect(inbound.verify(signed(body, seconds - 301), now)).toEqual({ ok: false, reason: "timestamp_stale" });
  });

  it("may be made with any of the keys that are being rotated", async () => {
    const next = createSendGridKeys();
    const inbound = await open({ public_key: [keys.publicKey, next.publicKey] });
    expect(inbound.verify(signed(body, seconds, next.privateKey), now)).toEqual({ ok: true });
    expect(inbound.verify(signed(body, seconds, createSendGridKeys().privateKey), now).ok).toBe(false);
  });
});

describe("what sendgrid says happened", () => {
  const normalize = async (
    body: string,
    webhook: JsonObject = {},
  ): Promise<Exclude<Normalized, { malformed: string }>> => {
    const provider = await createProvider(sendgrid, { ...settings, webhook: { ...settings.webhook, ...webhook } });
    const normalized = inboundOf(provider).normalize(signed(body), now);
    if ("malformed" in normalized) throw new Error(normalized.malformed);
    return normalized;
  };
  const one = (fields: object) => JSON.stringify([Object.assign(firstOf("click.json"), fields)]);

  it.each(names)("in %s is read as its golden canonical form", async (name) => {
    const golden = parseJson(sample(name.replace(".json", ".canonical.json")));
    expect({ ok: true, value: await normalize(sample(name)) }).toStrictEqual(golden);
  });

  it.each([
    ["no name", { event: undefined }],
    ["no id", { sg_event_id: undefined }],
    ["an id of 101 characters", { sg_event_id: "x".repeat(101) }],
    ["an id that is an object", { sg_event_id: {} }],
    ["an id with broken UTF-8", { sg_event_id: "x\uFFFD" }],
    ["no address", { email: undefined }],
    ["an address that is none", { email: "ada at example.com" }],
    ["an address with broken UTF-8", { email: "ada\uFFFD@example.com" }],
    ["a time that is text", { timestamp: "soon" }],
    ["a negative time", { timestamp: -5 }],
    ["an endless time", { timestamp: null }],
    ["a contact id that is a list", { contact_id: ["c_1"] }],
  ])("with %s is set aside while the rest of the batch is kept", async (_, fields) => {
    const batch = JSON.stringify([Object.assign(firstOf("click.json"), fields), firstOf("open.json")]);
    const { events, quarantined } = await normalize(batch);
    expect(events.map((event) => event.event_type)).toEqual(["email.opened"]);
    expect(quarantined).toHaveLength(1);
    expect(quarantined[0]?.reason).toBeTruthy();
  });

  it("with an unknown name is kept as what it is, under the name that SendGrid gave it", async () => {
    const { events, quarantined } = await normalize(one({ event: "pirouette" }));
    expect(events).toMatchObject([{ event_type: "unknown", data: { type: "pirouette" } }]);
    expect(quarantined).toEqual([]);
  });

  it.each([
    ["Unsubscribed Address", "email.unsubscribed"],
    ["Spam Reporting Address", "email.complained"],
    ["Bounced Address", "email.bounced"],
  ])("of a mail dropped because of a %s tells what SendGrid knew and we did not", async (reason, adopted) => {
    const { events } = await normalize(one({ event: "dropped", reason }));
    expect(events.map(({ event_type: type }) => type)).toEqual(["email.dropped", adopted]);
    expect(events[1]).toMatchObject({ address: events[0]?.address, data: { adopted: true, reason } });
    expect(new Set(events.map(({ event_id: id }) => id)).size).toBe(2);
    const { events: others } = await normalize(one({ event: "dropped", reason: "Spam Content" }));
    expect(others).toHaveLength(1);
  });

  it.each([["5"], ["null"], ['"text"'], ["[[]]"]])("as the element %s is set aside", async (element) => {
    expect(await normalize(`[${element}]`)).toMatchObject({
      events: [],
      quarantined: [{ reason: "element is not an object" }],
    });
  });

  it("takes milliseconds for what they are and clamps the future to now", async () => {
    const times = await Promise.all(
      [{ timestamp: 1_700_003_660_123 }, { timestamp: now / 1_000 + 86_400 }, { timestamp: 1e300 }].map((fields) =>
        normalize(one(fields)),
      ),
    );
    expect(times.map(({ events }) => events[0]?.occurred_at)).toEqual([
      "2023-11-14T23:14:20.123Z",
      new Date(now).toISOString(),
      new Date(now).toISOString(),
    ]);
  });

  it("belongs to our contact first, then the customer's argument, then the marketing user id", async () => {
    const contact = async (fields: object, webhook: JsonObject = {}) =>
      (await normalize(one(fields), webhook)).events[0]?.contact_id;
    expect(await contact({ heed_contact: "ours", user_id: "theirs" })).toBe("ours");
    expect(await contact({ user_id: "theirs" })).toBe("c_1001");
    expect(await contact({ account: "a1" }, { contact_arg: "account" })).toBe("a1");
    expect(await contact({ contact_id: undefined, user_id: 77 })).toBe("77");
    expect(await contact({ contact_id: undefined })).toBeUndefined();
  });

  it("is malformed as a whole when the body is no array of JSON", async () => {
    const inbound = inboundOf(await createProvider(sendgrid, settings));
    for (const body of ["", "{}", "null", "[", `${"[".repeat(50_000)}${"]".repeat(50_000)}`]) {
      expect(inbound.normalize(signed(body), now)).toHaveProperty("malformed");
    }
    expect(inbound.normalize(signed("[]"), now)).toEqual({ events: [], quarantined: [] });
  });
});

describe("the settings of sendgrid", () => {
  const problems = (given: JsonObject) => {
    const configuration = sendgrid.configure(given);
    return configuration.ok ? [] : configuration.problems.map(({ path, message }) => `${path.join(".")}: ${message}`);
  };

  it("name every faulty key and never a value", () => {
    const p384 = generateKeyPairSync("ec", { namedCurve: "secp384r1" }).publicKey.export({
      format: "der",
      type: "spki",
    });
    const found = problems({
      api_key: 5,
      base_url: "ftp://secret",
      timeout: "soon",
      apikey: "SECRET",
      webhook: { public_key: p384.toString("base64"), tolerance: 9 },
    });
    expect(found.map((text) => text.split(":")[0])).toEqual([
      "api_key",
      "base_url",
      "timeout",
      "webhook.public_key",
      "webhook.tolerance",
      "apikey",
    ]);
    expect(found.join()).not.toMatch(/SECRET|secret|soon|ftp/);
  });

  it("may do without a webhook, which is then not there at all", async () => {
    expect(problems({ api_key: "SG.key" })).toEqual([]);
    expect((await createProvider(sendgrid, { api_key: "SG.key" })).inbound).toBeNull();
  });

  it("know what the provider can do without loading its SDK", () => {
    expect(sendgrid.capabilities).toEqual({ kinds: ["email"], idempotencyKey: false, lookup: false });
  });
});
