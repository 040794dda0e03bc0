import { generateKeyPairSync } from "node:crypto";
import { expect, onTestFinished, test } from "vitest";
import { fcm } from "../../src/providers/fcm/fcm.ts";
import { startFcmFake } from "../../src/providers/fcm/fake.ts";
import { mailgun } from "../../src/providers/mailgun/mailgun.ts";
import { startMailgunFake } from "../../src/providers/mailgun/fake.ts";
import { postmark } from "../../src/providers/postmark/postmark.ts";
import { startPostmarkFake } from "../../src/providers/postmark/fake.ts";
import type { ProviderDefinition } from "../../src/providers/definition.ts";
import type { Probe } from "../../src/providers/provider.ts";
import { sendgrid } from "../../src/providers/sendgrid/sendgrid.ts";
import { startSendGridFake } from "../../src/providers/sendgrid/fake.ts";
import { ses } from "../../src/providers/ses/ses.ts";
import { startSesFake } from "../../src/providers/ses/fake.ts";
import { twilio } from "../../src/providers/twilio/twilio.ts";
import { startTwilioFake } from "../../src/providers/twilio/fake.ts";
import type { Json } from "../../src/core/model/json.ts";
import { messagebird } from "../../src/providers/messagebird/messagebird.ts";
import { startMessageBirdFake } from "../../src/providers/messagebird/fake.ts";
import { smtp } from "../../src/providers/smtp/smtp.ts";
import { startSmtpFake } from "../../src/providers/smtp/fake.ts";
import { vonage } from "../../src/providers/vonage/vonage.ts";
import { startVonageFake } from "../../src/providers/vonage/fake.ts";
import { zendesk } from "../../src/providers/zendesk/zendesk.ts";
import { startZendeskFake } from "../../src/providers/zendesk/fake.ts";
import { createProvider } from "./contract.ts";

const now = (): number => Date.now();
const ACCOUNT = "AC00000000000000000000000000000001";

interface Fake {
  readonly url: string;
  close(): Promise<void>;
}

interface Subject {
  readonly definition: ProviderDefinition;
  readonly start: () => Promise<Fake>;
  /** With these credentials, good or not. */
  readonly settings: (url: string, good: boolean) => Json;
  /** What credentials that are not good come to. */
  readonly otherwise: Probe["kind"];
}

const key = generateKeyPairSync("rsa", {
  modulusLength: 2_048,
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
});
const other = generateKeyPairSync("rsa", {
  modulusLength: 2_048,
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
});
const secret = (good: boolean): string => (good ? "SG.the-right-secret" : "SG.another-secret");

const subjects: readonly Subject[] = [
  {
    definition: sendgrid,
    start: () => startSendGridFake({ apiKey: secret(true) }),
    settings: (url, good) => ({ api_key: secret(good), base_url: url }),
    otherwise: "refused",
  },
  {
    definition: twilio,
    start: () => startTwilioFake({ accountSid: ACCOUNT, authToken: secret(true), now }),
    settings: (url, good) => ({ account_sid: ACCOUNT, auth_token: secret(good), base_url: url }),
    otherwise: "refused",
  },
  {
    definition: mailgun,
    start: () => startMailgunFake({ apiKey: secret(true), domain: "mg.example.com", now }),
    settings: (url, good) => ({ api_key: secret(good), domain: "mg.example.com", base_url: url }),
    // A key that may only send is refused in the same words.
    otherwise: "unclear",
  },
  {
    definition: postmark,
    start: () => startPostmarkFake({ serverToken: secret(true), now }),
    settings: (url, good) => ({ server_token: secret(good), base_url: url }),
    otherwise: "refused",
  },
  {
    definition: ses,
    start: () =>
      startSesFake({ accessKeyId: "AKID", secretAccessKey: secret(true), region: "us-east-1", certificate: null }),
    settings: (url, good) => ({
      access_key_id: "AKID",
      secret_access_key: secret(good),
      region: "us-east-1",
      base_url: url,
    }),
    otherwise: "refused",
  },
  {
    definition: fcm,
    start: () => startFcmFake({ projectId: "p", clientEmail: "heed@p.example", publicKey: key.publicKey, now }),
    settings: (url, good) => ({
      project_id: "p",
      client_email: "heed@p.example",
      private_key: good ? key.privateKey : other.privateKey,
      base_url: url,
      token_url: `${url}/token`,
    }),
    otherwise: "refused",
  },
  {
    definition: vonage,
    start: () => startVonageFake({ apiKey: "abcd1234", apiSecret: secret(true) }),
    settings: (url, good) => ({ api_key: "abcd1234", api_secret: secret(good), base_url: url }),
    otherwise: "refused",
  },
  {
    definition: messagebird,
    start: () => startMessageBirdFake({ accessKey: secret(true), now }),
    settings: (url, good) => ({ access_key: secret(good), base_url: url }),
    otherwise: "refused",
  },
  {
    definition: { ...messagebird, title: "Bird" },
    start: () => startMessageBirdFake({ accessKey: secret(true), now }),
    settings: (url, good) => ({ platform: "bird", workspace_id: "w", access_key: secret(good), base_url: url }),
    otherwise: "refused",
  },
  {
    definition: zendesk,
    start: () => startZendeskFake({ email: "agent@acme.example", apiToken: secret(true) }),
    settings: (url, good) => ({
      subdomain: "acme",
      email: "agent@acme.example",
      api_token: secret(good),
      base_url: url,
    }),
    otherwise: "refused",
  },
  {
    definition: smtp,
    start: () => startSmtpFake({ login: { user: "heed", password: secret(true) } }),
    settings: (url, good) => ({
      url: url.replace(/^http:/, "smtp:"),
      user: "heed",
      password: secret(good),
      starttls: "never",
    }),
    otherwise: "refused",
  },
];

test.each(subjects)("$definition.title says whether our credentials are good, and nothing is sent", async (subject) => {
  const { definition, start, settings, otherwise } = subject;
  const fake = await start();
  onTestFinished(() => fake.close());
  const probed = async (url: string, good: boolean): Promise<Probe | undefined> => {
    const provider = await createProvider(definition, settings(url, good));
    onTestFinished(() => provider.outbound?.close());
    return provider.probe?.();
  };
  expect(await probed(fake.url, true)).toMatchObject({ kind: "good" });
  const refused = await probed(fake.url, false);
  expect(refused).toMatchObject({ kind: otherwise });
  expect(refused?.says).not.toContain(secret(false));
  if ("messages" in fake) expect(fake.messages).toEqual([]);
  expect(await probed("http://127.0.0.1:9", true)).toMatchObject({ kind: "unclear" });
});

test("zendesk knows a customer's token from an agent's", async () => {
  const login = { email: "ana@acme.example", api_token: secret(true) };
  const fake = await startZendeskFake({ email: login.email, apiToken: login.api_token, role: "end-user" });
  onTestFinished(() => fake.close());
  const provider = await createProvider(zendesk, { subdomain: "acme", ...login, base_url: fake.url });
  onTestFinished(() => provider.outbound?.close());
  expect(await provider.probe?.()).toMatchObject({ kind: "refused", says: expect.stringContaining("customer") });
});
