import type { KeyObject } from "node:crypto";
import { join } from "node:path";
import { createSendGridKeys, signSendGrid } from "../../src/providers/sendgrid/sign.ts";
import { writeFiles } from "../support/scratch.ts";
import { API_TOKEN } from "../support/heed-process.ts";

export const ACCOUNT_SID = "AC00000000000000000000000000000001";
export const AUTH_TOKEN = "auth-token-for-tests";

/** A workspace in which a signed click becomes one text message, and what it takes to click. */
export interface ClickWorkspace {
  readonly directory: string;
  readonly env: Readonly<Record<string, string>>;
  readonly privateKey: KeyObject;
}

export interface ClickWorkspaceOptions {
  readonly twilioUrl: string;
  /** `1s`, `60s`: between the click and the text. */
  readonly delay: string;
  readonly rate?: string;
}

export function clickWorkspace(scratch: string, { twilioUrl, delay, rate }: ClickWorkspaceOptions): ClickWorkspace {
  const { publicKey, privateKey } = createSendGridKeys();
  const directory = writeFiles(join(scratch, "rules"), {
    "heed.yaml": `
workspace: click-to-text
time_zone: America/New_York
country: US
providers:
  twilio:
    account_sid: "\${TWILIO_ACCOUNT_SID}"
    auth_token: "\${TWILIO_AUTH_TOKEN}"
    base_url: ${twilioUrl}
    timeout: 1s
  sendgrid:
    api_key: "\${SENDGRID_API_KEY}"
    webhook: { public_key: "\${SENDGRID_WEBHOOK_PUBLIC_KEY}" }
channels:
  sms: { kind: sms, provider: twilio, from: "+12025550100"${rate === undefined ? "" : `, rate: ${rate}`} }
contacts:
  fields:
    first_name: { type: string }
`,
    "follow-up/clicked-guide.yaml": `
rule: clicked-guide
description: Text people who clicked the guide.
owner: growth-ops
class: transactional
trigger:
  event: email.clicked
  where:
    event.data.url: { starts_with: "https://example.com/guide" }
delay: ${delay}
caps:
  - { max: 1, per: contact, channel: sms, within: 24h }
actions:
  - send: sms
    text: 'Hi {{ contact.first_name | default: "there" }}, thanks for reading the guide.'
`,
  });
  const env = {
    TWILIO_ACCOUNT_SID: ACCOUNT_SID,
    TWILIO_AUTH_TOKEN: AUTH_TOKEN,
    SENDGRID_API_KEY: "SG.key-for-tests",
    SENDGRID_WEBHOOK_PUBLIC_KEY: publicKey,
  };
  return { directory, env, privateKey };
}

export interface Person {
  readonly id: string;
  readonly email: string;
  readonly phone: string;
}

export function people(count: number): readonly Person[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `person-${index}`,
    email: `person-${index}@example.com`,
    phone: `+1202555${String(1_000 + index).padStart(4, "0")}`,
  }));
}

/** One SendGrid click, as its webhook tells it. Every other one names the contact; the rest are known by address alone. */
export function click(person: Person, eventId: string, nowMs: number): Readonly<Record<string, unknown>> {
  return {
    email: person.email,
    timestamp: Math.floor(nowMs / 1_000),
    event: "click",
    sg_event_id: eventId,
    sg_message_id: `message-${person.id}.recvd-0`,
    url: "https://example.com/guide?utm_campaign=spring",
    ...(Number(person.id.split("-")[1]) % 2 === 0 && { contact_id: person.id }),
  };
}

export async function postClicks(
  url: string,
  privateKey: KeyObject,
  clicks: readonly unknown[],
  nowMs: number,
): Promise<number> {
  const body = JSON.stringify(clicks);
  const headers = signSendGrid(body, Math.floor(nowMs / 1_000), privateKey);
  const response = await fetch(`${url}/webhooks/sendgrid`, { method: "POST", headers, body });
  await response.arrayBuffer();
  return response.status;
}

export async function identify(url: string, everybody: readonly Person[]): Promise<void> {
  const events = everybody.map((person) => ({
    event_id: `identify-${person.id}`,
    event_type: "contact.identified",
    contact_id: person.id,
    address: { email: person.email, phone: person.phone },
    data: { traits: { first_name: person.id } },
  }));
  const response = await fetch(`${url}/v1/events`, {
    method: "POST",
    headers: { authorization: `Bearer ${API_TOKEN}`, "content-type": "application/json" },
    body: JSON.stringify(events),
  });
  if (response.status !== 200)
    throw new Error(`identify: expected 200, got ${response.status}: ${await response.text()}`);
}

/** Deliveries that wait in any lane. */
export async function waiting(url: string): Promise<number> {
  const health: unknown = await (await fetch(`${url}/readyz`)).json();
  if (typeof health !== "object" || health === null || !("depth" in health))
    throw new Error("expected depths in /readyz");
  const { depth } = health;
  return Object.values(depth ?? {}).reduce((sum: number, count) => sum + Number(count), 0);
}
