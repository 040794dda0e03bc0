import { generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../src/core/model/json.ts";
import type { WebhookRequest } from "../../src/providers/provider.ts";
import {
  idHeader,
  signatureHeader,
  signStandardWebhook,
  timestampHeader,
} from "../../src/providers/standard-webhooks.ts";
import { standardWebhooks } from "../../src/providers/standard_webhooks/standard-webhooks.ts";
import { createProvider, inboundContract, inboundOf, now } from "./contract.ts";
import { fixturesOf, goldenContract } from "./golden.ts";

const fixtures = fixturesOf("standard_webhooks");
const secret = `whsec_${Buffer.alloc(24, 7).toString("base64")}`;
const next = `whsec_${Buffer.alloc(32, 8).toString("base64")}`;
const seconds = now / 1_000;

function signed(body: Uint8Array | string, at: number | string = seconds, secrets = [secret]): WebhookRequest {
  const headers = signStandardWebhook(body, "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W", at, secrets);
  return { method: "POST", url: "/webhooks/standard_webhooks", headers, body: Buffer.from(body) };
}

const open = async (settings: JsonObject = { secret }) => inboundOf(await createProvider(standardWebhooks, settings));

inboundContract("standard_webhooks", {
  open: () => createProvider(standardWebhooks, { secret }),
  signed,
  samples: ["order-placed.json", "by-email.json"].map(fixtures.read),
});
goldenContract("a sender of Standard Webhooks", fixtures, async (name) =>
  (await open()).normalize(signed(fixtures.read(name)), now),
);

describe("the signature of Standard Webhooks", () => {
  const body = '{"test": 2432232314}';

  it("is that of the specification's own example", async () => {
    const request = {
      method: "POST",
      url: "/",
      headers: {
        [idHeader]: "msg_p5jXN8AQM9LWM0D4loKWxJek",
        [timestampHeader]: "1614265330",
        [signatureHeader]: "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
      },
      body: Buffer.from(body),
    };
    const inbound = await open({ secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" });
    expect(inbound.verify(request, 1_614_265_330_000)).toEqual({ ok: true });
    expect(inbound.verify({ ...request, body: Buffer.from(body.trimEnd().slice(0, -1)) }, 1_614_265_330_000)).toEqual({
      ok: false,
      reason: "signature_invalid",
    });
  });

  it.each([
    ["is missing", { [signatureHeader]: undefined }, "signature_missing"],
    ["is empty", { [signatureHeader]: "" }, "signature_missing"],
    ["has no id", { [idHeader]: undefined }, "signature_missing"],
    ["has another id", { [idHeader]: "msg_other" }, "signature_invalid"],
    ["has no version", { [signatureHeader]: "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=" }, "signature_invalid"],
    ["has a version of its own", { [signatureHeader]: "v2,AAAA" }, "signature_invalid"],
    ["is very long", { [signatureHeader]: "v1,A ".repeat(3_000) }, "signature_invalid"],
    ["has no timestamp", { [timestampHeader]: undefined }, "timestamp_invalid"],
    ["has milliseconds", { [timestampHeader]: String(now) }, "timestamp_invalid"],
    ["has a negative timestamp", { [timestampHeader]: "-1700000000" }, "timestamp_invalid"],
    ["has another timestamp than was signed", { [timestampHeader]: String(seconds + 1) }, "signature_invalid"],
  ])("that %s is refused", async (_, headers, reason) => {
    const request = signed(body);
    const inbound = await open();
    expect(inbound.verify({ ...request, headers: { ...request.headers, ...headers } }, now)).toEqual({
      ok: false,
      reason,
    });
  });

  it("is right only under the version that made it", async () => {
    const request = signed(body);
    const as = async (version: string) => {
      const signature = request.headers[signatureHeader]?.replace("v1,", `${version},`);
      return (await open()).verify({ ...request, headers: { ...request.headers, [signatureHeader]: signature } }, now);
    };
    expect(await as("v1")).toEqual({ ok: true });
    for (const version of ["v2", "v1a", "", "V1"]) expect((await as(version)).ok).toBe(false);
  });

  it("holds for five minutes both ways, or as the workspace says", async () => {
    const usual = await open();
    const short = await open({ secret, tolerance: "1m" });
    const stale = { ok: false, reason: "timestamp_stale" };
    expect(usual.verify(signed(body, seconds - 300), now)).toEqual({ ok: true });
    expect(usual.verify(signed(body, seconds - 301), now)).toEqual(stale);
    expect(usual.verify(signed(body, seconds + 300), now)).toEqual({ ok: true });
    expect(usual.verify(signed(body, seconds + 301), now)).toEqual(stale);
    expect(short.verify(signed(body, seconds - 61), now)).toEqual(stale);
  });

  it("may be made with any of the secrets that are being rotated, and be one of several", async () => {
    const both = await open({ secret: [secret, next] });
    expect(both.verify(signed(body, seconds, [next]), now)).toEqual({ ok: true });
    expect((await open()).verify(signed(body, seconds, [next, secret]), now)).toEqual({ ok: true });
    expect((await open()).verify(signed(body, seconds, [next]), now).ok).toBe(false);
  });

  it("may be one of ed25519, which no secret of ours could make", async () => {
    const { publicKey, privateKey } = generateKeyPairSync("ed25519");
    const raw = (key: string | undefined) => Buffer.from(key ?? "", "base64url").toString("base64");
    const whpk = `whpk_${raw(publicKey.export({ format: "jwk" }).x)}`;
    const whsk = `whsk_${raw(privateKey.export({ format: "jwk" }).d)}`;
    const inbound = await open({ secret: [whpk] });
    expect(inbound.verify(signed(body, seconds, [whsk]), now)).toEqual({ ok: true });
    expect(inbound.verify({ ...signed(body, seconds, [whsk]), body: Buffer.from(`${body} `) }, now).ok).toBe(false);
    expect(inbound.verify(signed(body), now).ok).toBe(false);
  });

  it("needs a secret that can be one, of which nothing is told", () => {
    const configuration = standardWebhooks.configure({ secret: "whsec_SECRET" });
    expect(configuration).toMatchObject({ ok: false, problems: [{ path: ["secret"] }] });
    expect(JSON.stringify(configuration)).not.toContain("SECRET");
    expect(standardWebhooks.configure({})).toMatchObject({ ok: false, problems: [{ path: ["secret"] }] });
  });
});

describe("a message of Standard Webhooks", () => {
  it.each(["5", "null", "[]", '"text"', '{"data":[]}', '{"type":"a","data":{"contact_id":["x"]}}'])(
    "as %s is set aside, not guessed",
    async (body) => {
      expect((await open()).normalize(signed(body), now)).toMatchObject({
        events: [],
        quarantined: [{ reason: expect.any(String) }],
      });
    },
  );
});

it("lifts no silence, and gives no consent without its proof", async () => {
  const inbound = await open();
  const read = (type: string) =>
    inbound.normalize(signed(JSON.stringify({ type, data: { contact_id: "42", channel: "sms" } })), now);
  expect(read("sms.opted_in")).toMatchObject({ events: [{ event_type: "unknown", data: { type: "sms.opted_in" } }] });
  expect(read("consent.granted")).toMatchObject({ events: [], quarantined: [{ reason: expect.any(String) }] });
});
