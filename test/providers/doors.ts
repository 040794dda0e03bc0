import type { JsonObject } from "../../src/core/model/json.ts";
import { cloudevents } from "../../src/providers/cloudevents/cloudevents.ts";
import { customerio } from "../../src/providers/customerio/customerio.ts";
import type { ProviderDefinition } from "../../src/providers/definition.ts";
import { hubspot } from "../../src/providers/hubspot/hubspot.ts";
import { mailgun } from "../../src/providers/mailgun/mailgun.ts";
import { signMailgun } from "../../src/providers/mailgun/sign.ts";
import { messagebird } from "../../src/providers/messagebird/messagebird.ts";
import { signBird, signClassic } from "../../src/providers/messagebird/sign.ts";
import { postmark } from "../../src/providers/postmark/postmark.ts";
import type { WebhookRequest } from "../../src/providers/provider.ts";
import { sourceDefinition } from "../../src/providers/registry.ts";
import { rudderstack } from "../../src/providers/rudderstack/rudderstack.ts";
import { segment } from "../../src/providers/segment/segment.ts";
import { sendgrid } from "../../src/providers/sendgrid/sendgrid.ts";
import { createSendGridKeys, signSendGrid } from "../../src/providers/sendgrid/sign.ts";
import { ses } from "../../src/providers/ses/ses.ts";
import { createSnsKeys, signSns } from "../../src/providers/ses/sign.ts";
import { standardWebhooks } from "../../src/providers/standard_webhooks/standard-webhooks.ts";
import { twilio } from "../../src/providers/twilio/twilio.ts";
import { signTwilio } from "../../src/providers/twilio/sign.ts";
import { vonage } from "../../src/providers/vonage/vonage.ts";
import { signMessages, signSms } from "../../src/providers/vonage/sign.ts";
import { fixturesOf } from "./golden.ts";

/** How a request is made: by the right sender or by another, when, and of which body. */
export interface Making {
  readonly by: "sender" | "other";
  /** Epoch milliseconds. */
  readonly at: number;
}

/** One way to one provider's door, with all that its requests are made of. */
export interface DoorWay {
  readonly name: string;
  readonly definition: ProviderDefinition;
  readonly settings: JsonObject;
  /** A body that becomes at least one event. */
  readonly sample: string;
  sign(body: string, making: Making): WebhookRequest;
  /** What its proof does not show, and why. Whatever is here is proven to be so. */
  readonly blindTo?: { readonly changes?: string; readonly trimming?: string; readonly age?: string };
}

export const snsKeys = createSnsKeys();
const snsTopic = "arn:aws:sns:us-east-1:123456789012:ses-events";

const publicUrl = "https://hooks.example.com";
const standard = (byte: number): string => `whsec_${Buffer.alloc(24, byte).toString("base64")}`;
const signsNothing = "the vendor signs nothing: a secret of ours comes with each request";
const asItIs = { changes: signsNothing, trimming: signsNothing, age: signsNothing };
const noTime = "its signature covers no time: events are known by their ids";

function post(url: string, headers: WebhookRequest["headers"], body: string): WebhookRequest {
  return { method: "POST", url, headers, body: Buffer.from(body) };
}

/** Of those that only report, whose definition signs rehearsals: the key is one of the settings. */
function rehearsed(
  definition: ProviderDefinition,
  settings: JsonObject,
  { wrong, ...rest }: { readonly wrong: JsonObject } & Pick<DoorWay, "sample" | "blindTo"> & { readonly name?: string },
): DoorWay {
  return {
    name: definition.name,
    definition,
    settings,
    sign(body, { by, at }) {
      const request = definition.sign?.(by === "sender" ? settings : { ...settings, ...wrong }, body, at) ?? null;
      if (request === null) throw new Error(`expected ${definition.name} to sign`);
      return post(request.path, request.headers, request.body);
    },
    ...rest,
  };
}

