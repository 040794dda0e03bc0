import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { eventFact } from "../../src/ingest/facts.ts";
import { defaultLimits } from "../../src/ingest/limits.ts";
import type { CanonicalEvent } from "../../src/core/model/event.ts";
import type { Fact } from "../../src/store/store.ts";

export const TWILIO = {
  accountSid: "AC00000000000000000000000000000001",
  authToken: "auth-token-for-benches",
} as const;

/** What `heed run` must find in its environment for this workspace. */
export const ENVIRONMENT = {
  TWILIO_ACCOUNT_SID: TWILIO.accountSid,
  TWILIO_AUTH_TOKEN: TWILIO.authToken,
  HEED_API_TOKEN: "bench-token-of-sufficient-length",
} as const;

/** Rules that all listen to one type of event, which is about one product and so triggers one of them, or none. */
export function writeWorkspace(folder: string, rules: number, twilioUrl: string): void {
  const write = (name: string, text: string): void => {
    const file = join(folder, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  };
  write(
    "heed.yaml",
    `
workspace: acme
time_zone: America/New_York
country: US
providers:
  twilio:
    account_sid: "\${TWILIO_ACCOUNT_SID}"
    auth_token: "\${TWILIO_AUTH_TOKEN}"
    base_url: ${twilioUrl}
    timeout: 5s
channels:
  sms: { kind: sms, provider: twilio, from: "+12025550100" }
contacts: { fields: { first_name: { type: string }, status: { type: string } } }
events: { Order Completed: { data: { product: string, amount: number, sent: string } } }
limits: { first_day: 1000000 }
`,
  );
  for (let rule = 0; rule < rules; rule += 1) {
    write(
      `pack-${Math.floor(rule / 50)}/rule-${rule}.yaml`,
      `rule: rule-${rule}
description: For the benchmark.
owner: nobody
class: transactional
trigger:
  event: Order Completed
  where: { event.data.product: product-${rule}, event.data.amount: { gte: 10 } }
reentry: parallel
guard: { contact.status: { not_in: [customer, in_conversation] } }
actions:
  - { send: sms, text: "Order {{ event.data.sent | default: '-' }}" }
`,
    );
  }
}

export interface EventsOptions {
  /** Keeps the ids of one run apart from those of others. */
  readonly run: string;
  readonly contacts: number;
  readonly rules: number;
  /** One event in so many becomes a message. */
  readonly oneIn: number;
}

/** Somebody with a telephone, as an application tells of them. */
export function identifyFact(number: number): Fact {
  return factOf({
    event_id: `identify-${number}`,
    event_type: "contact.identified",
    contact_id: `c${number}`,
    address: { phone: phoneOf(number) },
    data: { traits: { first_name: `Ana ${number}`, status: "lead" } },
  });
}

/** An order of somebody known. Contacts come in an order that no cache likes. */
export function orderFact(number: number, { run, contacts, rules, oneIn }: EventsOptions): Fact {
  const product = number % oneIn === 0 ? `product-${(number / oneIn) % rules}` : "none-of-the-rules";
  return factOf({
    event_id: `${run}-${number}`,
    event_type: "Order Completed",
    contact_id: `c${(number * 7_919) % contacts}`,
    data: { product, amount: 20, sent: `at ${process.hrtime.bigint()}` },
  });
}

/** Nanoseconds of the machine's steady clock that an order's text carries, or null. */
export function sentAt(text: string): bigint | null {
  const found = /^Order at (\d+)$/.exec(text)?.[1];
  return found === undefined ? null : BigInt(found);
}

function factOf(event: Pick<CanonicalEvent, "event_id" | "event_type" | "contact_id" | "data" | "address">): Fact {
  const at = new Date().toISOString();
  const fact = eventFact(
    { schema_version: 1, occurred_at: at, received_at: at, provider: "api", ...event },
    defaultLimits,
  );
  if ("fault" in fact) throw new Error(fact.fault);
  return fact;
}

/** Numbers that no two contacts share, of area codes in one time zone that exist. */
function phoneOf(number: number): string {
  const area = ["202", "212", "215", "301", "305", "404"][Math.floor(number / 1_000_000)] ?? "617";
  const rest = 2_000_000 + (number % 1_000_000) * 7;
  return `+1${area}${rest}`;
}
