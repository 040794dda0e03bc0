import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../src/core/model/json.ts";
import type { WebhookRequest } from "../../src/providers/provider.ts";
import { rudderstack } from "../../src/providers/rudderstack/rudderstack.ts";
import { segment } from "../../src/providers/segment/segment.ts";
import { segmentApiHeaders, signatureHeader, signSegment } from "../../src/providers/segment/sign.ts";
import { createProvider, inboundContract, inboundOf, now } from "./contract.ts";
import { fixturesOf, goldenContract } from "./golden.ts";

const fixtures = fixturesOf("segment");
const secret = "shared-secret-of-the-destination";
const writeKey = "write-key-of-a-source";
const settings = { shared_secret: secret, write_key: writeKey };
const url = "/webhooks/segment";

const post = (body: Uint8Array | string, headers: WebhookRequest["headers"], at = url): WebhookRequest => ({
  method: "POST",
  url: at,
  headers,
  body: Buffer.from(body),
});
const signed = (body: Uint8Array | string) => post(body, signSegment(body, secret));
const called = (call: string, body: string) => post(body, segmentApiHeaders(writeKey), `/v1/${call}`);
const open = async (given: JsonObject = settings) => inboundOf(await createProvider(segment, given));

inboundContract("segment", {
  open: () => createProvider(segment, settings),
  signed,
  samples: ["identify.json", "track.json", "batch.json", "odd-ones.json"].map(fixtures.read),
});
inboundContract("the HTTP API of segment", {
  open: () => createProvider(segment, settings),
  signed: (body) => called("batch", Buffer.from(body).toString()),
  samples: [fixtures.read("api-batch.json")],
  signsNothing: true,
});
goldenContract("segment", fixtures, async (name) => {
  const call = /^api-(\w+)/.exec(name)?.[1];
  const body = fixtures.read(name);
  return (await open()).normalize(call === undefined ? signed(body) : called(call, body), now);
});

describe("the signature of segment", () => {
  const one = JSON.stringify({ type: "track", event: "A", userId: "u", messageId: "m" });
  const two = `[${one},${one}]`;
  const invalid = { ok: false, reason: "signature_invalid" };

  it("covers the bytes sent, or the event as its serializer writes it", async () => {
    const inbound = await open();
    const spaced = JSON.stringify(JSON.parse(one), null, 2);
    expect(inbound.verify(post(spaced, signSegment(spaced, secret)), now)).toEqual({ ok: true });
    expect(inbound.verify(post(spaced, signSegment(one, secret)), now)).toEqual({ ok: true });
    expect(inbound.verify(post(spaced.trimEnd().slice(1), signSegment(one, secret)), now)).toEqual(invalid);
    expect(inbound.verify(post(one, signSegment(one, "another")), now)).toEqual(invalid);
    expect(inbound.verify(post(one, {}), now)).toEqual({ ok: false, reason: "signature_missing" });
    expect(inbound.verify(post(one, { [signatureHeader]: "zz" }), now)).toEqual(invalid);
  });

  it("says nothing of a batch beyond its first event, so that a batch needs a secret header", async () => {
    const first = signSegment(one, secret);
    const strict = await open();
    expect(strict.verify(post(`[${one}]`, first), now)).toEqual({ ok: true });
    expect(strict.verify(post(two, first), now)).toEqual(invalid);
    const batching = await open({ ...settings, header: "X-My-Secret", header_secret: ["old", "new"] });
    expect(batching.verify(post(two, { ...first, "x-my-secret": "new" }), now)).toEqual({ ok: true });
    expect(batching.verify(post(two, { ...first, "x-my-secret": "guessed" }), now)).toEqual(invalid);
    expect(batching.verify(post(two, first), now)).toEqual(invalid);
  });

  it("may be made with any of the secrets that are being rotated", async () => {
    const inbound = await open({ shared_secret: [secret, "next"] });
    expect(inbound.verify(post(one, signSegment(one, "next")), now)).toEqual({ ok: true });
  });

  it("and a write key do not open each other's door", async () => {
    const inbound = await open();
    expect(inbound.verify(called("track", one), now)).toEqual({ ok: true });
    expect(inbound.verify(post(one, signSegment(one, secret), "/v1/track"), now).ok).toBe(false);
    expect(inbound.verify(post(one, segmentApiHeaders(writeKey)), now).ok).toBe(false);
    expect(inbound.verify(post(one, segmentApiHeaders("another"), "/v1/track"), now)).toEqual(invalid);
    expect((await open({ shared_secret: secret })).paths).toBeUndefined();
  });
});

