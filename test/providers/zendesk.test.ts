import { afterEach, describe, expect, it } from "vitest";
import type { Json } from "../../src/core/model/json.ts";
import type { OutgoingMessage } from "../../src/providers/provider.ts";
import { startZendeskFake } from "../../src/providers/zendesk/fake.ts";
import { zendesk } from "../../src/providers/zendesk/zendesk.ts";
import { createProvider, now, outboundContract, outboundOf } from "./contract.ts";

const account = { email: "heed@acme.example", apiToken: "token-of-heed" };

const message: OutgoingMessage = {
  intentId: "i_0123456789abcdef",
  attempt: 1,
  contactId: "user-42",
  ruleId: "complaint-to-care",
  channel: "care",
  kind: "ticket",
  from: null,
  to: null,
  content: { subject: "A complaint\nof Ana", text: "Please call." },
  about: { name: "Ana Example", email: "ana@example.com", phone: "+12025550143" },
};

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function openAgainstFake(timeout: string, baseUrl?: string, more: { readonly [key: string]: Json } = {}) {
  const fake = await startZendeskFake(account);
  const { email, apiToken } = account;
  const given = { subdomain: "acme", email, api_token: apiToken, base_url: baseUrl ?? fake.url, timeout, ...more };
  const outbound = outboundOf(await createProvider(zendesk, given));
  closing.push(() => outbound.close(), fake.close);
  return { fake, outbound, taken: () => fake.tickets.length, script: fake.script, close: fake.close };
}

let number = 0;
/** Of the contract's messages each is another one: a ticket is made once. */
const contractMessage: OutgoingMessage = {
  ...message,
  get intentId() {
    number += 1;
    return `i_${number}`;
  },
};

outboundContract("zendesk", {
  open: openAgainstFake,
  message: contractMessage,
  hasNoRecipient: true,
  outcomes: [
    ["ok", { kind: "accepted", providerMessageId: "35436" }],
    ["429", { kind: "retryable", code: "http_429", afterMs: 2_000 }],
    [{ code: 503 }, { kind: "retryable", code: "http_503" }],
    [{ code: 409 }, { kind: "retryable", code: "http_409" }],
    ["500", { kind: "ambiguous", code: "http_500" }],
    ["401", { kind: "misconfigured", code: "http_401" }],
    [{ code: 404 }, { kind: "misconfigured", code: "http_404" }],
    ["invalid", { kind: "rejected", code: "http_422", class: "content" }],
    [{ code: 400 }, { kind: "rejected", class: "other" }],
    ["accept-then-hang", { kind: "ambiguous", code: "timeout" }],
    ["accept-then-reset", { kind: "ambiguous", code: "ECONNRESET" }],
    ["html-200", { kind: "ambiguous", code: "unexpected_answer" }],
    ["empty-200", { kind: "ambiguous", code: "unexpected_answer" }],
  ],
});

describe("a ticket", () => {
  it("is opened in the contact's name, for agents only, with what was said as a transcript", async () => {
    const { fake, outbound } = await openAgainstFake("5s", undefined, {
      priority: "high",
      type: "task",
      tags: ["heed"],
    });
    const at = Date.parse("2026-03-06T19:00:30Z");
    const conversation = [{ at, direction: "in", channel: "sms", text: "This is\nbroken" }] as const;
    await outbound.send({ ...message, conversation });
    expect(fake.tickets).toMatchObject([
      {
        subject: "A complaint of Ana",
        comment: {
          public: false,
          body: "Please call.\n\nWhat was said lately:\n2026-03-06 19:00 UTC, they (sms): This is broken",
        },
        requester: { name: "Ana Example", email: "ana@example.com" },
        external_id: message.intentId,
        priority: "high",
        type: "task",
        tags: ["heed"],
      },
    ]);
  });

  it("is in the name of whom `to` names, and in nobody's when there is no address", async () => {
    const { fake, outbound } = await openAgainstFake("5s");
    await outbound.send({ ...message, to: "Boss@Acme.example" });
    await outbound.send({ ...message, intentId: "i_2", about: { phone: "+12025550143" } });
    expect(fake.tickets[0]?.["requester"]).toEqual({ name: "boss@acme.example", email: "boss@acme.example" });
    expect(fake.tickets[1]).not.toHaveProperty("requester");
  });

  it("is opened once, however often its answer is lost", async () => {
    const { outbound, script, taken } = await openAgainstFake("300ms");
    script("accept-then-hang", "accept-then-reset");
    await outbound.send(message);
    await outbound.send({ ...message, attempt: 2 });
    expect(await outbound.send({ ...message, attempt: 3 })).toEqual({ kind: "accepted", providerMessageId: "35436" });
    expect(taken()).toBe(1);
  });

  it("is asked for when a repetition would say something else", async () => {
    const { outbound, script, taken } = await openAgainstFake("300ms");
    script("accept-then-hang");
    await outbound.send(message);
    const changed = { ...message, attempt: 2, content: { subject: "A complaint", text: "Please call now." } };
    expect(await outbound.send(changed)).toEqual({ kind: "ambiguous", code: "known_key" });
    expect(await outbound.reconcile?.({ message: changed, startedAt: now, known: [] })).toEqual({
      kind: "found",
      providerMessageId: "35436",
    });
    expect(taken()).toBe(1);
  });

  it("is known not to be there when none has its id", async () => {
    const { outbound, fake } = await openAgainstFake("5s");
    await outbound.send({ ...message, intentId: "i_other" });
    const query = { message, startedAt: now, known: [] };
    expect(await outbound.reconcile?.(query)).toEqual({ kind: "not_found" });
    await fake.close();
    expect(await outbound.reconcile?.(query)).toMatchObject({ kind: "unavailable" });
  });

  it("needs a subject and a text", async () => {
    const { outbound, fake } = await openAgainstFake("5s");
    for (const content of [{ subject: "A" }, { text: "B" }, { subject: " ", text: "B" }]) {
      expect(await outbound.send({ ...message, content })).toMatchObject({ kind: "rejected", class: "content" });
    }
    expect(fake.calls).toEqual([]);
  });
});

describe("the settings of Zendesk", () => {
  const problemsOf = (settings: Json) => {
    const configuration = zendesk.configure(settings);
    return configuration.ok ? [] : configuration.problems.map(({ path }) => path.join("."));
  };
  const good = { subdomain: "acme", email: "a@b.example", api_token: "t" };

  it("take an agent's token or one of OAuth, and not both", () => {
    expect(problemsOf(good)).toEqual([]);
    expect(problemsOf({ subdomain: "acme", oauth_token: "t" })).toEqual([]);
    expect(problemsOf({ ...good, oauth_token: "t" })).toEqual(["oauth_token"]);
    expect(problemsOf({ subdomain: "acme" })).toEqual(["email", "api_token"]);
  });

  it("know Zendesk's words", () => {
    expect(problemsOf({ ...good, priority: "highest", type: "bug", tags: "two words" })).toEqual([
      "priority",
      "type",
      "tags",
    ]);
    expect(problemsOf({ ...good, subdomain: "acme.zendesk.com" })).toEqual(["subdomain"]);
  });
});