const sendGridKeys = { sender: createSendGridKeys(), other: createSendGridKeys() };
const otherSns = createSnsKeys();
const form = "application/x-www-form-urlencoded";
const mail = [
  '--xYzZY\r\nContent-Disposition: form-data; name="from"\r\n\r\nAda <ada@example.com>\r\n',
  '--xYzZY\r\nContent-Disposition: form-data; name="text"\r\n\r\nYes please.\r\n',
  "--xYzZY--\r\n",
].join("");
const keyOf = (by: Making["by"], right: string): string => (by === "sender" ? right : "another-key-than-the-right-one");
const mailType = "multipart/form-data; boundary=xYzZY";
const track = JSON.stringify({ type: "track", event: "Trial Started", userId: "u_1", messageId: "m_1" });
const cloudEvent = fixturesOf("cloudevents").read("structured.json");
const sourceEvents = {
  event: "order.placed",
  id: "id",
  occurred_at: "at",
  email: "who.email",
  data: { total: "total" },
};
const order = '{"id":"o_1","at":"2023-11-14T22:13:20Z","who":{"email":"ana@example.com"},"total":49.5}';

const reporters: readonly DoorWay[] = [
  rehearsed(
    segment,
    { shared_secret: "s3cret" },
    { sample: track, wrong: { shared_secret: "x" }, blindTo: { age: noTime } },
  ),
  rehearsed(
    segment,
    { header_secret: "s3cret" },
    { name: "segment, with a header", sample: track, wrong: { header_secret: "x" }, blindTo: asItIs },
  ),
  rehearsed(
    segment,
    { write_key: "k3y" },
    { name: "segment's HTTP API", sample: track, wrong: { write_key: "x" }, blindTo: asItIs },
  ),
  rehearsed(rudderstack, { header_secret: "s" }, { sample: track, wrong: { header_secret: "x" }, blindTo: asItIs }),
  rehearsed(
    hubspot,
    { client_secret: "s", public_url: publicUrl },
    { sample: fixturesOf("hubspot").read("batch.json"), wrong: { client_secret: "x" } },
  ),
  rehearsed(
    customerio,
    { signing_key: "s" },
    { sample: fixturesOf("customerio").read("clicked.json"), wrong: { signing_key: "x" } },
  ),
  rehearsed(
    standardWebhooks,
    { secret: standard(1) },
    { sample: fixturesOf("standard_webhooks").read("order-placed.json"), wrong: { secret: standard(2) } },
  ),
  rehearsed(
    cloudevents,
    { bearer_token: "t" },
    { name: "cloudevents, with a token", sample: cloudEvent, wrong: { bearer_token: "x" }, blindTo: asItIs },
  ),
  rehearsed(
    cloudevents,
    { signing_secret: standard(1) },
    { sample: cloudEvent, wrong: { signing_secret: standard(2) } },
  ),
  ...["bearer", "basic", "header", "hmac_sha256", "standard_webhooks"].map((auth): DoorWay => {
    const secret = { basic: "u:s3cret", standard_webhooks: standard(1) }[auth] ?? "s3cret";
    const wrong = { basic: "u:x", standard_webhooks: standard(2) }[auth] ?? "x";
    const named = auth === "header" || auth === "hmac_sha256" ? { header: "x-shop" } : {};
    const blind = auth === "standard_webhooks" ? {} : auth === "hmac_sha256" ? { age: noTime } : asItIs;
    return rehearsed(
      sourceDefinition("shop"),
      { auth, secret, ...named, events: sourceEvents },
      { name: `a source by ${auth}`, sample: order, wrong: { secret: wrong }, blindTo: blind },
    );
  }),
];

