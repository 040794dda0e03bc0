import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTwilioFake } from "../../src/providers/twilio/fake.ts";
import { API_TOKEN, startHeed } from "../support/heed-process.ts";
import { scratchDirectory, writeFiles } from "../support/scratch.ts";
import { ACCOUNT_SID, AUTH_TOKEN, click, clickWorkspace, postClicks } from "./click-workspace.ts";

/** In every field that others fill: of events, contacts, webhooks, templates and of what fails. */
const CANARY = "canary7f3a";
const PHONE = "+12025550177";
const person = { id: `${CANARY}-person-0`, email: `${CANARY}@example.com`, phone: PHONE };

/** A CRM that fails with the words of those it was asked about, the room of our own people, and a collector. */
let outside: Server;
let base: string;
const heard: { readonly path: string; readonly body: string }[] = [];
beforeAll(async () => {
  outside = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (part: string) => (body += part));
    request.on("end", () => {
      const path = request.url ?? "";
      heard.push({ path, body });
      if (path.startsWith("/ops") || path.startsWith("/v1/traces")) return response.writeHead(200).end("{}");
      return response.writeHead(500, { "x-error": CANARY }).end(JSON.stringify({ error: `no ${path} ${CANARY}` }));
    });
  });
  await new Promise<void>((resolve) => void outside.listen(0, "127.0.0.1", resolve));
  const address = outside.address();
  base = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
});
afterAll(() => void outside.close());

const SECRET = `whsec_${Buffer.from(`${CANARY}-secret-of-a-webhook`).toString("base64")}`;

function withMore(directory: string, heedYaml: string): void {
  const webhook = `  webhook:
    url: ${base}/crm
    secret: "\${HOOK_SECRET}"
    allow_hosts: [127.0.0.1]
    channels: { ops: { url: "${base}/ops" } }
channels:
  ops: { kind: webhook, provider: webhook }`;
  writeFiles(directory, {
    "heed.yaml": `${heedYaml.replace(/^channels:$/m, webhook)}
lookups:
  crm:
    http: { url: "${base}/lookup/{{ contact.id }}", allow_hosts: [127.0.0.1] }
    on_error: skip
alerts: { channel: ops }
self_protection: { rate_factor: 10, opt_out_rate: 5%, bounce_rate: 10%, error_rate: 20% }
`,
    "more/asks.yaml": rule("asks", "guard: { lookup.crm.status: customer }"),
    "more/tells.yaml": rule("tells", "retry: { attempts: 1, within: 1m }"),
  });
}

function rule(id: string, more: string): string {
  return `
rule: ${id}
description: Tell ${CANARY} of it.
owner: growth-ops
class: transactional
trigger: { event: lead.created }
${more}
actions:
  - send: sms
    text: 'Hi {{ contact.first_name | default: "there" }}, ${CANARY} {{ event.data.note | default: "" }}'
`;
}

/** Whatever a caller is answered, but for the ids of its own events and the pointer that names its own field. */
async function answerOf(response: Response): Promise<string> {
  const text = `${response.status} ${JSON.stringify([...response.headers])} ${await response.text()}`;
  return text.replaceAll(/"pointer":"[^"]*"|"event_ids":\[[^\]]*\]/g, "");
}

