import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, vi } from "vitest";
import { API_TOKEN, type HeedProcess, startHeed } from "../support/heed-process.ts";
import { scratchDirectory } from "../support/scratch.ts";

const rules = new URL("../../rules", import.meta.url).pathname;

export const VIEWER_TOKEN = "viewer-token-of-sufficient-length";

/** A text of somebody who wishes us ill: where it stands as markup, it runs, and `window.hacked` says so. */
export const hostile = `<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>"'><svg onload=window.hacked=1>`;

const SHOP_SECRET = "secret-of-the-shop";

/** Another system, so that something can come that nobody can read. */
const shop = `
sources:
  shop:
    auth: bearer
    secret: "\${SHOP_SECRET}"
    events: { type: status, names: { paid: Order Completed }, id: number, contact_id: customer }
`;

const protection = "self_protection: { opt_out_rate: 5% }\n";

/** A rule that gives up at the first failure, so that there is a dead letter, and whose every text is hostile. */
const impatient = `
rule: impatient
description: ${JSON.stringify(hostile)}
owner: ${JSON.stringify(hostile)}
class: transactional
trigger: { event: lead.impatient }
retry: { attempts: 1, within: 1m }
actions:
  - tag: ${JSON.stringify(hostile)}
  - send: email
    subject: ${JSON.stringify(hostile)}
    text: ${JSON.stringify(hostile)}
`;

/** The example workspace on this machine: its rules, with vendors that are played, and what they report. */
export interface Acme {
  readonly heed: HeedProcess;
  readonly workspace: string;
  readonly dataDirectory: string;
  post(event: unknown): Promise<void>;
  api(path: string): Promise<unknown>;
}

export async function startAcme(): Promise<Acme> {
  const scratch = scratchDirectory();
  const workspace = join(scratch, "rules");
  cpSync(rules, workspace, { recursive: true });
  const file = join(workspace, "heed.yaml");
  writeFileSync(file, withVendors(readFileSync(file, "utf8")) + shop + protection);
  writeFileSync(join(workspace, "follow-up/impatient.yaml"), impatient);
  const dataDirectory = join(scratch, "data");
  const env = { HEED_VIEWER_TOKEN: VIEWER_TOKEN, SHOP_SECRET };
  const heed = await startHeed({ workspace, dataDirectory, env, flags: ["--fake"] });
  const headers = { authorization: `Bearer ${API_TOKEN}`, "content-type": "application/json" };
  return {
    heed,
    workspace,
    dataDirectory,
    async post(event) {
      const posted = await fetch(`${heed.url}/v1/events`, { method: "POST", headers, body: JSON.stringify(event) });
      expect(posted.status, await posted.text()).toBe(200);
    },
    async api(path) {
      return (await fetch(heed.url + path, { headers })).json();
    },
  };
}

/** Email and texts go through vendors, as they do in earnest; what goes to colleagues stays in the outbox. */
function withVendors(heed: string): string {
  const replaced = heed
    .replace(/^events:$/m, "events:\n  lead.impatient: {}")
    .replace(
      /^ {2}outbox: .*$/m,
      `  outbox: {}
  sendgrid: { api_key: "\${SENDGRID_API_KEY}", webhook: { public_key: "\${SENDGRID_WEBHOOK_PUBLIC_KEY}" } }
  twilio:
    account_sid: "\${TWILIO_ACCOUNT_SID}"
    auth_token: "\${TWILIO_AUTH_TOKEN}"
    webhook: { public_url: "https://hooks.example.com" }`,
    )
    .replace("kind: email, provider: outbox", "kind: email, provider: sendgrid")
    .replace("kind: sms\n    provider: outbox", "kind: sms\n    provider: twilio");
  if (!replaced.includes("provider: sendgrid") || !replaced.includes("provider: twilio"))
    throw new Error("rules/heed.yaml no longer has the lines that are replaced here");
  return replaced;
}

/** One day at Acme in a few seconds: what people do, what vendors report, what goes wrong. Resolves when it is all told. */
export async function liveADay(acme: Acme): Promise<void> {
  for (const [index, word] of ["clicks", "opens", "hard-bounce", "bad-signature", "invalid", "stop"].entries()) {
    const address = { email: `demo+${word}@example.com`, phone: `+1415555010${index}` };
    const data = { first_name: `Dee ${word}`, company: "Initech" };
    await acme.post({ event_type: "lead.demo_requested", contact_id: `demo-${word}`, address, data });
  }
  const hostileLead = { first_name: hostile, company: hostile, page: hostile, source: hostile };
  const address = { email: "mallory@example.com" };
  await acme.post({ event_type: "lead.demo_requested", contact_id: hostile, address, data: hostileLead });
  await acme.post({ event_type: "lead.created", contact_id: hostile, address, data: hostileLead });
  await acme.post({ event_type: hostile, contact_id: hostile, event_id: hostile.slice(0, 200) });
  for (const [index, source] of ["whitepaper", "webinar", "demo"].entries()) {
    const data = { source, first_name: "Ana", page: "the onboarding guide" };
    await acme.post({
      event_type: "lead.created",
      contact_id: `lead-${source}`,
      address: { email: `lead${index}@example.com` },
      data,
    });
  }
  await acme.post({
    event_type: "Checkout Started",
    contact_id: "lead-webinar",
    data: { cart_id: "cart-1", total: 120 },
  });
  await acme.post({ event_type: "Pricing Page Viewed", contact_id: "lead-webinar", data: { plan_name: "Pro" } });
  const failing = { email: "lost+server-error@example.com" };
  await acme.post({ event_type: "lead.impatient", contact_id: "lost", address: failing, data: hostileLead });
  const unreadable = await fetch(`${acme.heed.url}/webhooks/shop`, {
    method: "POST",
    headers: { authorization: `Bearer ${SHOP_SECRET}`, "content-type": "application/json" },
    body: JSON.stringify({ status: "paid", number: hostile, customer: { name: hostile } }),
  });
  expect(unreadable.status).toBe(200);
  const patience = { timeout: 60_000, interval: 100 };
  await vi.waitFor(() => expect(acme.heed.output()).toMatch(/reported clicked/), patience);
  await vi.waitFor(async () => {
    const letters = JSON.stringify(await acme.api("/api/dead-letters"));
    expect(letters).toContain("provider.failed");
    expect(letters).toContain("quarantine:");
  }, patience);
}
