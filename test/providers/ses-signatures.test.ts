import { afterEach, describe, expect, it } from "vitest";
import type { JsonObject } from "../../src/core/model/json.ts";
import type { WebhookRequest } from "../../src/providers/provider.ts";
import { startSesFake } from "../../src/providers/ses/fake.ts";
import { ses } from "../../src/providers/ses/ses.ts";
import { createSnsKeys, signSns } from "../../src/providers/ses/sign.ts";
import { signAws } from "../../src/providers/ses/sigv4.ts";
import { createProvider, inboundOf, now, outboundOf } from "./contract.ts";

const topic = "arn:aws:sns:us-east-1:123456789012:ses-events";
const host = "https://sns.us-east-1.amazonaws.com";
const keys = createSnsKeys();
const notification = {
  Type: "Notification",
  MessageId: "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
  TopicArn: topic,
  Message: '{"eventType":"Send","mail":{"destination":["ada@example.com"]}}\n',
  Timestamp: "2023-11-14T22:13:26.000Z",
  SignatureVersion: "2",
  SigningCertURL: `${host}/SimpleNotificationService-0123abcd.pem`,
};
const confirmation = {
  ...notification,
  Type: "SubscriptionConfirmation",
  Token: "2336412f37fexample",
  SubscribeURL: `${host}/?Action=ConfirmSubscription&TopicArn=${topic}&Token=2336412f37fexample`,
};
const signedAt = Date.parse(notification.Timestamp);

type Fields = Readonly<Record<string, string>>;

function request(fields: Fields, privateKey = keys.privateKey): WebhookRequest {
  return toRequest(signSns(fields, privateKey));
}
function toRequest(body: string): WebhookRequest {
  return { method: "POST", url: "/webhooks/ses", headers: { "content-type": "text/plain" }, body: Buffer.from(body) };
}

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function open(webhook: JsonObject = {}, certificate: string | null = keys.certificate) {
  const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret", region: "us-east-1" };
  const fake = await startSesFake({ ...credentials, certificate });
  const provider = await createProvider(ses, {
    region: "us-east-1",
    access_key_id: "AKIDEXAMPLE",
    secret_access_key: "secret",
    base_url: fake.url,
    webhook: { topic_arn: topic, sns_url: fake.url, ...webhook },
  });
  closing.push(() => outboundOf(provider).close(), fake.close);
  const inbound = inboundOf(provider);
  /** As the door does it: `unavailable` is its 503. */
  const judge = async (given: WebhookRequest, at = now) => {
    const ready = (await inbound.prepare?.(given, at)) ?? true;
    if (!ready) return "unavailable";
    const verification = inbound.verify(given, at);
    return verification.ok ? "ok" : verification.reason;
  };
  return { judge, inbound, snsCalls: fake.snsCalls };
}

describe("the signature of SNS", () => {
  it.each([
    ["version 2", notification],
    ["version 1", { ...notification, SignatureVersion: "1" }],
    ["a subject", { ...notification, Subject: "Amazon SES Email Event Notification" }],
    ["a confirmation", confirmation],
    ["the end of a subscription", { ...confirmation, Type: "UnsubscribeConfirmation" }],
  ])("is good with %s", async (_, fields) => {
    const { judge } = await open();
    expect(await judge(request(fields))).toBe("ok");
  });

  it.each(["Message", "MessageId", "Timestamp", "Subject"])("is bad after a change of %s", async (name) => {
    const { judge } = await open();
    const fields: Fields = { ...notification, Subject: "a subject " };
    const signedFields: Fields = JSON.parse(signSns(fields, keys.privateKey)) as Fields;
    const trimmed = { ...signedFields, [name]: (fields[name] ?? "").slice(0, -1) };
    expect(await judge(toRequest(JSON.stringify(trimmed)))).toBe("signature_invalid");
  });

  it("is bad with another key, in another version and without a known one", async () => {
    const { judge } = await open();
    expect(await judge(request(notification, createSnsKeys().privateKey))).toBe("signature_invalid");
    const inVersion2 = signSns(notification, keys.privateKey);
    expect(await judge(toRequest(inVersion2.replace('"SignatureVersion":"2"', '"SignatureVersion":"1"')))).toBe(
      "signature_invalid",
    );
    expect(await judge(toRequest(inVersion2.replace('"SignatureVersion":"2"', '"SignatureVersion":"3"')))).toBe(
      "signature_invalid",
    );
    expect(await judge(toRequest(JSON.stringify(notification)))).toBe("signature_missing");
    expect(await judge(toRequest("not JSON"))).toBe("signature_missing");
  });

  it("holds for 25 hours and 5 minutes ahead, or as long as the workspace says", async () => {
    const { judge } = await open();
    const { judge: strict } = await open({ tolerance: "5m" });
    const given = request(notification);
    expect(await judge(given, signedAt + 25 * 3_600_000)).toBe("ok");
    expect(await judge(given, signedAt + 25 * 3_600_000 + 1)).toBe("timestamp_stale");
    expect(await judge(given, signedAt - 300_001)).toBe("timestamp_stale");
    expect(await strict(given, signedAt + 300_001)).toBe("timestamp_stale");
    expect(await judge(request({ ...notification, Timestamp: "soon" }))).toBe("timestamp_invalid");
  });
});