test("what others put into any field reaches no log, metric, answer, alert or trace", { timeout: 90_000 }, async () => {
  const scratch = scratchDirectory();
  const twilio = await startTwilioFake({ accountSid: ACCOUNT_SID, authToken: AUTH_TOKEN, now: () => Date.now() });
  const workspace = clickWorkspace(scratch, { twilioUrl: twilio.url, delay: "1s" });
  withMore(workspace.directory, readFileSync(join(workspace.directory, "heed.yaml"), "utf8"));
  const heed = await startHeed({
    workspace: workspace.directory,
    dataDirectory: join(scratch, "data"),
    env: { ...workspace.env, HOOK_SECRET: SECRET, OTEL_EXPORTER_OTLP_ENDPOINT: base },
  });
  const answers: string[] = [];
  const call = async (path: string, body: string, more: Readonly<Record<string, string>> = {}) => {
    const headers = { authorization: `Bearer ${API_TOKEN}`, "content-type": "application/json", ...more };
    const response = await fetch(`${heed.url}${path}`, { method: "POST", headers, body });
    answers.push(await answerOf(response));
    return response.status;
  };
  const event = (id: string, type: string, fields: object = {}) =>
    JSON.stringify({
      event_id: `${CANARY}-${id}`,
      event_type: type,
      provider: `${CANARY}-system`,
      contact_id: person.id,
      conversation_id: CANARY,
      campaign_id: CANARY,
      message_id: `${CANARY}-message`,
      address: { email: person.email, phone: PHONE },
      data: { note: CANARY, [CANARY]: [{ deep: `${CANARY} text` }] },
      ...fields,
    });

  // Refused credentials, errors of the vendor that quote the recipient, a lost answer, an opt-out.
  twilio.script("401", { code: 21610 }, "500", "accept-then-hang");
  const traits = { traits: { first_name: CANARY, status: CANARY } };
  expect(await call("/v1/events", event("i", "contact.identified", { data: traits }))).toBe(200);
  expect(await call("/v1/events", event("l", "lead.created"))).toBe(200);
  expect(await call("/v1/events", event("u", `${CANARY}.happened`))).toBe(200);
  for (const broken of [
    event("b1", "lead.created", { address: { email: `${CANARY} at nowhere` } }),
    event("b2", "lead.created", { occurred_at: CANARY }),
    event("b3", "lead.created", { [CANARY]: CANARY }),
    event("b4", "lead.created", { schema_version: CANARY }),
    `{"event_type": "${CANARY}`,
    `[${event("b5", "")}]`,
  ]) {
    expect(await call("/v1/events", broken)).toBe(400);
  }
  const said = JSON.stringify({ contact_id: person.id, address: { phone: CANARY }, [CANARY]: 1 });
  const authorized = { authorization: `Bearer ${API_TOKEN}`, "content-type": "application/json" };
  answers.push(
    await answerOf(await fetch(`${heed.url}/v1/contacts`, { method: "PUT", headers: authorized, body: said })),
  );
  await call("/v1/events", event("x", "lead.created"), { authorization: `Bearer ${CANARY}` });
  await call(`/v1/${CANARY}`, "{}");
  await call(`/webhooks/${CANARY}`, "{}");
  await call(`/api/${CANARY}?q=${CANARY}`, "{}");
  await call("/webhooks/twilio", new URLSearchParams({ From: PHONE, Body: CANARY }).toString(), {
    "content-type": "application/x-www-form-urlencoded",
    "x-twilio-signature": CANARY,
  });
  const clicks = [
    { ...click(person, `${CANARY}-c`, Date.now()), [CANARY]: CANARY, useragent: CANARY, ip: CANARY },
    { event: CANARY, email: person.email, timestamp: 1 },
    { event: "click", email: CANARY, timestamp: CANARY },
    CANARY,
  ];
  expect(await postClicks(heed.url, workspace.privateKey, clicks, Date.now())).toBe(200);

  // A look each ten seconds finds the lane that stopped, and tells our own people.
  await expect.poll(() => heard.map(({ path }) => path).join(" "), { timeout: 40_000 }).toContain("/ops");
  await expect.poll(() => heard.map(({ path }) => path).join(" "), { timeout: 20_000 }).toContain("/v1/traces");
  const read = async (path: string) => (await fetch(`${heed.url}${path}`)).text();
  const metrics = await read("/metrics");
  const told = heard.filter(({ path }) => !path.startsWith("/lookup")).map(({ body }) => body);
  const places = {
    logs: heed.output(),
    metrics,
    ready: await read("/readyz"),
    answers: answers.join("\n"),
    told: told.join("\n"),
  };
  await heed.stop();
  await twilio.close();
  for (const [place, text] of Object.entries({ ...places, logs: heed.output() })) {
    for (const secret of [CANARY, PHONE, PHONE.slice(2), API_TOKEN, AUTH_TOKEN, SECRET.slice(6)]) {
      const at = text.indexOf(secret);
      expect(at < 0 ? "" : text.slice(Math.max(0, at - 200), at + 60), `${secret} in the ${place}`).toBe("");
    }
  }
  // All of it happened.
  expect(heard.some(({ path }) => path.startsWith("/lookup"))).toBe(true);
  expect(places.told).toContain("lane_stopped");
  expect(metrics).toMatch(/heed_send_outcomes_total\{[^}]*misconfigured/);
  expect(metrics).toMatch(/heed_ingest_quarantined_total\{provider="sendgrid"\} [1-9]/);
  expect(metrics).toMatch(/heed_alerts_total\{kind="lane_stopped",outcome="accepted"\} 1/);
});
