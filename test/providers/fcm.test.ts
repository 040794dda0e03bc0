import { generateKeyPairSync } from "node:crypto";
import { afterEach, describe, expect, it } from "vitest";
import { systemClock } from "../../src/cli/system-clock.ts";
import type { Json } from "../../src/core/model/json.ts";
import { startFcmFake } from "../../src/providers/fcm/fake.ts";
import { fcm } from "../../src/providers/fcm/fcm.ts";
import type { OutgoingMessage } from "../../src/providers/provider.ts";
import { createProvider, now, outboundContract, outboundOf } from "./contract.ts";

const pair = generateKeyPairSync("rsa", { modulusLength: 2_048 });
const privateKey = pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
const publicKey = pair.publicKey.export({ type: "spki", format: "pem" }).toString();
const account = { project_id: "acme-app", client_email: "heed@acme-app.iam.gserviceaccount.com" };

const message: OutgoingMessage = {
  intentId: "i_1",
  attempt: 1,
  contactId: "user-42",
  ruleId: "trial-ends",
  channel: "app",
  kind: "push",
  from: null,
  to: "bk3RNwTe3H0:CI2k_HHwgIpoDKCIZvvDMExUdFQ3P1",
  content: { subject: "Your trial ends tomorrow", text: "Tap to upgrade" },
};

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function openAgainstFake(timeout: string, baseUrl?: string, more: { readonly [key: string]: Json } = {}) {
  let time = now;
  let elapsed = 0;
  const clock = { ...systemClock, now: () => time, monotonic: () => systemClock.monotonic() + elapsed };
  const { project_id: projectId, client_email: clientEmail } = account;
  const fake = await startFcmFake({ projectId, clientEmail, publicKey, now: () => time });
  const file = JSON.stringify({ ...account, private_key: privateKey, token_uri: `${fake.url}/token` });
  const given = { service_account: file, base_url: baseUrl ?? fake.url, timeout, ...more };
  const outbound = outboundOf(await createProvider(fcm, given, { clock }));
  closing.push(() => outbound.close(), fake.close);
  const pass = (ms: number): void => {
    time += ms;
    elapsed += ms;
  };
  return { fake, outbound, taken: () => fake.messages.length, script: fake.script, close: fake.close, pass };
}

outboundContract("fcm", {
  open: openAgainstFake,
  message,
  outcomes: [
    ["ok", { kind: "accepted", providerMessageId: expect.stringMatching(/^projects\/acme-app\/messages\/0:/) }],
    ["invalid", { kind: "rejected", code: "UNREGISTERED", class: "invalid_address" }],
    [{ code: 400 }, { kind: "rejected", code: "INVALID_ARGUMENT", class: "content" }],
    [{ code: 403 }, { kind: "rejected", code: "SENDER_ID_MISMATCH", class: "other" }],
    ["401", { kind: "misconfigured", code: "THIRD_PARTY_AUTH_ERROR" }],
    ["429", { kind: "retryable", code: "QUOTA_EXCEEDED", afterMs: 2_000 }],
    ["500", { kind: "retryable", code: "INTERNAL" }],
    [{ code: 503 }, { kind: "retryable", code: "http_503" }],
    [{ code: 502 }, { kind: "ambiguous", code: "http_502" }],
    ["accept-then-hang", { kind: "ambiguous", code: "timeout" }],
    ["accept-then-reset", { kind: "ambiguous", code: "ECONNRESET" }],
    ["html-200", { kind: "ambiguous", code: "unexpected_answer" }],
    ["empty-200", { kind: "ambiguous", code: "unexpected_answer" }],
  ],
});

