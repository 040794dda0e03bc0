import MailgunSdk from "mailgun.js";
import { afterEach, describe, expect, it } from "vitest";
import type { JsonObject } from "../../src/core/model/json.ts";
import { startMailgunFake } from "../../src/providers/mailgun/fake.ts";
import { mailgun } from "../../src/providers/mailgun/mailgun.ts";
import type { OutgoingMessage } from "../../src/providers/provider.ts";
import { createProvider, outboundContract, outboundOf } from "./contract.ts";

const domain = "mg.example.com";

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
  const fake = await startMailgunFake({ apiKey: "key", domain, now: Date.now });
  const provider = await createProvider(mailgun, {
    api_key: "key",
    domain,
    base_url: baseUrl ?? fake.url,
    timeout,
    ...more,
  });
  return {
    fake,
    provider,
    outbound: outboundOf(provider),
    taken: () => fake.messages.length,
    script: fake.script,
    close: fake.close,
  };
}

outboundContract("mailgun", {
  open: openAgainstFake,
  message,
  outcomes: [
    ["ok", { kind: "accepted", providerMessageId: "heed.i_1@acme.example" }],
    ["429", { kind: "retryable", code: "http_429", afterMs: 2_000 }],
    ["500", { kind: "retryable", code: "http_500" }],
    ["401", { kind: "misconfigured", code: "http_401" }],
    ["accept-then-hang", { kind: "ambiguous", code: "timeout" }],
    ["accept-then-reset", { kind: "ambiguous" }],
    ["html-200", { kind: "ambiguous", code: "unexpected_answer" }],
    ["empty-200", { kind: "ambiguous", code: "unexpected_answer" }],
    ["invalid", { kind: "rejected", code: "http_400", class: "invalid_address" }],
    [{ code: 400 }, { kind: "rejected", code: "http_400", class: "other" }],
    [{ code: 402 }, { kind: "misconfigured", code: "http_402" }],
    [{ code: 404 }, { kind: "misconfigured", code: "http_404" }],
    [{ code: 413 }, { kind: "rejected", code: "http_413", class: "content" }],
    [{ code: 502 }, { kind: "ambiguous", code: "http_502" }],
    [{ code: 503 }, { kind: "retryable", code: "http_503" }],
    [{ code: 302 }, { kind: "misconfigured", code: "http_302" }],
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

describe("a mail through mailgun", () => {
  it("carries our ids as variables and a Message-ID that an answer will name", async () => {
    const { fake, outbound } = await start();
    await outbound.send(message);
    expect(fake.messages[0]?.form).toEqual({
      from: "Acme <hello@acme.example>",
      to: "ana@example.com",
      subject: "Your demo",
      text: "Hi Ana",
      html: "<p>Hi Ana</p>",
      "h:Message-Id": "<heed.i_1@acme.example>",
      "v:heed_intent": "i_1",
      "v:heed_rule": "sales-demo",
      "v:heed_contact": "user-42",
    });
  });

  it("tells mail programs where it ends, and each has an address of its own to answer to", async () => {
    const { fake, outbound } = await start({ answers_to: "answers@mg.example.com" });
    await outbound.send({ ...message, unsubscribeUrl: "https://hooks.example.com/u/1" });
    expect(fake.messages[0]?.form).toMatchObject({
      "h:Reply-To": "answers+i_1@mg.example.com",
      "h:List-Unsubscribe": "<https://hooks.example.com/u/1>",
      "h:List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    });
  });

  it("never lets a line break into a header, nor two recipients into one message", async () => {
    const { fake, outbound, taken } = await start();
    await outbound.send({
      ...message,
      from: "Acme\r\nBcc: x <hello@acme.example>",
      content: { subject: "Hi\r\nBcc: all@example.com", text: "x" },
    });
    expect(fake.messages[0]?.form).toMatchObject({
      from: "Acme Bcc: x <hello@acme.example>",
      subject: "Hi Bcc: all@example.com",
    });
    expect(await outbound.send({ ...message, to: "ana@example.com,ben@example.com" })).toMatchObject({
      kind: "rejected",
      class: "invalid_address",
    });
    expect(taken()).toBe(1);
  });

  it("is refused without a subject or a text, and misconfigured without a sender", async () => {
    const { outbound, taken } = await start();
    const outcome = await outbound.send({ ...message, content: { subject: "Hi" } });
    expect(outcome).toMatchObject({ kind: "rejected", class: "content" });
    expect(await outbound.send({ ...message, from: "Acme" })).toEqual({ kind: "misconfigured", code: "from_invalid" });
    expect(taken()).toBe(0);
  });

  it("would be taken by the fake from mailgun's own SDK as well", async () => {
    const { fake } = await start();
    const client = new MailgunSdk(FormData).client({ username: "api", key: "key", url: fake.url });
    const answer = await client.messages.create(domain, {
      from: "Acme <hello@acme.example>",
      to: ["ana@example.com"],
      subject: "Your demo",
      text: "Hi Ana",
      "v:heed_intent": "i_9",
    });
    expect(answer).toMatchObject({ status: 200, id: fake.messages[0]?.id, message: "Queued. Thank you." });
    expect(fake.messages[0]?.form).toMatchObject({ to: "ana@example.com", "v:heed_intent": "i_9" });
    const refused = client.messages.create(domain, { from: "a@acme.example", to: "nobody", subject: "x", text: "x" });
    await expect(refused).rejects.toMatchObject({ status: 400 });
  });
});

describe("a mail whose answer was lost", () => {
  const lost = async (more: JsonObject = {}) => {
    const opened = await start(more);
    const { outbound } = opened;
    const reconcile = async (given: OutgoingMessage, startedAt = Date.now()) => {
      if (outbound.reconcile === undefined) throw new Error("expected a look-up");
      return outbound.reconcile({ message: given, startedAt, known: [] });
    };
    return { ...opened, reconcile };
  };

  it("is found in the list of events by our id", async () => {
    const { outbound, script, reconcile } = await lost();
    await outbound.send({ ...message, intentId: "i_0" });
    script("accept-then-reset");
    expect(await outbound.send(message)).toMatchObject({ kind: "ambiguous" });
    expect(await reconcile(message)).toEqual({ kind: "found", providerMessageId: "heed.i_1@acme.example" });
  });

  it("is found on a later page", async () => {
    const { outbound, reconcile, fake } = await lost();
    for (let count = 0; count < 301; count += 1) await outbound.send({ ...message, intentId: `i_before_${count}` });
    await outbound.send(message);
    expect(await reconcile(message)).toMatchObject({ kind: "found" });
    expect(fake.calls.filter(({ method }) => method === "GET")).toHaveLength(2);
  });

  it("counts as not sent only when the list can't be late any more", async () => {
    const { reconcile } = await lost();
    expect(await reconcile(message)).toEqual({ kind: "unavailable", code: "too_early" });
    expect(await reconcile(message, Date.now() - 31 * 60_000)).toEqual({ kind: "not_found" });
    const { reconcile: hasty } = await lost({ events_settle: "1ms" });
    expect(await hasty(message, Date.now() - 5)).toEqual({ kind: "not_found" });
  });

  it("stays unknown while mailgun can't be asked", async () => {
    const { reconcile, close } = await lost();
    await close();
    expect(await reconcile(message)).toEqual({ kind: "unavailable", code: "ECONNREFUSED" });
    const { outbound, close: closeOther } = await openAgainstFake("5s", undefined, { api_key: "another" });
    closing.push(closeOther);
    expect(await outbound.reconcile?.({ message, startedAt: 0, known: [] })).toEqual({
      kind: "unavailable",
      code: "http_401",
    });
  });
});
