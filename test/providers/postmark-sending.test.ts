import { afterEach, describe, expect, it } from "vitest";
import type { JsonObject } from "../../src/core/model/json.ts";
import { startPostmarkFake } from "../../src/providers/postmark/fake.ts";
import { postmark } from "../../src/providers/postmark/postmark.ts";
import type { OutgoingMessage } from "../../src/providers/provider.ts";
import { createProvider, outboundContract, outboundOf } from "./contract.ts";

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
