/**
 * What Heed takes for true of a vendor that the vendor does not document: each is a setting, whose default is what Heed
 * takes it for. Whoever learns better changes a line of heed.yaml, not Heed. A new one gets its line here.
 *
 * Other things that vendors leave open are relied upon by nothing: how long they wait for an answer and how often they
 * come again (a 2xx is durable and soon, all else may come again), whether a token or a signature is new in a repetition
 * (tolerances are as long as they repeat), and which ids are unique (ids of events are made of all that tells them apart).
 */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Json, JsonObject } from "../../src/core/model/json.ts";
import { isJsonObject, parseJson } from "../../src/core/model/parse-json.ts";
import { customerio } from "../../src/providers/customerio/customerio.ts";
import { signCustomerIo } from "../../src/providers/customerio/sign.ts";
import { outcomeOfRefusal as ofFcm } from "../../src/providers/fcm/refusal.ts";
import { readFcmSettings } from "../../src/providers/fcm/settings.ts";
import { hubspot } from "../../src/providers/hubspot/hubspot.ts";
import { readMailgunSettings } from "../../src/providers/mailgun/settings.ts";
import { classicApi } from "../../src/providers/messagebird/send.ts";
import { messagebird } from "../../src/providers/messagebird/messagebird.ts";
import { readMessageBirdSettings } from "../../src/providers/messagebird/settings.ts";
import { readPostmarkSettings } from "../../src/providers/postmark/settings.ts";
import { readSendGridSettings } from "../../src/providers/sendgrid/settings.ts";
import { readSettings, type Settings } from "../../src/providers/settings.ts";
import { outcomeOfRefusal as ofTwilio } from "../../src/providers/twilio/codes.ts";
import { readTwilioSettings } from "../../src/providers/twilio/settings.ts";
import { twilio } from "../../src/providers/twilio/twilio.ts";
import { smsApi } from "../../src/providers/vonage/send.ts";
import { readVonageSettings } from "../../src/providers/vonage/settings.ts";
import { vonage } from "../../src/providers/vonage/vonage.ts";
import { createProvider, inboundOf, now } from "./contract.ts";
import { fixturesOf } from "./golden.ts";

interface Fact {
  readonly says: string;
  /** Below `providers`. */
  readonly path: string;
  /** What Heed takes it for. */
  readonly standard: Json;
  /** What it might turn out to be. */
  readonly other: Json;
  /** What Heed makes of it with these settings of the vendor. */
  readonly seen: (settings: JsonObject) => unknown;
}

/** Settings without which a vendor has none. */
const needed: Readonly<Record<string, JsonObject>> = {
  customerio: { signing_key: "key" },
  fcm: { project_id: "p", client_email: "e", private_key: "k" },
  hubspot: { client_secret: "secret", public_url: "https://hooks.example.com" },
  mailgun: { api_key: "k", domain: "mg.example.com", webhook: { signing_key: "k" } },
  messagebird: { access_key: "k", webhook: { public_url: "https://hooks.example.com", signing_key: "k" } },
  postmark: { server_token: "t", webhook: { header: "x-secret", secret: "s".repeat(16) } },
  sendgrid: { api_key: "k", inbound: { secret: "s".repeat(16) }, webhook: {} },
  twilio: { account_sid: "AC1", auth_token: "t", webhook: { public_url: "https://hooks.example.com" } },
  vonage: { api_key: "k", api_secret: "s", webhook: { signature_secret: "s" } },
};

const read = <T>(settings: JsonObject, reader: (settings: Settings) => T): T => readSettings(settings, reader).value;

async function eventsOf(definition: typeof vonage, settings: JsonObject, fixture: string, headers = {}, body?: string) {
  const inbound = inboundOf(await createProvider(definition, settings));
  const request = {
    method: "POST",
    url: `/webhooks/${definition.name}`,
    headers: { "content-type": fixture.endsWith(".json") ? "application/json" : form, ...headers },
    body: Buffer.from(body ?? fixturesOf(definition.name).read(fixture).trim()),
  };
  return inbound.normalize(request, now);
}
const form = "application/x-www-form-urlencoded";

const refused = (code: string) => ({ status: 400, code, afterMs: null });
const answer = (body: object) => ({ status: 400, headers: {}, body: JSON.stringify(body) });
const classicHeaders = { "messagebird-signature-jwt": "t" };
const birdHeaders = { "messagebird-signature": "s", "messagebird-request-timestamp": "1" };
const merge = JSON.stringify([
  {
    subscriptionType: "contact.merge",
    eventId: 1,
    objectId: 7,
    newObjectId: 9,
    mergedObjectIds: [7, 9],
    primaryObjectId: 7,
    losers: [8],
  },
]);