describe("the certificate of SNS", () => {
  it.each([
    ["of another host", "https://sns.us-east-1.amazonaws.com.evil.example/SimpleNotificationService-0123abcd.pem"],
    ["of another service", "https://s3.us-east-1.amazonaws.com/SimpleNotificationService-0123abcd.pem"],
    [
      "of another region than the topic's",
      "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123abcd.pem",
    ],
    ["over plain HTTP", "http://sns.us-east-1.amazonaws.com/SimpleNotificationService-0123abcd.pem"],
    ["with a user in its URL", "https://sns@sns.us-east-1.amazonaws.com/SimpleNotificationService-0123abcd.pem"],
    ["at another port", `${host}:8443/SimpleNotificationService-0123abcd.pem`],
    ["at another path", `${host}/?Action=GetCertificate`],
    ["out of a folder", `${host}/x/../y/SimpleNotificationService-0123abcd.pem`],
    ["without a URL", "none"],
  ])("%s is not even fetched", async (_, SigningCertURL) => {
    const { judge, snsCalls } = await open();
    expect(await judge(request({ ...notification, SigningCertURL }))).toBe("signature_invalid");
    expect(snsCalls).toEqual([]);
  });

  it("is not fetched for topics that are not ours, however well they are signed", async () => {
    const { judge, snsCalls } = await open();
    const foreign = "arn:aws:sns:us-east-1:999999999999:ses-events";
    expect(await judge(request({ ...notification, TopicArn: foreign }))).toBe("signature_invalid");
    expect(snsCalls).toEqual([]);
  });

  it("is fetched once for many messages", async () => {
    const { judge, snsCalls } = await open();
    const all = await Promise.all(Array.from({ length: 5 }, () => judge(request(notification))));
    expect(all).toEqual(["ok", "ok", "ok", "ok", "ok"]);
    expect(snsCalls).toEqual(["/SimpleNotificationService-0123abcd.pem"]);
  });

  it("that cannot be had now lets the message come again, without asking each time", async () => {
    const { judge, snsCalls } = await open({}, null);
    expect(await judge(request(notification))).toBe("unavailable");
    expect(await judge(request(notification))).toBe("unavailable");
    expect(snsCalls).toHaveLength(1);
    const { judge: unreadable } = await open({}, "-----BEGIN CERTIFICATE-----\nnone\n-----END CERTIFICATE-----");
    expect(await unreadable(request(notification))).toBe("unavailable");
  });
});

describe("the subscription of a topic", () => {
  it("is confirmed once its message has proven genuine, and is no event", async () => {
    const { judge, inbound, snsCalls } = await open();
    expect(await judge(request(confirmation))).toBe("ok");
    expect(snsCalls.at(-1)).toBe(`/?Action=ConfirmSubscription&TopicArn=${topic}&Token=2336412f37fexample`);
    expect(inbound.normalize(request(confirmation), now)).toEqual({ events: [], quarantined: [] });
  });

  it.each([
    ["signed by somebody else", confirmation, createSnsKeys().privateKey],
    [
      "that leads elsewhere",
      { ...confirmation, SubscribeURL: "https://evil.example/?Action=ConfirmSubscription" },
      keys.privateKey,
    ],
    ["that would do something else", { ...confirmation, SubscribeURL: `${host}/?Action=DeleteTopic` }, keys.privateKey],
    ["of its end", { ...confirmation, Type: "UnsubscribeConfirmation" }, keys.privateKey],
  ])("%s is not", async (_, fields, privateKey) => {
    const { judge, snsCalls } = await open();
    await judge(request(fields, privateKey));
    expect(snsCalls).toEqual(["/SimpleNotificationService-0123abcd.pem"]);
  });
});

/** The test suite that AWS publishes for Signature Version 4, and the example of its documentation. */
describe("a request to AWS", () => {
  const credentials = {
    accessKeyId: "AKIDEXAMPLE",
    secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
    sessionToken: null,
  };
  const at = Date.parse("2015-08-30T12:36:00Z");
  const url = "https://example.amazonaws.com/";
  const form = { "content-type": "application/x-www-form-urlencoded" };
  const iam = "https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08";

  it.each([
    [
      "get-vanilla",
      "service",
      { method: "GET", url, headers: {}, body: "" },
      "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
    ],
    [
      "post-vanilla",
      "service",
      { method: "POST", url, headers: {}, body: "" },
      "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
    ],
    [
      "get-vanilla-query-order-key-case",
      "service",
      { method: "GET", url: `${url}?Param2=value2&Param1=value1`, headers: {}, body: "" },
      "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
    ],
    [
      "post-x-www-form-urlencoded",
      "service",
      { method: "POST", url, headers: form, body: "Param1=value1" },
      "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
    ],
    [
      "ListUsers",
      "iam",
      { method: "GET", url: iam, headers: { "content-type": `${form["content-type"]}; charset=utf-8` }, body: "" },
      "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
    ],
  ])("is signed as in %s", (_, service, given, signature) => {
    const signed = signAws(given, credentials, { region: "us-east-1", service }, at);
    expect(signed["authorization"]).toMatch(new RegExp(`Signature=${signature}$`));
  });

  it("says and signs the token of temporary credentials", () => {
    const temporary = { ...credentials, sessionToken: "token" };
    const signed = signAws(
      { method: "GET", url, headers: {}, body: "" },
      temporary,
      { region: "us-east-1", service: "ses" },
      at,
    );
    expect(signed).toMatchObject({
      "x-amz-security-token": "token",
      authorization: expect.stringContaining("SignedHeaders=host;x-amz-date;x-amz-security-token"),
    });
  });
});