describe("a push message", () => {
  it("has title and text to show, and our ids for the app", async () => {
    const { fake, outbound, pass } = await openAgainstFake("5s", undefined, { ttl: "4h" });
    pass(1_000);
    await outbound.send(message);
    expect(fake.messages).toEqual([
      {
        token: message.to,
        notification: { title: "Your trial ends tomorrow", body: "Tap to upgrade" },
        data: { heed_intent: "i_1", heed_rule: "trial-ends", heed_contact: "user-42" },
        android: { ttl: "14400s" },
        apns: { headers: { "apns-expiration": String(now / 1_000 + 1 + 14_400) } },
      },
    ]);
  });

  it("is not sent when it is empty, or larger than 4,096 bytes as they are written", async () => {
    const { outbound, fake } = await openAgainstFake("5s");
    const size = (text: string) => outbound.send({ ...message, content: { text } });
    expect(await size("")).toMatchObject({ kind: "rejected", class: "content" });
    const around = JSON.stringify({
      notification: { body: "" },
      data: { heed_intent: "i_1", heed_rule: "trial-ends", heed_contact: "user-42" },
    });
    const room = 4_096 - Buffer.byteLength(around);
    expect(await size("x".repeat(room + 1))).toEqual({ kind: "rejected", code: "payload_too_large", class: "content" });
    expect(await size("é".repeat(room / 2 + 1))).toMatchObject({ code: "payload_too_large" });
    expect(fake.messages).toEqual([]);
    expect(await size("x".repeat(room))).toMatchObject({ kind: "accepted" });
  });
});

describe("the token for FCM", () => {
  it("is fetched once for all who wait, and again when it is about to end", async () => {
    const { fake, outbound, pass } = await openAgainstFake("5s");
    await Promise.all(Array.from({ length: 10 }, () => outbound.send(message)));
    pass(58 * 60_000);
    await outbound.send(message);
    expect(fake.tokens()).toBe(1);
    pass(60_000);
    await outbound.send(message);
    expect([fake.tokens(), fake.messages.length]).toEqual([2, 12]);
  });

  it("is replaced once when it is refused, and the message goes", async () => {
    const { fake, outbound } = await openAgainstFake("5s");
    await outbound.send(message);
    fake.expireTokens();
    expect(await outbound.send(message)).toMatchObject({ kind: "accepted" });
    expect([fake.tokens(), fake.messages.length]).toEqual([2, 2]);
  });

  it("that cannot be had means that nothing was sent", async () => {
    const { fake, outbound } = await openAgainstFake("300ms");
    fake.scriptTokens(503, 401, "hang");
    expect(await outbound.send(message)).toMatchObject({ kind: "retryable", code: "token_http_503" });
    expect(await outbound.send(message)).toEqual({ kind: "misconfigured", code: "token_invalid_grant" });
    expect(await outbound.send(message)).toEqual({ kind: "retryable", code: "timeout", afterMs: null });
    expect(fake.messages).toEqual([]);
    await expect.poll(() => outbound.send(message)).toMatchObject({ kind: "accepted" });
  });

  it("is refused to who signs with another key", async () => {
    const other = generateKeyPairSync("rsa", { modulusLength: 2_048 }).privateKey;
    const pem = other.export({ type: "pkcs8", format: "pem" }).toString();
    const { outbound } = await openAgainstFake("5s", undefined, { private_key: pem });
    expect(await outbound.send(message)).toEqual({ kind: "misconfigured", code: "token_invalid_grant" });
  });
});

describe("the settings of FCM", () => {
  const problemsOf = (settings: Json) => {
    const configuration = fcm.configure(settings);
    return configuration.ok ? [] : configuration.problems.map(({ path }) => path.join("."));
  };

  it("take the file that Google gives, or its fields, with line breaks as variables have them", () => {
    expect(problemsOf({ service_account: JSON.stringify({ ...account, private_key: privateKey }) })).toEqual([]);
    expect(problemsOf({ ...account, private_key: privateKey.replaceAll("\n", "\\n") })).toEqual([]);
  });

  it("say what is missing or no key, and never repeat it", () => {
    expect(problemsOf({})).toEqual(["private_key", "project_id", "client_email"]);
    expect(problemsOf({ service_account: "{" })).toEqual(["service_account"]);
    expect(problemsOf({ ...account, private_key: "hunter2" })).toEqual(["private_key"]);
    expect(JSON.stringify(fcm.configure({ ...account, private_key: "hunter2" }))).not.toContain("hunter2");
  });
});