const vendors: readonly DoorWay[] = [
  {
    name: "sendgrid",
    definition: sendgrid,
    settings: { api_key: "k", webhook: { public_key: sendGridKeys.sender.publicKey } },
    sample: fixturesOf("sendgrid").read("click.json"),
    sign: (body, { by, at }) =>
      post("/webhooks/sendgrid", signSendGrid(body, at / 1_000, sendGridKeys[by].privateKey), body),
  },
  {
    name: "sendgrid's mails, signed",
    definition: sendgrid,
    settings: { api_key: "k", inbound: { public_key: sendGridKeys.sender.publicKey } },
    sample: mail,
    sign(body, { by, at }) {
      const headers = { ...signSendGrid(body, at / 1_000, sendGridKeys[by].privateKey), "content-type": mailType };
      return post("/webhooks/sendgrid/inbound", headers, body);
    },
  },
  {
    name: "sendgrid's mails, with a secret",
    definition: sendgrid,
    settings: { api_key: "k", inbound: { secret: "s".repeat(16) } },
    sample: mail,
    sign: (body, { by }) =>
      post(`/webhooks/sendgrid/inbound?key=${keyOf(by, "s".repeat(16))}`, { "content-type": mailType }, body),
    blindTo: asItIs,
  },
  {
    name: "ses",
    definition: ses,
    settings: {
      region: "us-east-1",
      access_key_id: "AKIDEXAMPLE",
      secret_access_key: "secret",
      webhook: { topic_arn: snsTopic },
    },
    sample: fixturesOf("ses").read("bounce.json"),
    sign(body, { by, at }) {
      const fields = {
        Type: "Notification",
        MessageId: "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
        TopicArn: snsTopic,
        Message: body,
        Timestamp: new Date(at).toISOString(),
        SignatureVersion: "2",
        SigningCertURL: "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0123abcd.pem",
      };
      const headers = { "content-type": "text/plain; charset=UTF-8", "x-amz-sns-topic-arn": snsTopic };
      return post("/webhooks/ses", headers, signSns(fields, (by === "sender" ? snsKeys : otherSns).privateKey));
    },
    blindTo: { trimming: "SNS signs values of fields, and nothing of what is around them" },
  },
  {
    name: "twilio",
    definition: twilio,
    settings: { account_sid: "AC1", auth_token: "token-of-the-account", webhook: { public_url: publicUrl } },
    sample: fixturesOf("twilio").read("inbound-sms.form").trim(),
    sign(body, { by }) {
      const url = "/webhooks/twilio";
      const token = keyOf(by, "token-of-the-account");
      return post(url, signTwilio(publicUrl + url, new URLSearchParams(body), token), body);
    },
    blindTo: { age: noTime },
  },
  {
    name: "mailgun",
    definition: mailgun,
    settings: { api_key: "k", domain: "mg.example.com", webhook: { signing_key: "key-of-webhooks" } },
    sample: fixturesOf("mailgun").read("clicked.json"),
    sign(body, { by, at }) {
      const signature = signMailgun(keyOf(by, "key-of-webhooks"), Math.floor(at / 1_000), `token-${by}-${at}`);
      const signed = body.replace(/"signature":\s*\{[^}]*\}/, `"signature":${JSON.stringify(signature)}`);
      return post("/webhooks/mailgun", { "content-type": "application/json" }, signed);
    },
  },
  {
    name: "postmark",
    definition: postmark,
    settings: { server_token: "t", webhook: { header: "x-secret", secret: "s".repeat(16) } },
    sample: fixturesOf("postmark").read("delivery.json"),
    sign: (body, { by }) =>
      post("/webhooks/postmark", { "content-type": "application/json", "x-secret": keyOf(by, "s".repeat(16)) }, body),
    blindTo: asItIs,
  },
  {
    name: "vonage's SMS API",
    definition: vonage,
    settings: { api_key: "k", api_secret: "s", webhook: { signature_secret: "secret", signature_method: "sha256" } },
    sample: fixturesOf("vonage").read("sms-inbound-reply.form").trim(),
    sign(body, { by, at }) {
      const parameters = new Map(new URLSearchParams(body));
      const signed = signSms(parameters, keyOf(by, "secret"), { at, method: "sha256" });
      return post("/webhooks/vonage", { "content-type": form }, new URLSearchParams([...signed]).toString());
    },
  },
  {
    name: "vonage's Messages API",
    definition: vonage,
    settings: { api_key: "k", api_secret: "s", webhook: { signature_secret: "secret" } },
    sample: fixturesOf("vonage").read("messages-inbound.json"),
    sign: (body, { by, at }) =>
      post("/webhooks/vonage", signMessages(Buffer.from(body), keyOf(by, "secret"), at), body),
  },
  {
    name: "messagebird",
    definition: messagebird,
    settings: { access_key: "k", webhook: { public_url: publicUrl, signing_key: "key" } },
    sample: fixturesOf("messagebird").read("classic-inbound-stop.form").trim(),
    sign(body, { by, at }) {
      const url = "/webhooks/messagebird";
      const token = signClassic(publicUrl + url, Buffer.from(body), keyOf(by, "key"), at);
      return post(url, { "content-type": form, ...token }, body);
    },
  },
  {
    name: "bird",
    definition: messagebird,
    settings: { access_key: "k", webhook: { public_url: publicUrl, signing_key: "key" } },
    sample: fixturesOf("messagebird").read("bird-inbound.json"),
    sign(body, { by, at }) {
      const url = "/webhooks/messagebird";
      return post(url, signBird(publicUrl + url, Buffer.from(body), keyOf(by, "key"), at), body);
    },
  },
];

/** Every way into the house by webhook. */
export const doorWays: readonly DoorWay[] = [...vendors, ...reporters];
