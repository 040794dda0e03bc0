import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../src/core/model/json.ts";
import { customerio } from "../../src/providers/customerio/customerio.ts";
import { signatureHeader, signCustomerIo, timestampHeader } from "../../src/providers/customerio/sign.ts";
import type { WebhookRequest } from "../../src/providers/provider.ts";
import { createProvider, inboundContract, inboundOf, now } from "./contract.ts";
import { fixturesOf, goldenContract } from "./golden.ts";

const fixtures = fixturesOf("customerio");
const key = "signing-key-of-the-webhook";
const seconds = now / 1_000;

function signed(body: Uint8Array | string, at: number | string = seconds, signingKey = key): WebhookRequest {
  const headers = signCustomerIo(body, at, signingKey);
  return { method: "POST", url: "/webhooks/customerio", headers, body: Buffer.from(body) };
}
const open = async (settings: JsonObject = { signing_key: key }) =>
  inboundOf(await createProvider(customerio, settings));

inboundContract("customerio", {
  open: () => createProvider(customerio, { signing_key: key }),
  signed,
  samples: fixtures.names.filter((name) => name !== "nobody.json").map(fixtures.read),
});
goldenContract("customerio", fixtures, async (name) => (await open()).normalize(signed(fixtures.read(name)), now));

describe("the signature of customerio", () => {
  const body = fixtures.read("delivered.json");
  const days = 24 * 3_600;

  it("is that of an independently computed request", async () => {
    // printf '%s' 'v0:1700010000:{}' | openssl dgst -sha256 -hmac secret
    const headers = {
      [signatureHeader]: "e4e42a5af2140254ff3501c10910ac9619020f6fb3e0df70cc7f5ff0b9bd02a0",
      [timestampHeader]: "1700010000",
    };
    const inbound = await open({ signing_key: "secret" });
    expect(inbound.verify({ method: "POST", url: "/", headers, body: Buffer.from("{}") }, now)).toEqual({ ok: true });
  });

  it.each([
    ["is missing", { [signatureHeader]: undefined }, "signature_missing"],
    ["has another length", { [signatureHeader]: "abc" }, "signature_invalid"],
    ["has no timestamp", { [timestampHeader]: undefined }, "timestamp_invalid"],
    ["has milliseconds", { [timestampHeader]: String(now) }, "timestamp_invalid"],
    ["has another timestamp than was signed", { [timestampHeader]: String(seconds + 1) }, "signature_invalid"],
  ])("that %s is refused", async (_, headers, reason) => {
    const request = signed(body);
    expect((await open()).verify({ ...request, headers: { ...request.headers, ...headers } }, now)).toEqual({
      ok: false,
      reason,
    });
  });

  it("covers every byte, and may be made with any of the keys that are being rotated", async () => {
    const inbound = await open({ signing_key: ["old", key] });
    expect(inbound.verify({ ...signed(body), body: Buffer.from(body.slice(0, -1)) }, now).ok).toBe(false);
    expect(inbound.verify(signed(body, seconds, "old"), now)).toEqual({ ok: true });
    expect(inbound.verify(signed(body, seconds, "another"), now)).toEqual({ ok: false, reason: "signature_invalid" });
  });

  it("holds for eight days, because repetitions run for seven, or as long as the workspace says", async () => {
    const stale = { ok: false, reason: "timestamp_stale" };
    const inbound = await open();
    expect(inbound.verify(signed(body, seconds - 8 * days), now)).toEqual({ ok: true });
    expect(inbound.verify(signed(body, seconds - 8 * days - 1), now)).toEqual(stale);
    expect(inbound.verify(signed(body, seconds + 301), now)).toEqual(stale);
    expect((await open({ signing_key: key, tolerance: "5m" })).verify(signed(body, seconds - 301), now)).toEqual(stale);
  });
});

describe("a report of customerio", () => {
  const read = async (fields: object) => {
    const body = JSON.stringify({
      event_id: "e1",
      object_type: "email",
      metric: "sent",
      data: { customer_id: "u" },
      ...fields,
    });
    const normalized = (await open()).normalize(signed(body), now);
    if ("malformed" in normalized) throw new Error(normalized.malformed);
    return normalized;
  };

  it.each([
    ["email", "sent", "email.processed"],
    ["email", "bounced", "email.bounced"],
    ["email", "spammed", "email.complained"],
    ["email", "unsubscribed", "email.unsubscribed"],
    ["email", "attempted", "unknown"],
    ["customer", "subscribed", "email.resubscribed"],
    ["sms", "delivered", "sms.delivered"],
    ["push", "opened", "push.opened"],
    ["webhook", "sent", "unknown"],
    ["constructor", "prototype", "unknown"],
  ])("of %s %s is %s", async (object, metric, type) => {
    const { events } = await read({ object_type: object, metric });
    expect(events).toMatchObject([{ event_type: type, data: { metric, object_type: object } }]);
  });

  it.each([
    ["no id", { event_id: null }],
    ["no metric", { metric: 5 }],
    ["a customer that is a list", { data: { customer_id: ["u"] } }],
    ["nobody", { data: {} }],
  ])("with %s is set aside, not guessed", async (_, fields) => {
    expect(await read(fields)).toMatchObject({ events: [], quarantined: [{ reason: expect.any(String) }] });
  });

  it("has a time in seconds, never in the future", async () => {
    const at = async (timestamp: unknown) => (await read({ timestamp })).events[0]?.occurred_at;
    expect(await at(1_699_999_999)).toBe("2023-11-14T22:13:19.000Z");
    expect(await at(seconds + 60)).toBe(new Date(now).toISOString());
    expect(await at("soon")).toBe(new Date(now).toISOString());
  });
});