describe("a call of segment's HTTP API", () => {
  const normalize = async (call: string, body: object) => {
    const normalized = (await open()).normalize(called(call, JSON.stringify(body)), now);
    if ("malformed" in normalized) throw new Error(normalized.malformed);
    return normalized;
  };
  const at = async (fields: object) =>
    (await normalize("track", { userId: "u", event: "A", ...fields })).events[0]?.occurred_at;

  it("happened when its sender says, corrected by how much its clock is off", async () => {
    expect(await at({ timestamp: "2023-11-14T20:00:00Z", sentAt: "2023-11-14T20:00:10Z" })).toBe(
      new Date(now - 10_000).toISOString(),
    );
    expect(await at({ timestamp: "2031-01-01T00:00:00Z", sentAt: "2031-01-01T00:01:00Z" })).toBe(
      new Date(now - 60_000).toISOString(),
    );
    expect(await at({ timestamp: "2023-11-14T20:00:00Z" })).toBe("2023-11-14T20:00:00.000Z");
    expect(await at({ timestamp: "2031-01-01T00:00:00Z" })).toBe(new Date(now).toISOString());
    expect(await at({ timestamp: "soon", sentAt: 1e300 })).toBe(new Date(now).toISOString());
    expect(await at({ timestamp: "1970-01-02T00:00:00Z", sentAt: "2300-01-01T00:00:00Z" })).toMatch(/^1970/);
  });

  it("brings the token of a device as the address that it is, and keeps it nowhere else", async () => {
    const device = { id: "d1", token: "fcm-token_1:APA91b", type: "android" };
    const { events } = await normalize("track", { userId: "u", event: "A", context: { device, locale: "en" } });
    expect(events[0]?.address).toEqual({ push: "fcm-token_1:APA91b" });
    expect(events[0]?.data["context"]).toEqual({ locale: "en", device: { id: "d1", type: "android" } });
    const traits = { email: "ana@example.com" };
    const both = await normalize("identify", { userId: "u", traits, context: { device } });
    expect(both.events[0]?.address).toEqual({ email: "ana@example.com", push: "fcm-token_1:APA91b" });
    for (const token of ["", "two words", 5, "x".repeat(1_001)]) {
      const odd = await normalize("track", { userId: "u", event: "A", context: { device: { token } } });
      expect(odd.events[0]).not.toHaveProperty("address");
    }
    const nobody = await normalize("track", { event: "A", context: { device } });
    expect(nobody).toMatchObject({ events: [], quarantined: [{ reason: expect.stringContaining("no identity") }] });
  });

  it("is of the type that its path says", async () => {
    expect((await normalize("identify", { type: "delete", userId: "u" })).events[0]?.event_type).toBe(
      "contact.identified",
    );
  });

  it("is set aside when it is larger than 32 kB, without the rest of its batch", async () => {
    const call = { type: "track", userId: "u", event: "A", messageId: "m" };
    const { events, quarantined } = await normalize("batch", {
      batch: [{ ...call, properties: { text: "x".repeat(32 * 1024) } }, call],
    });
    expect(events.map((event) => event.event_id)).toEqual(["m"]);
    expect(quarantined).toMatchObject([{ reason: "element is larger than 32768 bytes" }]);
  });

  it("has no id of its own but that of its content", async () => {
    const id = async (total: number) =>
      (await normalize("track", { userId: "u", event: "A", properties: { total } })).events[0]?.event_id;
    expect(await id(1)).toBe(await id(1));
    expect(await id(1)).not.toBe(await id(2));
  });

  it.each(["{}", "[]", "5", '{"batch":{}}'])("as the batch %s is set aside", async (body) => {
    expect((await open()).normalize(called("batch", body), now)).toMatchObject({
      events: [],
      quarantined: [{ reason: expect.any(String) }],
    });
  });
});

const rudder = fixturesOf("rudderstack");
const rudderSettings = { header_secret: ["old", secret] };
const forwarded = (body: Uint8Array | string) => post(body, { "x-signing-key": secret }, "/webhooks/rudderstack");

inboundContract("rudderstack", {
  open: () => createProvider(rudderstack, rudderSettings),
  signed: forwarded,
  samples: rudder.names.map(rudder.read),
  signsNothing: true,
});
goldenContract("rudderstack", rudder, async (name) =>
  inboundOf(await createProvider(rudderstack, rudderSettings)).normalize(forwarded(rudder.read(name)), now),
);

describe("the proof of rudderstack", () => {
  it("is a secret in a header of the destination's settings", async () => {
    const inbound = inboundOf(await createProvider(rudderstack, { header: "X-Mine", header_secret: secret }));
    const body = rudder.read("track.json");
    expect(inbound.verify(post(body, { "x-mine": secret }), now)).toEqual({ ok: true });
    expect(inbound.verify(post(body, { "x-mine": "another" }), now)).toEqual({
      ok: false,
      reason: "signature_invalid",
    });
    expect(inbound.verify(forwarded(body), now)).toEqual({ ok: false, reason: "signature_missing" });
    expect(rudderstack.configure({})).toMatchObject({ ok: false, problems: [{ path: ["header_secret"] }] });
  });
});
