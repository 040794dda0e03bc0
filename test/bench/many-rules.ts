import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** What the products report; several rules listen to each, for other products. */
const EVENTS = 50;

/**
 * A workspace as a company has it after years: rules of eight kinds, each for another product, twenty to a folder, and a
 * test file for each folder.
 */
export function writeManyRules(folder: string, count: number): void {
  const numbers = Array.from({ length: count }, (_, n) => n);
  write(folder, "heed.yaml", heedYaml(numbers));
  write(
    folder,
    "templates/footer.liquid",
    "Hi {{ contact.first_name | default: 'there' }},\n\nhere is what is new.\n\nUnsubscribe at https://acme.example/unsubscribe.\n",
  );
  for (const number of numbers) write(folder, `${packOf(number)}/${idOf(number)}.yaml`, ruleYaml(number));
  for (const pack of new Set(numbers.map(packOf))) write(folder, `${pack}/pack.test.yaml`, testYaml(pack));
}

/** The file of a rule, and its text with another word in its description: an edit as people make it. */
export function editedRule(number: number, word: string): { readonly name: string; readonly text: string } {
  const text = ruleYaml(number).replace(/^description: \w+/m, `description: ${word}`);
  return { name: `${packOf(number)}/${idOf(number)}.yaml`, text };
}

const packOf = (number: number): string => `pack-${Math.floor(number / 20)}`;
const idOf = (number: number): string =>
  `${["verify", "demo", "guide", "cart", "trial", "order", "score", "quiet"][number % 8] ?? ""}-${number}`;

function write(folder: string, name: string, text: string): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
}

function heedYaml(numbers: readonly number[]): string {
  return `# yaml-language-server: $schema=../schemas/workspace.schema.json
workspace: acme
time_zone: America/New_York
country: US
providers:
  outbox: {}
channels:
  email: { kind: email, provider: outbox, from: "Acme <hello@acme.example>", rate: 100/s }
  sms: { kind: sms, provider: outbox, from: "+12025550100", rate: 10/s, quiet_hours: { from: "21:00", to: "08:00" } }
  sales: { kind: slack, provider: outbox }
contacts:
  fields:
    first_name: { type: string }
    status: { type: string }
    plan: { type: string, enum: [free, pro] }
    score: { type: number }
    trial_ends_at: { type: time }
events:
${numbers
  .slice(0, EVENTS)
  .map(
    (n) =>
      `  Step ${n}: { data: { product: string, cart_id: string, amount: number, source: string } }\n  Done ${n}: {}\n`,
  )
  .join("")}consent: { sms: opt_in, email: opt_out }
caps:
  - { max: 3, per: contact, class: marketing, within: 7d }
limits: { first_day: 1000000 }
`;
}

function testYaml(pack: string): string {
  return `# yaml-language-server: $schema=../../schemas/test.schema.json
suite: all of ${pack}
rules: ["*.yaml"]
start: 2026-03-06T14:00:00-05:00
horizon: 48h
contacts:
  ana: { id: c1, email: ana@example.com, phone: "+12025550143", first_name: Ana, status: customer }
cases:
  - name: what nobody waits for leads to nothing
    given:
      - { at: 0s, contact: ana, event: contact.updated, data: { traits: { status: customer } } }
    expect: none
`;
}

function ruleYaml(number: number): string {
  const kinds = [verify, demo, guide, cart, trial, order, score, quiet];
  const marketing = number % 8 >= 2 && number % 8 !== 5 && number % 8 !== 6;
  return `# yaml-language-server: $schema=../../schemas/rule.schema.json
rule: ${idOf(number)}
description: Number ${number} of many, of which each answers to what one product of ours reports about its customers.
owner: growth-ops
class: ${marketing ? "marketing" : "transactional"}
${(kinds[number % 8] ?? verify)(number)}`;
}

const verify = (number: number): string => `trigger:
  event: Step ${number % EVENTS}
  where:
    event.data.product: product-${number}
    event.data.source: account-verification
stop_on:
  - event: Done ${number % EVENTS}
delay: 15m # of its delivery
guard:
  contact.status: { not: verified }
caps:
  - { max: 1, per: contact, channel: sms, within: 24h }
actions:
  - send: sms
    text: We sent an important verification email to you. Please check your inbox to continue.
`;

const demo = (number: number): string => `trigger:
  event: Step ${number % EVENTS}
  where: { event.data.product: product-${number} }
actions:
  - id: confirm
    send: email
    subject: Book your demo
    text: |
      Hi {{ contact.first_name | default: "there" | capitalize }},

      thanks for asking for demo ${number}. Pick a time that suits you:
      https://acme.example/book/${number}

      The Acme team
  - id: tell-sales
    send: sales
    text: 'Demo ${number} requested by {{ contact.first_name | default: "somebody" }} of {{ trigger.source | default: "an unknown company" }}.'
`;

