import { readFileSync, readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../src/core/model/json.ts";
import { isJsonObject, parseJson } from "../../src/core/model/parse-json.ts";
import type { WebhookRequest } from "../../src/providers/provider.ts";
import { startSendGridFake } from "../../src/providers/sendgrid/fake.ts";
import { sendgrid } from "../../src/providers/sendgrid/sendgrid.ts";
import { createSendGridKeys, signSendGrid } from "../../src/providers/sendgrid/sign.ts";
import { createProvider, inboundContract, inboundOf, now, outboundOf } from "./contract.ts";

const folder = new URL("fixtures/sendgrid/inbound/", import.meta.url);
const names = readdirSync(folder).filter((name) => !name.endsWith(".canonical.json"));
const read = (name: string): JsonObject => {
  const parsed = parseJson(readFileSync(new URL(name, folder), "utf8"));
  if (!parsed.ok || !isJsonObject(parsed.value)) throw new Error(`expected an object in ${name}`);
  return parsed.value;
};

/** As Inbound Parse posts it, with a file when there is one. */
function formOf(fields: JsonObject): string {
  const parts = Object.entries(fields).map(
    ([name, value]) =>
      `--xYzZY\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${typeof value === "string" ? value : ""}\r\n`,
  );
  const file =
    fields["attachments"] === "1"
      ? '--xYzZY\r\nContent-Disposition: form-data; name="attachment1"; filename="note.txt"\r\nContent-Type: text/plain\r\n\r\nhello\r\n'
      : "";
  return `${parts.join("")}${file}--xYzZY--\r\n`;
}

const keys = createSendGridKeys();
const signedBySettings = { api_key: "SG.key", inbound: { public_key: keys.publicKey } };
const secret = "correct-horse-battery";
const contentType = "multipart/form-data; boundary=xYzZY";

function signed(body: Uint8Array | string, at = now / 1_000, privateKey = keys.privateKey): WebhookRequest {
  return {
    method: "POST",
    url: "/webhooks/sendgrid/inbound",
    headers: { ...signSendGrid(body, at, privateKey), "content-type": contentType },
    body: Buffer.from(body),
  };
}

inboundContract("sendgrid/inbound", {
  open: () => createProvider(sendgrid, signedBySettings),
  signed,
  samples: names.map((name) => formOf(read(name))),
});

describe("a mail that Inbound Parse received", () => {
  const normalize = async (fields: JsonObject) => {
    const inbound = inboundOf(await createProvider(sendgrid, signedBySettings));
    return inbound.normalize(signed(formOf(fields)), now);
  };
  const reply = read("reply.json");

  it.each(names)("as in %s is read as its golden canonical form", async (name) => {
    expect(await normalize(read(name))).toEqual(read(name.replace(".json", ".canonical.json")));
  });

  it("may be in another character set for each field", async () => {
    const charsets = JSON.stringify({ text: "iso-8859-1", subject: "UTF-8" });
    const body = Buffer.from(formOf({ ...reply, charsets, text: "Gr@@e", subject: "Grüße" }));
    const at = body.indexOf("@@e");
    body.set([0xfc, 0xdf], at);
    const inbound = inboundOf(await createProvider(sendgrid, signedBySettings));
    expect(inbound.normalize(signed(body), now)).toMatchObject({
      events: [{ data: { text: "Grüße", subject: "Grüße" } }],
    });
  });

  it("is set aside, with what people need to find it, when it came raw or without a sender", async () => {
    const { headers: _, ...raw } = reply;
    expect(await normalize({ ...raw, email: "From: ..." })).toMatchObject({
      events: [],
      quarantined: [{ reason: expect.stringContaining("raw"), payload: { subject: "Re: Your trial" } }],
    });
    expect(await normalize({ ...reply, from: "nobody" })).toMatchObject({
      quarantined: [{ reason: "From is not an address" }],
    });
  });

  it("is joined to the mail of ours that it answers, by its address or by SendGrid's Message-ID", async () => {
    expect(await normalize(reply)).toMatchObject({ events: [{ message_id: "r8Qz1aXbT2u9Lw0xYk3PqA" }] });
    const envelope = JSON.stringify({ to: [`a+${"0f".repeat(16)}@parse.example.com`], from: "ada@example.com" });
    expect(await normalize({ ...reply, envelope })).toMatchObject({ events: [{ message_id: "0f".repeat(16) }] });
  });
});

describe("the proof of a mail", () => {
  const body = formOf(read("reply.json"));
  const verify = async (inbound: JsonObject, request: WebhookRequest, at = now) =>
    inboundOf(await createProvider(sendgrid, { api_key: "SG.key", inbound })).verify(request, at);
  const withoutSignature = (url: string, authorization?: string): WebhookRequest => ({
    method: "POST",
    url,
    headers: { "content-type": contentType, authorization },
    body: Buffer.from(body),
  });
  const basic = (text: string) => `Basic ${Buffer.from(text).toString("base64")}`;

  it("is a signature of the security policy, over all bytes, for three days", async () => {
    const inbound = { public_key: keys.publicKey };
    expect(await verify(inbound, signed(body))).toEqual({ ok: true });
    const other = createSendGridKeys().privateKey;
    expect(await verify(inbound, signed(body, now / 1_000, other))).toEqual({ ok: false, reason: "signature_invalid" });
    const trimmed = { ...signed(body), body: Buffer.from(body.trimEnd()) };
    expect(await verify(inbound, trimmed)).toEqual({ ok: false, reason: "signature_invalid" });
    const late = now + 73 * 3_600_000;
    expect(await verify(inbound, signed(body), late)).toEqual({ ok: true });
    expect(await verify(inbound, signed(body), late + 1)).toEqual({ ok: false, reason: "timestamp_stale" });
    expect(await verify(inbound, withoutSignature(`/webhooks/sendgrid/inbound?key=${secret}`))).toMatchObject({
      reason: "signature_missing",
    });
  });

  it.each([
    ["in the URL", `/webhooks/sendgrid/inbound?key=${secret}`, undefined, true],
    ["as a password", "/webhooks/sendgrid/inbound", basic(`any:${secret}`), true],
    ["that is wrong", "/webhooks/sendgrid/inbound?key=wrong", undefined, false],
    ["that is empty", "/webhooks/sendgrid/inbound?key=", undefined, false],
    ["that is missing", "/webhooks/sendgrid/inbound", undefined, false],
    ["that is a wrong password", `/webhooks/sendgrid/inbound?key=${secret}`, basic("any:wrong"), false],
  ])("is a secret %s", async (_, url, authorization, ok) => {
    expect(
      (await verify({ secret: ["an-older-secret-of-ours", secret] }, withoutSignature(url, authorization))).ok,
    ).toBe(ok);
  });

  it("of events is none for mails, nor the other way round", async () => {
    const settings = { ...signedBySettings, webhook: { public_key: createSendGridKeys().publicKey } };
    const inbound = inboundOf(await createProvider(sendgrid, settings));
    expect(inbound.verify(signed(body), now)).toEqual({ ok: true });
    const asEvents = { ...signed(body), headers: { ...signed(body).headers, "content-type": "application/json" } };
    expect(inbound.verify(asEvents, now)).toEqual({ ok: false, reason: "signature_invalid" });
  });

  it("must be configured, and a secret must be long", () => {
    const problemsOf = (inbound: JsonObject) => {
      const configured = sendgrid.configure({ api_key: "SG.key", inbound });
      return configured.ok ? [] : configured.problems.map(({ path }) => path.join("."));
    };
    expect(problemsOf({})).toEqual(["inbound.secret"]);
    expect(problemsOf({ secret: "short" })).toEqual(["inbound.secret"]);
    expect(problemsOf({ secret })).toEqual([]);
  });
});

describe("a mail that can be answered and unsubscribed from", () => {
  it("has an address of its own to answer to, and the headers for one click", async () => {
    const fake = await startSendGridFake({ apiKey: "SG.key" });
    const settings = { api_key: "SG.key", base_url: fake.url, answers_to: "Answers@parse.example.com" };
    const outbound = outboundOf(await createProvider(sendgrid, settings));
    const unsubscribeUrl = "https://heed.example/unsubscribe/abc";
    const message = {
      intentId: "0f".repeat(16),
      attempt: 1,
      contactId: null,
      ruleId: "r",
      channel: "email",
      kind: "email",
      from: "hello@acme.example",
      to: "ana@example.com",
      content: { subject: "Hi", text: "Hi" },
    } as const;
    await outbound.send({ ...message, unsubscribeUrl });
    await outbound.send(message);
    expect(fake.messages[0]?.mail).toMatchObject({
      reply_to: { email: `answers+${"0f".repeat(16)}@parse.example.com` },
      headers: {
        "List-Unsubscribe": `<${unsubscribeUrl}>`,
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
      },
    });
    expect(fake.messages[1]?.mail).not.toHaveProperty("headers.List-Unsubscribe");
    await outbound.close();
    await fake.close();
  });
});
