import type { KeyObject } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createSendGridKeys } from "../../src/providers/sendgrid/sign.ts";

export const ACCOUNT_SID = "AC00000000000000000000000000000001";
export const AUTH_TOKEN = "auth-token-for-tests";
export const SENDGRID_KEY = "SG.key-for-tests";
export const API_TOKEN = "test-token-of-sufficient-length";
/** Where Twilio believes that it posts to; it signs this address. */
export const PUBLIC_URL = "https://hooks.example.com";

/** What the rules allow, and the judge counts. */
export const LIMITS = {
  /** Texts of one rule to one contact. */
  cartPerContact: 2,
  clickPerContact: 1,
  /** Marketing messages to everybody together. */
  offersToAll: 25,
  /** A text costs 0.01 USD. */
  textsForMoney: 70,
} as const;

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

export interface Scene {
  readonly directory: string;
  readonly env: Readonly<Record<string, string>>;
  /** Signs what SendGrid posts. */
  readonly privateKey: KeyObject;
  /** Writes the rules anew, so that processes that watch them reload. */
  publish(version: number): void;
}

/** A workspace in which every kind of limit and every way of waiting plays a part, spoken by two vendors' fakes. */
export function writeScene(scratch: string, vendors: { readonly twilio: string; readonly sendgrid: string }): Scene {
  const { publicKey, privateKey } = createSendGridKeys();
  const directory = join(scratch, "rules");
  const publish = (version: number): void => {
    for (const [path, text] of Object.entries(filesOf(vendors, version))) {
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      writeFileSync(join(directory, path), text);
    }
  };
  publish(1);
  const env = {
    TWILIO_ACCOUNT_SID: ACCOUNT_SID,
    TWILIO_AUTH_TOKEN: AUTH_TOKEN,
    SENDGRID_API_KEY: SENDGRID_KEY,
    SENDGRID_WEBHOOK_PUBLIC_KEY: publicKey,
  };
  return { directory, env, privateKey, publish };
}

/** What every message begins with: the event that started it and the rule. */
const MARK = "v$VERSION {{ event.event_id }} {{ rule.id }};";

/** Of a text that a vendor got, or null for one that no rule of ours wrote. */
export function readMark(text: string): { readonly event: string; readonly rule: string } | null {
  const [, event, rule] = /^v\d+ (\S+) (\S+);/.exec(text) ?? [];
  return event === undefined || rule === undefined ? null : { event, rule };
}

function filesOf(
  vendors: { readonly twilio: string; readonly sendgrid: string },
  version: number,
): Readonly<Record<string, string>> {
  const rules = Object.entries(RULES).map(([id, text]): readonly [string, string] => [
    `all/${id}.yaml`,
    `rule: ${id}\ndescription: For the chaos run, as of ${version}.\nowner: nobody\n${text.replaceAll("$MARK", MARK).replaceAll("$VERSION", String(version))}`,
  ]);
  const heed = HEED.replace("$TWILIO", vendors.twilio).replace("$SENDGRID", vendors.sendgrid);
  return Object.fromEntries([["heed.yaml", heed], ...rules]);
}

const HEED = `
workspace: chaos
time_zone: America/New_York
country: US
providers:
  twilio:
    account_sid: "\${TWILIO_ACCOUNT_SID}"
    auth_token: "\${TWILIO_AUTH_TOKEN}"
    base_url: $TWILIO
    timeout: 2s
    webhook: { public_url: "${PUBLIC_URL}" }
  sendgrid:
    api_key: "\${SENDGRID_API_KEY}"
    base_url: $SENDGRID
    timeout: 2s
    webhook: { public_key: "\${SENDGRID_WEBHOOK_PUBLIC_KEY}" }
channels:
  sms: { kind: sms, provider: twilio, from: "+12025550100", rate: 60/s, price: { per_segment: 0.01 USD } }
  email: { kind: email, provider: sendgrid, from: "Acme <hello@acme.example>" }
contacts:
  fields:
    first_name: { type: string }
events:
  Order Completed: { data: { order_id: string } }
  Cart Updated: { data: { cart_id: string } }
  Offer Made: { data: {} }
consent: { sms: opt_out, email: opt_out }
caps:
  - { max: ${LIMITS.offersToAll}, per: workspace, class: marketing, within: 1h }
budgets:
  - { channel: sms, max: ${(LIMITS.textsForMoney / 100).toFixed(2)} USD, per: day, on_exceed: drop }
`;

const RULES: Readonly<Record<string, string>> = {
  /** One mail for each order, whatever happens. The first `did` always holds; for the second, the document counts. */
  order: `
class: transactional
trigger: { event: Order Completed }
reentry: parallel
guard:
  any:
    - { did: { event: Order Completed, within: 7d, at_least: 1 } }
    - { did: { event: Order Completed, within: 7d, at_least: 100 } }
actions:
  - { send: email, subject: "Your order", text: "$MARK Thank you." }
`,
  cart: `
class: transactional
trigger: { event: Cart Updated }
reentry: parallel
delay: { between: [1s, 4s] }
caps:
  - { max: ${LIMITS.cartPerContact}, per: contact, channel: sms, within: 24h }
actions:
  - { send: sms, text: "$MARK You left something." }
`,
  offer: `
class: marketing
trigger: { event: Offer Made }
reentry: parallel
actions:
  - { send: sms, text: "$MARK An offer. Reply STOP to opt out." }
`,
  click: `
class: transactional
trigger: { event: email.clicked, where: { event.data.url: { starts_with: "https://example.com/guide" } } }
delay: 2s
reentry: parallel
caps:
  - { max: ${LIMITS.clickPerContact}, per: contact, channel: sms, within: 24h }
actions:
  - { send: sms, text: "$MARK Thanks for reading." }
`,
};
