import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../src/core/model/json.ts";
import { cloudevents } from "../../src/providers/cloudevents/cloudevents.ts";
import { binaryCloudEvent, structuredCloudEvents } from "../../src/providers/cloudevents/sign.ts";
import type { WebhookRequest } from "../../src/providers/provider.ts";
import { signStandardWebhook } from "../../src/providers/standard-webhooks.ts";
import { createProvider, inboundContract, inboundOf, now } from "./contract.ts";
import { fixturesOf, goldenContract } from "./golden.ts";

const fixtures = fixturesOf("cloudevents");
const token = "a-token-of-the-sender";
const secret = `whsec_${Buffer.alloc(24, 7).toString("base64")}`;
const url = "/webhooks/cloudevents";

const post = (body: Uint8Array | string, headers: WebhookRequest["headers"]): WebhookRequest => ({
  method: "POST",
  url,
  headers,
  body: Buffer.from(body),
});
const posted = (body: Uint8Array | string) => post(body, structuredCloudEvents(token, String(body).startsWith("[")));
const signed = (body: Uint8Array | string) =>
  post(body, { ...signStandardWebhook(body, "msg_1", now / 1_000, [secret]), authorization: undefined });
const open = async (settings: JsonObject = { bearer_token: token }) =>
  inboundOf(await createProvider(cloudevents, settings));
const samples = fixtures.names.map(fixtures.read);

inboundContract("cloudevents", {
  open: () => createProvider(cloudevents, { bearer_token: token }),
  signed: posted,
  samples,
  signsNothing: true,
});
inboundContract("signed cloudevents", {
  open: () => createProvider(cloudevents, { signing_secret: secret }),
  signed,
  samples,
});
goldenContract("a sender of CloudEvents", fixtures, async (name) =>
  (await open()).normalize(posted(fixtures.read(name)), now),
);

describe("the proof of a CloudEvent", () => {
  const body = fixtures.read("structured.json");

  it.each([
    ["no token", {}, "signature_missing"],
    ["another token", { authorization: "Bearer another" }, "signature_invalid"],
    ["a user and a password", { authorization: "Basic dXNlcjpwYXNz" }, "signature_missing"],
    [
      "a signature, which is not asked for",
      signStandardWebhook(body, "msg_1", now / 1_000, [secret]),
      "signature_missing",
    ],
  ])("with %s is refused", async (_, headers, reason) => {
    expect((await open()).verify(post(body, headers), now)).toEqual({ ok: false, reason });
  });

  it("may be any of the tokens that are being rotated, or a signature where both are configured", async () => {
    const inbound = await open({ bearer_token: ["old", token], signing_secret: secret });
    expect(inbound.verify(posted(body), now)).toEqual({ ok: true });
    expect(inbound.verify(signed(body), now)).toEqual({ ok: true });
    expect(inbound.verify(signed(body), now + 301_000)).toEqual({ ok: false, reason: "timestamp_stale" });
  });

  it("must be configured", () => {
    expect(cloudevents.configure({})).toMatchObject({ ok: false, problems: [{ path: ["bearer_token"] }] });
  });
});

describe("a CloudEvent in binary mode", () => {
  it("has its attributes in headers, percent-encoded, and its data as the body", async () => {
    const attributes = {
      specversion: "1.0",
      id: "1",
      source: "/größe",
      type: "order.placed",
      time: "2023-11-14T22:13:25Z",
      subject: "c_1001",
      tenant: "acme inc",
    };
    const request = post('{"total":49.5}', binaryCloudEvent(token, attributes));
    const inbound = await open();
    expect(inbound.verify(request, now)).toEqual({ ok: true });
    expect(inbound.normalize(request, now)).toMatchObject({
      events: [
        {
          event_id: "/größe 1",
          event_type: "order.placed",
          occurred_at: "2023-11-14T22:13:25.000Z",
          contact_id: "c_1001",
          data: { tenant: "acme inc", total: 49.5 },
        },
      ],
      quarantined: [],
    });
  });

  it("may be without data", async () => {
    const attributes = { specversion: "1.0", id: "2", source: "/a", type: "order.placed", subject: "c_1001" };
    expect((await open()).normalize(post("", binaryCloudEvent(token, attributes)), now)).toMatchObject({
      events: [{ event_id: "/a 2", contact_id: "c_1001" }],
    });
  });
});

describe("a CloudEvent in one of Heed's own names", () => {
  const reading = async (type: string, data: JsonObject = {}) => {
    const event = { specversion: "1.0", id: "1", source: "shop", type, subject: "42", data };
    return (await open()).normalize(posted(JSON.stringify(event)), now);
  };

  it.each(["sms.opted_in", "email.resubscribed", "contact.erased", "contact.merged"])(
    "that lifts a silence, erases or joins is `unknown`: %s",
    async (type) => {
      expect(await reading(type)).toMatchObject({ events: [{ event_type: "unknown", data: { type } }] });
    },
  );

  it.each(["sms.opted_out", "email.unsubscribed", "address.suppressed", "contact.identified"])(
    "that silences or tells is heard: %s",
    async (type) => {
      expect(await reading(type)).toMatchObject({ events: [{ event_type: type }] });
    },
  );

  it("that is a consent has its proof, or is set aside", async () => {
    const proof = { channel: "sms", source: "checkout", wording: "Text me." };
    expect(await reading("consent.granted", proof)).toMatchObject({ events: [{ data: proof }], quarantined: [] });
    expect(await reading("consent.granted", { channel: "sms" })).toMatchObject({
      events: [],
      quarantined: [{ reason: expect.stringContaining("data.wording of consent.granted is missing") }],
    });
  });
});
