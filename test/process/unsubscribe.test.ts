import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { startSmtpFake } from "../../src/providers/smtp/fake.ts";
import type { SmtpFake } from "../../src/providers/smtp/fake.ts";
import { API_TOKEN, type HeedProcess, startHeed } from "../support/heed-process.ts";
import { scratchDirectory, writeFiles } from "../support/scratch.ts";

const publicUrl = "https://hooks.acme.example";
const rule = (id: string, messageClass: string) => `
rule: ${id}
description: Write to a lead.
owner: growth-ops
class: ${messageClass}
trigger: { event: ${id}.wanted }
caps:
  - { max: 5, per: contact, within: 24h }
actions:
  - send: email
    subject: Hello
    text: 'Hello. Unsubscribe with the button of your mail program.'
`;

let server: SmtpFake | null = null;
let heed: HeedProcess | null = null;
afterAll(async () => {
  await heed?.stop();
  await server?.close();
});

async function start(): Promise<{ readonly mails: SmtpFake; readonly url: string }> {
  const scratch = scratchDirectory();
  const mails = (server = await startSmtpFake());
  const workspace = writeFiles(join(scratch, "rules"), {
    "heed.yaml": `
workspace: hello
time_zone: America/New_York
country: US
providers:
  smtp: { url: "${mails.url}", starttls: never }
channels:
  email: { kind: email, provider: smtp, from: "Acme <hello@acme.example>" }
consent: { email: opt_out }
opt_out:
  unsubscribe: { public_url: "${publicUrl}", secret: "\${HEED_UNSUBSCRIBE_SECRET}" }
events: { news.wanted: {}, receipt.wanted: {} }
`,
    "news.yaml": rule("news", "marketing"),
    "receipt.yaml": rule("receipt", "transactional"),
  });
  const env = { HEED_UNSUBSCRIBE_SECRET: "a-secret-of-links-that-nobody-guesses" };
  const { url } = (heed = await startHeed({ workspace, dataDirectory: join(scratch, "data"), env }));
  return { mails, url };
}

async function want(url: string, id: string): Promise<void> {
  const event = { event_type: `${id}.wanted`, contact_id: "bea", address: { email: "bea@example.net" } };
  const headers = { authorization: `Bearer ${API_TOKEN}`, "content-type": "application/json" };
  const posted = await fetch(`${url}/v1/events`, { method: "POST", headers, body: JSON.stringify(event) });
  expect(posted.status).toBe(200);
}

const linkIn = (content = "") =>
  /^List-Unsubscribe: <([^>]+)>/m.exec(content.replace(/\r\n[ \t]+/g, " "))?.[1]?.replace(/\s/g, "");

test("one click in a mail program ends marketing email, and leaves receipts alone", async () => {
  const { mails, url } = await start();
  await want(url, "news");
  await expect.poll(() => mails.messages.length, { timeout: 10_000 }).toBe(1);
  const link = linkIn(mails.messages[0]?.content) ?? "";
  expect(link.startsWith(`${publicUrl}/unsubscribe/`)).toBe(true);

  // As the proxy in front hands it on.
  const here = url + link.slice(publicUrl.length);
  expect((await fetch(here)).status).toBe(200);
  const clicked = await fetch(here, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: "List-Unsubscribe=One-Click",
  });
  expect(clicked.status).toBe(200);

  await want(url, "news");
  await want(url, "receipt");
  await expect.poll(() => mails.messages.length, { timeout: 10_000 }).toBe(2);
  const [, receipt] = mails.messages;
  expect(linkIn(receipt?.content)).toBeUndefined();
  expect(heed?.output()).not.toMatch(/bea@example\.net|\/unsubscribe\//);
});
