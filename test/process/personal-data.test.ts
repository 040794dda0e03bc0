import { join } from "node:path";
import { expect, test } from "vitest";
import { startTwilioFake } from "../../src/providers/twilio/fake.ts";
import { API_TOKEN, startHeed } from "../support/heed-process.ts";
import { scratchDirectory } from "../support/scratch.ts";
import { ACCOUNT_SID, AUTH_TOKEN, click, clickWorkspace, postClicks } from "./click-workspace.ts";

/** Seen nowhere but in the store and at the provider. */
const canary = { email: "canary-7f3a@example.com", phone: "+12025550177", name: "Canarygiver", id: "person-0" };

test("no address, name, text or secret reaches logs, metrics or answers", { timeout: 60_000 }, async () => {
  const scratch = scratchDirectory();
  const twilio = await startTwilioFake({ accountSid: ACCOUNT_SID, authToken: AUTH_TOKEN, now: () => Date.now() });
  const workspace = clickWorkspace(scratch, { twilioUrl: twilio.url, delay: "1s" });
  const heed = await startHeed({
    workspace: workspace.directory,
    dataDirectory: join(scratch, "data"),
    env: workspace.env,
  });
  const headers = { authorization: `Bearer ${API_TOKEN}`, "content-type": "application/json" };
  const answers: string[] = [];
  const post = async (body: string, more: Readonly<Record<string, string>> = {}) => {
    const response = await fetch(`${heed.url}/v1/events`, { method: "POST", headers: { ...headers, ...more }, body });
    answers.push(await response.text());
    return response.status;
  };

  // Every kind of trouble on the way of one contact: refused calls, lost answers, bodies that are not understood.
  twilio.script("500", "accept-then-hang", { code: 21610 });
  const identified = {
    event_type: "contact.identified",
    contact_id: canary.id,
    address: { email: canary.email, phone: canary.phone },
    data: { traits: { first_name: canary.name } },
  };
  expect(await post(JSON.stringify(identified))).toBe(200);
  expect(await post(`{"event_type":"lead.created","address":{"email":"${canary.email}"`)).toBe(400);
  expect(await post(JSON.stringify({ ...identified, address: { phone: "canary-7f3a" } }))).toBe(400);
  expect(await post(JSON.stringify(identified), { authorization: `Bearer ${canary.name}` })).toBe(401);
  expect(
    await postClicks(
      heed.url,
      workspace.privateKey,
      [click(canary, "c1", Date.now()), { event: canary.name }],
      Date.now(),
    ),
  ).toBe(200);
  const forged = await fetch(`${heed.url}/webhooks/sendgrid`, { method: "POST", headers, body: canary.email });
  answers.push(await forged.text());
  await expect.poll(() => twilio.calls.length, { timeout: 20_000 }).toBeGreaterThan(0);
  await expect
    .poll(async () => (await fetch(`${heed.url}/metrics`)).text(), { timeout: 20_000 })
    .toContain("heed_send_outcomes_total{");

  const seen = [heed.output(), await (await fetch(`${heed.url}/metrics`)).text(), ...answers].join("\n");
  for (const secret of [
    canary.email,
    "canary-7f3a",
    "2025550177",
    canary.name,
    API_TOKEN,
    AUTH_TOKEN,
    "thanks for reading",
  ]) {
    expect(seen.includes(secret), `${secret} must not be seen`).toBe(false);
  }
  expect(seen).toContain("in quarantine");
  await heed.stop();
  await twilio.close();
});