const codes: readonly Fact[] = [
  {
    says: "1240 of Vonage's Messages API is an opt-out",
    path: "vonage.codes",
    standard: { opted_out: ["1240"] },
    other: { other: [1240] },
    seen: (settings) => {
      const { codes: known } = read(settings, readVonageSettings);
      return known.get("1240");
    },
  },
  {
    says: "1 of Vonage's SMS API wants a pause",
    path: "vonage.codes",
    standard: { retryable: "1" },
    other: { content: "1" },
    seen: (settings) => {
      const body = JSON.stringify({ messages: [{ status: "1" }] });
      return smsApi(read(settings, readVonageSettings)).outcome({ status: 200, headers: {}, body }, now);
    },
  },
  {
    says: "9 in a receipt of Vonage is an opt-out",
    path: "vonage.webhook.codes",
    standard: { opted_out: ["9"] },
    other: { invalid_address: ["9"] },
    seen: (settings) =>
      eventsOf(vonage, settings, ".form", {}, "messageId=1&msisdn=12025550143&to=1&status=rejected&err-code=9"),
  },
  {
    says: "103 in a report of MessageBird is an opt-out",
    path: "messagebird.webhook.codes",
    standard: { opted_out: ["103", "opted out"] },
    other: { invalid_address: [103, "opted out"] },
    seen: (settings) => eventsOf(messagebird, settings, "classic-report-opted-out.form", classicHeaders),
  },
  {
    says: "99 in an answer of MessageBird leaves open whether it was taken",
    path: "messagebird.codes",
    standard: { ambiguous: ["99"] },
    other: { retryable: ["99"] },
    seen: (settings) =>
      classicApi(read(settings, readMessageBirdSettings)).outcome(answer({ errors: [{ code: 99 }] }), now),
  },
  ...(
    [
      [10004, "retryable", "limit of calls at once"],
      [21210, "misconfigured", "number that may not be called from"],
      [21215, "other", "country that may not be called"],
      [30004, "opted_out", "block, which may be a STOP to the carrier"],
    ] as const
  ).map(([code, meaning, what]): Fact => ({
    says: `${code} of Twilio is a ${what}`,
    path: "twilio.codes",
    standard: { [meaning]: [code] },
    other: { content: [code] },
    seen: (settings) => ofTwilio(refused(String(code)), read(settings, readTwilioSettings).codes),
  })),
  {
    says: "30004 in a report of Twilio is an opt-out",
    path: "twilio.codes",
    standard: { opted_out: [30004] },
    other: { other: [30004] },
    seen: (settings) => {
      const report = "MessageSid=SM1&MessageStatus=failed&ErrorCode=30004&To=%2B12025550143&From=%2B12025550100";
      return eventsOf(twilio, settings, ".form", {}, report);
    },
  },
];

const birdFields = {
  id: "id",
  sender: "sender",
  receiver: "receiver",
  body: "body",
  reference: "reference",
  status: "status",
  failure: "failure",
  channel: "channelId",
  written_at: "createdAt",
  status_at: "lastStatusAt",
};
const ofInbound: ReadonlySet<string> = new Set(["sender", "body", "written_at"]);

const names: readonly Fact[] = [
  ...Object.entries(birdFields).map(([name, standard]): Fact => ({
    says: `a notice of Bird has its ${name} in ${standard}`,
    path: `messagebird.webhook.fields.${name}`,
    standard,
    other: "elsewhere",
    seen: (settings) => {
      const fixture = ofInbound.has(name) ? "bird-inbound.json" : "bird-outbound-failed.json";
      return eventsOf(messagebird, settings, fixture, birdHeaders);
    },
  })),
  {
    says: "Customer.io marks what machines do by prefetched",
    path: "customerio.machine_fields",
    standard: ["prefetched", "machine"],
    other: "proxied",
    seen: (settings) => eventsOf(customerio, settings, "opened-by-a-machine.json", signCustomerIo("", 1, "key")),
  },
  {
    says: "HubSpot names who goes on after a merge by newObjectId",
    path: "hubspot.merge_fields.survivor",
    standard: "newObjectId",
    other: "primaryObjectId",
    seen: (settings) => eventsOf(hubspot, settings, ".json", {}, merge),
  },
  {
    says: "HubSpot names who was merged by mergedObjectIds",
    path: "hubspot.merge_fields.merged",
    standard: "mergedObjectIds",
    other: "losers",
    seen: (settings) => eventsOf(hubspot, settings, ".json", {}, merge),
  },
];

