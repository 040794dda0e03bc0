import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../src/core/model/json.ts";
import { hubspot } from "../../src/providers/hubspot/hubspot.ts";
import { signatureHeader, signHubSpot, timestampHeader } from "../../src/providers/hubspot/sign.ts";
import type { WebhookRequest } from "../../src/providers/provider.ts";
import { createProvider, inboundContract, inboundOf, now } from "./contract.ts";
import { fixturesOf, goldenContract } from "./golden.ts";

const fixtures = fixturesOf("hubspot");
const secret = "client-secret-of-the-app";
const publicUrl = "https://hooks.example.com/heed";
const path = "/webhooks/hubspot";
const settings = { client_secret: secret, public_url: publicUrl };

function signed(body: Uint8Array | string, at: number | string = now, url = path, key = secret): WebhookRequest {
  return { method: "POST", url, headers: signHubSpot(publicUrl + url, body, at, key), body: Buffer.from(body) };
}
const open = async (given: JsonObject = settings) => inboundOf(await createProvider(hubspot, given));

inboundContract("hubspot", {
  open: () => createProvider(hubspot, settings),
  signed,
  samples: fixtures.names.map(fixtures.read),
});
goldenContract("hubspot", fixtures, async (name) => (await open()).normalize(signed(fixtures.read(name)), now));

describe("the signature of hubspot", () => {
  const body = fixtures.read("batch.json");

  it("is that of an independently computed request", async () => {
    // printf '%s' 'POSThttps://hooks.example.com/heed/webhooks/hubspot[]1700010000000' | openssl dgst -sha256 -hmac secret -binary | base64
    const inbound = await open({ ...settings, client_secret: "secret" });
    const headers = {
      [signatureHeader]: "3n2rAGF8sRjzMu5ED1oI9I17wQs9N5P52zZYI6vvbuo=",
      [timestampHeader]: "1700010000000",
    };
    expect(inbound.verify({ method: "POST", url: path, headers, body: Buffer.from("[]") }, now)).toEqual({ ok: true });
  });

  it("covers method, address and query as received, and never the Host header", async () => {
    const inbound = await open();
    const request = signed(body, now, `${path}?a=b`);
    expect(inbound.verify({ ...request, headers: { ...request.headers, host: "evil.example" } }, now)).toEqual({
      ok: true,
    });
    expect(inbound.verify({ ...request, url: path }, now).ok).toBe(false);
    expect(inbound.verify({ ...request, method: "PUT" }, now).ok).toBe(false);
    expect(inbound.verify({ ...request, body: Buffer.from(body.trim().slice(0, -1)) }, now).ok).toBe(false);
  });

  it("is of an address in which HubSpot decoded some escapes", async () => {
    const decoded = signed(body, now, `${path}?who=a@b:c`);
    expect((await open()).verify({ ...decoded, url: `${path}?who=a%40b%3ac` }, now)).toEqual({ ok: true });
    expect((await open()).verify({ ...decoded, url: `${path}?who=a%40b%3ad` }, now).ok).toBe(false);
  });

  it.each([
    ["is missing", { [signatureHeader]: undefined }, "signature_missing"],
    ["is empty", { [signatureHeader]: "" }, "signature_missing"],
    ["has another length", { [signatureHeader]: "abc=" }, "signature_invalid"],
    ["has no timestamp", { [timestampHeader]: undefined }, "timestamp_invalid"],
    ["has seconds", { [timestampHeader]: String(now / 1_000) }, "timestamp_invalid"],
    ["has another timestamp than was signed", { [timestampHeader]: String(now + 1) }, "signature_invalid"],
  ])("that %s is refused", async (_, headers, reason) => {
    const request = signed(body);
    expect((await open()).verify({ ...request, headers: { ...request.headers, ...headers } }, now)).toEqual({
      ok: false,
      reason,
    });
  });

  it("holds for five minutes, and may be made with any of the secrets that are being rotated", async () => {
    const inbound = await open({ ...settings, client_secret: ["old", secret] });
    expect(inbound.verify(signed(body, now - 300_000), now)).toEqual({ ok: true });
    expect(inbound.verify(signed(body, now - 300_001), now)).toEqual({ ok: false, reason: "timestamp_stale" });
    expect(inbound.verify(signed(body, now + 300_001), now)).toEqual({ ok: false, reason: "timestamp_stale" });
    expect(inbound.verify(signed(body, now, path, "old"), now)).toEqual({ ok: true });
    expect(inbound.verify(signed(body, now, path, "another"), now).ok).toBe(false);
  });
});

describe("a change at hubspot", () => {
  const first = async (change: object, given: JsonObject = {}) => {
    const read = (await open({ ...settings, ...given })).normalize(signed(JSON.stringify([change])), now);
    return "malformed" in read ? undefined : read.events[0];
  };
  const creation = { eventId: 1, subscriptionId: 2, objectId: 123, occurredAt: 1_700_000_000_000 };

  it("belongs to a contact of HubSpot's number, or of the number itself where the workspace says so", async () => {
    const change = { ...creation, subscriptionType: "contact.creation" };
    expect((await first(change))?.contact_id).toBe("hubspot-123");
    expect((await first(change, { contact_ids: "plain" }))?.contact_id).toBe("123");
  });

  it("is the same in every attempt, and another one at another time or for another subscription", async () => {
    const id = async (fields: object) =>
      (await first({ ...creation, subscriptionType: "contact.creation", ...fields }))?.event_id;
    expect(await id({ attemptNumber: 3 })).toBe(await id({ attemptNumber: 0 }));
    expect(await id({ occurredAt: 1_700_000_000_001 })).not.toBe(await id({}));
    expect(await id({ subscriptionId: 3 })).not.toBe(await id({}));
  });

  it("needs an address that HubSpot signs and a secret", () => {
    const configuration = hubspot.configure({ contact_ids: "SECRET" });
    const paths = configuration.ok ? [] : configuration.problems.map(({ path: at }) => at.join("."));
    expect(paths).toEqual(["client_secret", "public_url", "contact_ids"]);
    expect(JSON.stringify(configuration)).not.toContain("SECRET");
  });
});
