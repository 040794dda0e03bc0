import { readFileSync, readdirSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { JsonObject } from "../../src/core/model/json.ts";
import { isJsonObject, parseJson } from "../../src/core/model/parse-json.ts";
import type { OutgoingMessage, WebhookRequest } from "../../src/providers/provider.ts";
import { startSesFake } from "../../src/providers/ses/fake.ts";
import type { SesFake } from "../../src/providers/ses/fake.ts";
import { ses } from "../../src/providers/ses/ses.ts";
import { createSnsKeys, signSns } from "../../src/providers/ses/sign.ts";
import { createProvider, inboundContract, inboundOf, now, outboundContract, outboundOf } from "./contract.ts";

const folder = new URL("fixtures/ses/", import.meta.url);
const names = readdirSync(folder).filter((name) => !name.endsWith(".canonical.json"));
const read = (name: string): JsonObject => {
  const parsed = parseJson(readFileSync(new URL(name, folder), "utf8"));
  if (!parsed.ok || !isJsonObject(parsed.value)) throw new Error(`expected an object in ${name}`);
  return parsed.value;
};

const topic = "arn:aws:sns:us-east-1:123456789012:ses-events";
const keys = createSnsKeys();
const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret", region: "us-east-1" };
const configured = { region: "us-east-1", access_key_id: "AKIDEXAMPLE", secret_access_key: "secret" };
const notification = {
  Type: "Notification",
  MessageId: "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
  TopicArn: topic,
  Subject: "Amazon SES Email Event Notification",
  Message: "",
  Timestamp: "2023-11-14T22:13:26.000Z",
  SignatureVersion: "2",
  SigningCertURL: "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0123abcd.pem",
};
const around = (event: string): string => JSON.stringify({ ...notification, Message: event });

let fake: SesFake;
beforeAll(async () => {
  fake = await startSesFake({ ...credentials, certificate: keys.certificate });
});
afterAll(() => fake.close());

/** A request with this message as it is written, signed unless it is none. */
function signed(body: Uint8Array | string, privateKey = keys.privateKey): WebhookRequest {
  const text = Buffer.from(body).toString("utf8");
  const parsed = parseJson(text);
  const fields = Object.entries(parsed.ok && isJsonObject(parsed.value) ? parsed.value : {});
  const texts = fields.filter((field): field is [string, string] => typeof field[1] === "string");
  const signature = /^\{"Signature":"[^"]*",/.exec(signSns(Object.fromEntries(texts), privateKey))?.[0] ?? "";
  return {
    method: "POST",
    url: "/webhooks/ses",
    headers: { "content-type": "text/plain; charset=UTF-8", "x-amz-sns-topic-arn": topic },
    body: Buffer.from(text.includes('"Type"') ? text.replace("{", signature) : body),
  };
}

/** Ready to judge, as the door makes it before each request. */
async function open(snsUrl = fake.url, webhook: JsonObject = {}) {
  const settings = { ...configured, webhook: { topic_arn: topic, sns_url: snsUrl, ...webhook } };
  const provider = await createProvider(ses, settings);
  await inboundOf(provider).prepare?.(signed(around("{}")), now);
  return provider;
}

inboundContract("ses", { open, signed, samples: names.map((name) => around(JSON.stringify(read(name)))) });

const message: OutgoingMessage = {
  intentId: "0f".repeat(16),
  attempt: 1,
  contactId: "user:42",
  ruleId: "sales-demo",
  channel: "email",
  kind: "email",
  from: "Acme <hello@acme.example>",
  to: "ana@example.com",
  content: { subject: "Your demo", text: "Hi Ana", html: "<p>Hi Ana</p>" },
};

async function openAgainstFake(timeout: string, baseUrl?: string) {
  const server = await startSesFake({ ...credentials, certificate: null });
  const provider = await createProvider(ses, { ...configured, base_url: baseUrl ?? server.url, timeout });
  const { script, close } = server;
  return { fake: server, outbound: outboundOf(provider), taken: () => server.messages.length, script, close };
}

outboundContract("ses", {
  open: openAgainstFake,
  message,
  outcomes: [
    ["ok", { kind: "accepted", providerMessageId: "0100fake-1-000000" }],
    ["429", { kind: "retryable", code: "TooManyRequestsException" }],
    ["500", { kind: "retryable", code: "ServiceUnavailableException" }],
    ["401", { kind: "misconfigured", code: "UnrecognizedClientException" }],
    ["accept-then-hang", { kind: "ambiguous", code: "timeout" }],
    ["accept-then-reset", { kind: "ambiguous", code: "ECONNRESET" }],
    ["html-200", { kind: "ambiguous", code: "unexpected_answer" }],
    ["empty-200", { kind: "ambiguous", code: "unexpected_answer" }],
    ["invalid", { kind: "rejected", code: "illegal_address", class: "invalid_address" }],
    [{ code: 400 }, { kind: "rejected" }],
    [{ code: 403 }, { kind: "misconfigured" }],
    [{ code: 500 }, { kind: "ambiguous" }],
    [{ code: 302 }, { kind: "misconfigured" }],
  ],
});

describe("a mail through ses", () => {
  it("is signed, carries our ids as tags, and what mail programs need", async () => {
    const { fake: server, close } = await openAgainstFake("5s");
    const settings = {
      ...configured,
      base_url: server.url,
      configuration_set: "heed",
      answers_to: "answers@acme.example",
    };
    const outbound = outboundOf(await createProvider(ses, settings));
    expect(await outbound.send({ ...message, unsubscribeUrl: "https://heed.example/u" })).toMatchObject({
      kind: "accepted",
    });
    expect(server.messages[0]?.tags).toEqual({
      heed_intent: message.intentId,
      heed_rule: "sales-demo",
      heed_contact: Buffer.from("user:42").toString("base64url"),
    });
    expect(server.messages[0]?.request).toMatchObject({
      FromEmailAddress: "Acme <hello@acme.example>",
      Destination: { ToAddresses: ["ana@example.com"] },
      ReplyToAddresses: [`answers+${message.intentId}@acme.example`],
      ConfigurationSetName: "heed",
      Content: {
        Simple: {
          Subject: { Data: "Your demo", Charset: "UTF-8" },
          Body: { Text: { Data: "Hi Ana" }, Html: { Data: "<p>Hi Ana</p>" } },
          Headers: [
            { Name: "List-Unsubscribe", Value: "<https://heed.example/u>" },
            { Name: "List-Unsubscribe-Post", Value: "List-Unsubscribe=One-Click" },
          ],
        },
      },
    });
    await outbound.close();
    await close();
  });

  it("is not believed with another secret", async () => {
    const { fake: server, close } = await openAgainstFake("5s");
    const wrong = { ...configured, secret_access_key: "other", base_url: server.url };
    const outbound = outboundOf(await createProvider(ses, wrong));
    expect(await outbound.send(message)).toEqual({ kind: "misconfigured", code: "InvalidSignatureException" });
    await outbound.close();
    await close();
  });

  it.each([
    ["MessageRejected", { kind: "rejected", class: "content" }],
    ["SendingPausedException", { kind: "misconfigured" }],
    ["NotFoundException", { kind: "misconfigured" }],
    ["LimitExceededException", { kind: "retryable" }],
    ["identity_not_verified", { kind: "misconfigured" }],
  ])("that is refused with %s is %j", (code, outcome) => {
    expect(ses.outcomeOfRefusal?.({ status: 400, code, afterMs: null })).toMatchObject(outcome);
  });
});

describe("what ses says happened", () => {
  it.each(names)("in %s is read as its golden canonical form", async (name) => {
    const inbound = inboundOf(await open());
    const normalized = inbound.normalize(signed(around(JSON.stringify(read(name)))), now);
    expect(normalized).toEqual(read(name.replace(".json", ".canonical.json")));
  });

  it.each([
    ["no JSON", "hello", "no event of SES"],
    ["no name", "{}", "no name"],
    ["nobody", '{"eventType":"Send","mail":{"destination":["nobody"]}}', "no recipient"],
    [
      "a mail of ours",
      '{"notificationType":"Received","mail":{"destination":["us@acme.example"]},"content":"…"}',
      "raw MIME",
    ],
    ["no time", '{"eventType":"Open","mail":{"destination":["a@b.example"]},"open":{"timestamp":"soon"}}', "no time"],
  ])("with %s is set aside", async (_, event, reason) => {
    const inbound = inboundOf(await open());
    expect(inbound.normalize(signed(around(event)), now)).toMatchObject({
      events: [],
      quarantined: [{ reason: expect.stringContaining(reason) }],
    });
  });

  it("to greet a new topic concerns nobody", async () => {
    const inbound = inboundOf(await open());
    const greeting = around("Successfully validated SNS topic for Amazon SES event publishing.");
    expect(inbound.normalize(signed(greeting), now)).toEqual({ events: [], quarantined: [] });
  });
});
