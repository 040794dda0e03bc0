import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createCertificates } from "../support/certificates.ts";
import { API_TOKEN, startHeed } from "../support/heed-process.ts";
import { runCli } from "../support/run-cli.ts";
import { scratchDirectory, writeFiles } from "../support/scratch.ts";

const folder = scratchDirectory();
const certificates = createCertificates(folder);
const { cert, key } = certificates.server;
/** What the vendor, which is the CRM as well, was asked. */
const asked: string[] = [];
const vendor = createServer({ cert: readFileSync(cert), key: readFileSync(key) }, (request, response) => {
  asked.push(`${request.method} ${request.url}`);
  request.resume().once("end", () => {
    response.writeHead(request.method === "POST" ? 201 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify({ sid: "SM00000000000000000000000000000001", status: "active" }));
  });
});
let workspace = "";
let port = 0;

beforeAll(async () => {
  await new Promise<void>((resolve) => void vendor.listen(0, "127.0.0.1", resolve));
  ({ port } = vendor.address() as AddressInfo);
  workspace = writeFiles(join(folder, "rules"), {
    "heed.yaml": `
workspace: behind-our-own-authority
time_zone: America/New_York
country: US
providers:
  twilio: { account_sid: "\${ACCOUNT}", auth_token: "\${TOKEN}", base_url: "https://127.0.0.1:${port}" }
lookups:
  crm: { http: { url: "https://127.0.0.1:${port}/contacts/{{ contact.id }}", allow_hosts: ["127.0.0.1"] } }
channels:
  sms: { kind: sms, provider: twilio, from: "+12025550100" }
events: { lead.created: {} }
`,
    "hello.yaml": `
rule: hello
description: Text a new lead.
owner: growth-ops
class: transactional
trigger: { event: lead.created }
actions:
  - send: sms
    text: Hello.
`,
  });
});
afterAll(() => {
  vendor.closeAllConnections();
  vendor.close();
});

const env = { ACCOUNT: "AC00000000000000000000000000000001", TOKEN: "token-of-the-account" };
const trusting = { ...env, NODE_EXTRA_CA_CERTS: certificates.ca };

test("who is behind an authority of our own is not asked, and doctor says in words why and what to do", async () => {
  const { stdout } = await runCli(["doctor", workspace, "--data-dir", join(folder, "unknown")], { env });
  const why =
    "was not reached: its certificate is of an authority that this machine does not know: start Heed with NODE_EXTRA_CA_CERTS set to the file (PEM) of that authority's certificate (UNABLE_TO_VERIFY_LEAF_SIGNATURE)";
  expect(stdout).toContain(`! credentials of twilio: Twilio ${why}\n`);
  expect(stdout).toContain(`! look-up crm: 127.0.0.1:${port} ${why}\n`);
  expect(asked).toEqual([]);
});

test("with NODE_EXTRA_CA_CERTS it is asked, and gets our messages", async () => {
  const dataDirectory = join(folder, "known");
  const { stdout } = await runCli(["doctor", workspace, "--data-dir", dataDirectory], { env: trusting });
  expect(stdout).toContain("✓ credentials of twilio: Twilio takes our credentials\n");
  expect(stdout).toContain(`✓ look-up crm: 127.0.0.1:${port} answers (HTTP 200)\n`);
  asked.length = 0;
  const heed = await startHeed({ workspace, dataDirectory, env: trusting });
  const event = { event_type: "lead.created", contact_id: "ana", address: { phone: "+12025550143" } };
  const headers = { "content-type": "application/json", authorization: `Bearer ${API_TOKEN}` };
  const answer = await fetch(`${heed.url}/v1/events`, { method: "POST", headers, body: JSON.stringify(event) });
  expect(answer.status).toBe(200);
  await expect
    .poll(() => asked, { timeout: 10_000 })
    .toEqual([`POST /2010-04-01/Accounts/${env.ACCOUNT}/Messages.json`]);
  expect(await heed.stop()).toBe(0);
});
