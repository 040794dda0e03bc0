import { afterEach, describe, expect, it } from "vitest";
import type { OutgoingMessage } from "../../src/providers/provider.ts";
import { startSlackFake } from "../../src/providers/slack/fake.ts";
import { slack } from "../../src/providers/slack/slack.ts";
import { createProvider, outboundContract, outboundOf } from "./contract.ts";

const message: OutgoingMessage = {
  intentId: "i_1",
  attempt: 1,
  contactId: "user-42",
  ruleId: "demo-to-sales",
  channel: "sales",
  kind: "slack",
  from: null,
  to: null,
  content: { text: "Ana & Ben <ana@example.com> asked for a demo: 3 > 2" },
};

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function openAgainstFake(timeout: string, baseUrl?: string) {
  const fake = await startSlackFake();
  const url = baseUrl === undefined ? fake.webhookUrl : `${baseUrl}/services/x`;
  const outbound = outboundOf(await createProvider(slack, { url, timeout }));
  closing.push(() => outbound.close(), fake.close);
  const textOf = async (sent: OutgoingMessage): Promise<string> => {
    await outbound.send(sent);
    const text = fake.messages.at(-1)?.["text"];
    return typeof text === "string" ? text : "";
  };
  return { fake, outbound, taken: () => fake.messages.length, script: fake.script, close: fake.close, textOf };
}

outboundContract("slack", {
  open: openAgainstFake,
  message,
  hasNoRecipient: true,
  outcomes: [
    ["ok", { kind: "accepted", providerMessageId: null }],
    ["429", { kind: "retryable", code: "rate_limited", afterMs: 1_000 }],
    ["500", { kind: "ambiguous", code: "rollup_error" }],
    ["401", { kind: "misconfigured", code: "invalid_token" }],
    ["accept-then-hang", { kind: "ambiguous", code: "timeout" }],
    ["accept-then-reset", { kind: "ambiguous", code: "ECONNRESET" }],
    ["html-200", { kind: "ambiguous", code: "unexpected_answer" }],
    ["empty-200", { kind: "ambiguous", code: "unexpected_answer" }],
    [{ code: 400 }, { kind: "rejected", code: "invalid_payload", class: "content" }],
    [{ code: 403 }, { kind: "misconfigured", code: "action_prohibited" }],
    [{ code: 404 }, { kind: "misconfigured", code: "channel_not_found" }],
    [{ code: 410 }, { kind: "misconfigured", code: "channel_is_archived" }],
    [{ code: 418 }, { kind: "misconfigured", code: "http_418" }],
  ],
});

describe("a message to Slack", () => {
  it("says what was written, with the three characters escaped that mean something to Slack", async () => {
    const { textOf } = await openAgainstFake("5s");
    expect(await textOf(message)).toBe("Ana &amp; Ben &lt;ana@example.com&gt; asked for a demo: 3 &gt; 2");
  });

  it("calls nobody, whatever a contact has written", async () => {
    const { textOf, fake } = await openAgainstFake("5s");
    const text = await textOf({ ...message, content: { text: "<!channel> <@U1> @here @Channel ana@here.example" } });
    expect(text).not.toMatch(/<|>|@(?:here|channel)\b/i);
    expect(text).toContain("ana@\u200Bhere.example");
    expect(fake.messages[0]).toMatchObject({ link_names: false, unfurl_links: false });
  });

  it("quotes what was said with the contact below, a line each, and no more than ten", async () => {
    const { textOf } = await openAgainstFake("5s");
    const at = Date.parse("2026-03-06T19:00:30Z");
    const said = { at, direction: "in", channel: "sms", text: "Is <!here>\nanybody there?" } as const;
    const conversation = [
      ...Array.from({ length: 12 }, () => said),
      { at: at + 60_000, direction: "out", channel: "sms", text: "Yes." } as const,
    ];
    const lines = (await textOf({ ...message, conversation })).split("\n");
    expect(lines).toHaveLength(11);
    expect(lines[1]).toBe("> 2026-03-06 19:00 UTC, they (sms): Is &lt;!here&gt; anybody there?");
    expect(lines[10]).toBe("> 2026-03-06 19:01 UTC, we (sms): Yes.");
  });

  it("goes to the webhook of its channel, else to the one of all", async () => {
    const [usual, alarms] = [await startSlackFake(), await startSlackFake()];
    const settings = { url: usual.webhookUrl, channels: { alarms: { url: alarms.webhookUrl } } };
    const outbound = outboundOf(await createProvider(slack, settings));
    closing.push(() => outbound.close(), usual.close, alarms.close);
    await outbound.send(message);
    await outbound.send({ ...message, channel: "alarms" });
    expect([usual.messages.length, alarms.messages.length]).toEqual([1, 1]);
  });

  it("is not sent without a text, nor through a channel that has no webhook", async () => {
    const { outbound, fake } = await openAgainstFake("5s");
    expect(await outbound.send({ ...message, content: { text: " " } })).toMatchObject({ class: "content" });
    expect(await outbound.send({ ...message, to: "#random" })).toMatchObject({ code: "to_unsupported" });
    expect(fake.calls).toEqual([]);
    const only = outboundOf(await createProvider(slack, { channels: { alarms: { url: fake.webhookUrl } } }));
    closing.push(() => only.close());
    expect(await only.send(message)).toEqual({ kind: "misconfigured", code: "url_missing" });
  });

  it("is refused at the start without any webhook", () => {
    expect(slack.configure({})).toMatchObject({ ok: false, problems: [{ path: ["url"] }] });
    expect(slack.configure({ channels: { sales: {} } })).toMatchObject({
      ok: false,
      problems: [{ path: ["channels", "sales", "url"] }],
    });
  });
});