const amounts: readonly Fact[] = [
  {
    says: "FCM's quota is free again after a minute",
    path: "fcm.quota_wait",
    standard: "60s",
    other: "5m",
    seen: (settings) => ofFcm({ status: 429, code: null, afterMs: null }, read(settings, readFcmSettings).quotaMs),
  },
  {
    says: "SendGrid's events are signed once for the 24 hours for which they come again",
    path: "sendgrid.webhook.tolerance",
    standard: "25h",
    other: "5m",
    seen: (settings) => read(settings, readSendGridSettings).webhook?.toleranceMs,
  },
  {
    says: "SendGrid's mails are signed once for the three days for which they come again",
    path: "sendgrid.inbound.tolerance",
    standard: "73h",
    other: "5m",
    seen: (settings) => read(settings, readSendGridSettings).inbound?.toleranceMs,
  },
  {
    says: "SendGrid posts mails of 30 MB at most",
    path: "sendgrid.inbound.max_mail",
    standard: "32mb",
    other: "900kb",
    seen: (settings) => read(settings, readSendGridSettings).inbound?.maxMailBytes,
  },
  {
    says: "Mailgun signs once for the eight hours for which it comes again",
    path: "mailgun.webhook.tolerance",
    standard: "9h",
    other: "15m",
    seen: (settings) => read(settings, readMailgunSettings).webhook?.toleranceMs,
  },
  {
    says: "Mailgun posts mails of 25 MB at most",
    path: "mailgun.webhook.max_mail",
    standard: "32mb",
    other: "40mb",
    seen: (settings) => read(settings, readMailgunSettings).webhook?.maxMailBytes,
  },
  {
    says: "Mailgun's list of events is complete after half an hour",
    path: "mailgun.events_settle",
    standard: "30m",
    other: "1h",
    seen: (settings) => read(settings, readMailgunSettings).settleMs,
  },
  {
    says: "Postmark posts mails of 35 MB at most, as text",
    path: "postmark.webhook.max_mail",
    standard: "48mb",
    other: "64mb",
    seen: (settings) => read(settings, readPostmarkSettings).webhook?.maxMailBytes,
  },
  {
    says: "Vonage signs once for the 24 hours for which it comes again",
    path: "vonage.webhook.tolerance",
    standard: "25h",
    other: "5m",
    seen: (settings) => read(settings, readVonageSettings).webhook?.toleranceMs,
  },
  {
    says: "Bird signs once for the eight hours for which it comes again",
    path: "messagebird.webhook.tolerance",
    standard: "9h",
    other: "5m",
    seen: (settings) => read(settings, readMessageBirdSettings).webhook?.toleranceMs,
  },
  {
    says: "Customer.io signs once for the seven days for which it comes again",
    path: "customerio.tolerance",
    standard: "192h",
    other: "5m",
    seen: async (settings) => {
      const body = fixturesOf("customerio").read("delivered.json");
      const headers = signCustomerIo(body, now / 1_000 - 7 * 24 * 3_600, "key");
      const request = { method: "POST", url: "/", headers, body: Buffer.from(body) };
      return inboundOf(await createProvider(customerio, settings)).verify(request, now);
    },
  },
];

/** The settings with `value` at `path`. */
function withValue(settings: JsonObject, [key = "", ...rest]: readonly string[], value: Json): JsonObject {
  const inner = settings[key];
  return { ...settings, [key]: rest.length === 0 ? value : withValue(isJsonObject(inner) ? inner : {}, rest, value) };
}

const workspaceSchema = (() => {
  const text = readFileSync(new URL("../../schemas/workspace.schema.json", import.meta.url), "utf8");
  const parsed = parseJson(text);
  if (!parsed.ok || !isJsonObject(parsed.value)) throw new Error("expected the schema of heed.yaml");
  return parsed.value;
})();

function described(path: readonly string[]): JsonObject | null {
  const resolve = (node: Json | undefined): JsonObject | null => {
    if (!isJsonObject(node)) return null;
    const name = typeof node["$ref"] === "string" ? node["$ref"].replace("#/definitions/", "") : null;
    const { definitions } = workspaceSchema;
    return name === null ? node : resolve(isJsonObject(definitions) ? definitions[name] : undefined);
  };
  let node: JsonObject | null = workspaceSchema;
  for (const key of ["providers", ...path]) {
    const properties: Json | undefined = node?.["properties"];
    node = resolve(isJsonObject(properties) ? properties[key] : undefined);
  }
  return node;
}

describe.each([...codes, ...names, ...amounts])("$says: $path", ({ path, standard, other, seen }) => {
  const [provider = "", ...place] = path.split(".");
  const settings = needed[provider] ?? {};

  test("is described to people, with its default", () => {
    const schema = described([provider, ...place]);
    expect(schema?.["description"]).toEqual(expect.any(String));
    if (codes.every((fact) => fact.path !== path)) expect(schema?.["default"]).toEqual(standard);
  });

  test("is what Heed goes by unless it is told otherwise", async () => {
    const usual = await seen(settings);
    expect(usual).toBeDefined();
    expect(await seen(withValue(settings, place, standard))).toEqual(usual);
    expect(await seen(withValue(settings, place, other))).not.toEqual(usual);
  });
});

test("a code has one meaning", () => {
  const given = { ...needed["vonage"], codes: { opted_out: ["1240"], other: [1240] } };
  expect(vonage.configure(given)).toMatchObject({ ok: false, problems: [{ path: ["codes", "other"] }] });
});

test("reports can only speak of addresses", () => {
  const webhook = { signature_secret: "s", codes: { content: ["9"] } };
  const configured = vonage.configure({ ...needed["vonage"], webhook });
  expect(configured).toMatchObject({ ok: false, problems: [{ path: ["webhook", "codes", "content"] }] });
});