const guide = (number: number): string => `trigger:
  event: Step ${number % EVENTS}
  where:
    event.data.product: product-${number}
    event.data.source: { contains: guide }
delay: { between: [6m, 9m] }
guard:
  contact.status: { not_in: [customer, in_conversation] }
stop_on:
  - event: Done ${number % EVENTS}
caps:
  - { max: 1, per: contact, channel: sms, within: 24h }
actions:
  - send: sms
    text: >-
      Hi {{ contact.first_name | default: "there" | capitalize }}, thanks for reading guide ${number}.
      Reply YES if you'd like a call. Reply STOP to opt out.
`;

const cart = (number: number): string => `trigger:
  event: Step ${number % EVENTS}
  where: { event.data.product: product-${number} }
reentry: { policy: restart, key: event.data.cart_id }
stop_on:
  - { event: Done ${number % EVENTS} }
delay: 1h
window: { days: [mon, tue, wed, thu, fri], from: "09:15", to: "17:00", zone: contact }
caps:
  - { max: 2, per: contact, channel: email, within: 7d }
actions:
  - send: email
    subject: 'Your cart, {{ contact.first_name | default: "dear customer" }}'
    html: |
      <p>Hi {{ contact.first_name | default: "there" }},</p>
      <p>{% if trigger.amount > 100 %}shipping is free{% else %}you left something{% endif %}:
      <a href="https://acme.example/cart/{{ trigger.cart_id | default: "" }}">cart ${number}</a></p>
      <p><a href="https://acme.example/unsubscribe">Unsubscribe</a></p>
    text: 'Hi {{ contact.first_name | default: "there" }}, your cart ${number} waits: https://acme.example/cart. Unsubscribe at https://acme.example/unsubscribe.'
  - wait: 2d
  - send: email
    when: { contact.plan: { not: pro } }
    subject: Last call
    text: Your cart ${number} is kept until tomorrow. https://acme.example/cart. Unsubscribe at https://acme.example/unsubscribe.
`;

const trial = (number: number): string => `trigger:
  event: Step ${number % EVENTS}
  where:
    all:
      - event.data.product: product-${number}
      - contact.plan: free
      - any: [{ event.data.amount: { gte: 100 } }, { event.data.source: { in: [ads, partner] } }]
delay: 2d
holdout: 10%
goal: { event: Done ${number % EVENTS}, within: 14d }
guard:
  all:
    - contact.status: { not: customer }
    - did_not: { event: Done ${number % EVENTS}, within: 14d }
stop_on:
  - event: Done ${number % EVENTS}
caps:
  - { max: 1, per: contact, within: 30d }
actions:
  - branch:
      - when: { contact.score: { gte: 50 } }
        do:
          - { send: sales, text: "A warm one, number ${number}." }
      - otherwise:
          - send: email
            subject: Your trial
            template: footer
`;

const order = (number: number): string => `trigger:
  event: Step ${number % EVENTS}
  where: { event.data.product: product-${number} }
actions:
  - send: email
    subject: Thank you
    text: 'Order {{ trigger.cart_id | default: "" }} of {{ trigger.amount | default: 0 }} USD is on its way.'
    on_failure:
      - send: sms
        text: Your order ${number} is on its way.
  - wait_for:
      event: Done ${number % EVENTS}
      timeout: 7d
      then: [{ tag: "delivered:${number}" }]
      otherwise: [{ send: sales, text: "Order ${number} is late." }]
`;

const score = (number: number): string => `trigger:
  event: Step ${number % EVENTS}
  where: { event.data.product: product-${number} }
actions:
  - set: { contact.score: "{{ trigger.amount | default: 0 }}" }
  - branch:
      on: event.data.source
      cases:
        ads: [{ tag: "source:ads-${number}" }]
        partner: [{ tag: "source:partner-${number}" }]
      otherwise: [{ untag: "source:ads-${number}" }]
`;

const quiet = (number: number): string => `trigger:
  event: Step ${number % EVENTS}
  where:
    event.data.product: product-${number}
    was_not_sent: { channel: email, rule: this, within: 30d }
delay: 90m
expires: 10d
stop_on:
  - { event: Done ${number % EVENTS} }
caps:
  - { max: 1, per: contact, channel: email, within: { calendar: week, zone: contact } }
actions:
  - wait: { until: "09:15", zone: contact }
  - send: [email, sms]
    subject: News ${number}
    text: 'Hi {{ contact.first_name | default: "there" }}, there is news. Reply STOP to opt out.'
`;
