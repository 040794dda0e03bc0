/** Published one after the other while a simulation runs. Every text carries its version, so that a mix is seen. */
export const VERSIONS = [1, 2, 3] as const;
export type Version = (typeof VERSIONS)[number];

/** A text as its template, with the marker in front: see `marker.ts`. */
function say(version: Version, step: string, words: string): string {
  return JSON.stringify(`v${version} {{ event.event_id }} {{ rule.id }} ${step}; ${words}`);
}

function heed(version: Version): string {
  return `
workspace: acme
time_zone: America/New_York
country: US
providers:
  sendgrid: { api_key: "\${SENDGRID_API_KEY}", webhook: { public_key: "\${SENDGRID_PUBLIC_KEY}" } }
  twilio:
    account_sid: "\${TWILIO_ACCOUNT_SID}"
    auth_token: "\${TWILIO_AUTH_TOKEN}"
    webhook: { public_url: "https://hooks.example.com" }
  outbox: {}
channels:
  email:
    kind: email
    provider: sendgrid
    from: "Acme <hello@acme.example>"
    rate: 20/s
    price: { per_message: 0.01 USD }
  sms:
    kind: sms
    provider: twilio
    from: "+12025550100"
    rate: 2/s
    quiet_hours: { from: "21:00", to: "08:00" }
    price: { per_segment: 0.01 USD, prefixes: { "+1202": 0.02 USD } }
${version === 3 ? "" : "  sales: { kind: slack, provider: outbox }"}
contacts:
  fields:
    first_name: { type: string }
    nickname: { type: string }
    status: { type: string }
    plan: { type: string }
    parts: { type: integer }
    account_id: { type: string, required: true }
    score: { type: integer }
    preferred_channel: { type: string }
events:
  email.delivered: { data: { template: string } }
  email.clicked: { data: { url: string } }
  Trial Started: { data: { plan: string } }
  Cart Updated: { data: { cart_id: string } }
  Order Completed: { data: { order_id: string } }
  Payment Failed: { data: { amount: number } }
  Survey Due: {}
  Guide Read: { data: { guide: string } }
lookups:
  crm:
    http: { url: "https://crm.example.com/contacts/{{ contact.id }}" }
    fields: { status: { type: string, enum: [lead, customer] } }
  app:
    redis: { url: redis://cache.example.com, get: "contact:{{ contact.email | default: 'nobody' }}" }
    on_error: skip
    fields: { plan: { type: string } }
consent: { sms: opt_in, email: opt_out }
caps:
  - { max: 3, per: contact, class: marketing, within: 36h }
  - { max: 12, per: workspace, class: marketing, within: 1h, on_exceed: defer }
  - { max: 25, per: channel, channel: sms, within: { calendar: day } }
budgets:
  - { channel: sms, max: 0.08 USD, per: day, on_exceed: hold }
  - { channel: email, max: 0.03 USD, per: day, on_exceed: drop }
limits: { sms_segments: 2, first_day: 6 }
replies: { stop: marketing }
opt_out: { keywords: [baja], scope: channel }
`;
}

type Text = (version: Version) => string;

const rules: Readonly<Record<string, Text>> = {
  verify: (v) => `
class: transactional
on_change: ${v === 2 ? "migrate" : "finish"}
trigger: { event: email.delivered, where: { event.data.template: account-verification } }
stop_on:
  - { event: [email.opened, email.clicked], same: message_id }
delay: 15m
guard: { contact.status: { not: verified } }
caps:
  - { max: 1, per: contact, channel: sms, within: 24h }
  - { max: 8, per: rule, within: 2h }
actions:
  - { id: text, send: sms, text: ${say(v, "text", "Please check your inbox, {{ contact.first_name | default: 'there' }}.")} }
`,
  guide: (v) => `
class: marketing
on_change: cancel
trigger: { event: email.clicked, where: { event.data.url: { contains: /guides/ } } }
delay: { between: [3m, 7m] }
guard: { contact.status: { not_in: [customer, in_conversation] } }
caps:
  - { max: 1, per: contact, channel: sms, within: 6h, on_exceed: defer }
expires: 12h
actions:
  - { id: text, send: sms, text: ${say(v, "text", "Like a call? Reply YES. Reply STOP to opt out.")} }
  - { id: read, emit: { event: Guide Read, data: { guide: "{{ event.message_id | default: 'none' }}" } } }
`,
  // Listens to what another rule emits, and keeps others quiet meanwhile.
  reader: (v) => `
class: transactional
trigger: { event: Guide Read }
reentry: parallel
actions:
  - { id: tag, tag: reader }
  - { id: score, set: { contact.score: 1 } }
  - { id: hush, hold: { class: marketing, for: 2h } }
  - id: await
    wait_for:
      event: Order Completed
      timeout: 1h
      then:
        - { id: thank, send: email, subject: ${say(v, "thank", "Thanks")}, text: ${say(v, "thank", "You ordered.")} }
      otherwise:
        - { id: forget, untag: reader }
`,
  trial: (v) => `
class: marketing
trigger: { event: Trial Started }
reentry: { policy: ignore, cooldown: 6h }
stop_on: [{ event: Order Completed }]
holdout: 20%
goal: { event: Order Completed, within: 7d }
caps:
  - { max: 2, per: contact, within: 24h }
actions:
  - { id: hello, send: email, subject: ${say(v, "hello", "Welcome")}, text: ${say(v, "hello", "Welcome, {{ contact.first_name | default: 'friend' }}.")} }
  - { wait: { between: [2h, 4h] } }
  - { id: tips, when: { contact.plan: { not: pro } }, send: email, subject: ${say(v, "tips", "Tips")}, html: ${say(v, "tips", "<b>{{ contact.first_name | default: 'friend' }}</b>")} }
  - { wait: 1d }
  - { id: text, send: sms, text: ${say(v, "text", "How is it going? Reply STOP to opt out.")} }
  - { id: enough, when: { contact.plan: pro }, stop: they have what they need }
  - { wait: 10m }
  - { id: last, send: email, subject: ${say(v, "last", "Bye")}, text: ${say(v, "last", "That was it.")} }
`,
  // Only when people are at work, wherever they are, and only some of them.
  office: (v) => `
class: marketing
rollout: 70%
trigger: { event: contact.tagged, where: { event.data.tag: reader } }
window: { days: [mon, tue, wed, thu, fri], from: "09:15", to: "17:00", zone: contact }
caps:
  - { max: 1, per: contact, within: 1d }
actions:
  - { id: call, send: [sms, email], subject: ${say(v, "call", "A call?")}, text: ${say(v, "call", "A call? Reply STOP to opt out.")} }
`,
  cart: (v) => `
class: transactional
enabled: ${v !== 2}
trigger: { event: Cart Updated }
reentry: { policy: restart, key: event.data.cart_id }
delay: 30m
actions:
  - { id: mail, send: email, subject: ${say(v, "mail", "Your cart")}, text: ${say(v, "mail", "You left something.")} }
`,
  order: (v) => `
class: transactional
trigger: { event: Order Completed }
reentry: parallel
expires: 2h
actions:
  - id: receipt
    send: email
    subject: ${say(v, "receipt", "Order")}
    text: ${say(v, "receipt", "Thank you.")}
    on_failure:
      - { id: instead, send: sms, text: ${say(v, "instead", "Thank you for your order.")} }
`,
  payment: (v) => `
class: transactional
trigger: { event: Payment Failed }
reentry: parallel
retry: { attempts: 3, within: 5m }
expires: 2h
actions:
  - { id: warn, send: sms, on_ambiguous: retry, text: ${say(v, "warn", "Your payment failed.")} }
${v === 3 ? "" : `  - { id: tell, send: sales, text: ${say(v, "tell", "Payment failed.")} }`}
`,
  // Answers depend on what a contact is called, so some texts are empty and some are too long.
  survey: (v) => `
class: transactional
trigger: { event: Survey Due }
reentry: parallel
delay: 20s
expires: 25m
caps:
  - { max: 1, per: contact, channel: sms, within: 30m, on_exceed: defer }
actions:
  - { id: blank, send: sms, text: "{% if contact.nickname != 'Nobody' %}v${v} {{ event.event_id }} {{ rule.id }} blank; Hi{% endif %}" }
  - id: which
    branch:
      - { when: { contact.parts: 2 }, do: [{ id: many, send: sms, text: ${say(v, "many", "{% for part in (1..60) %}so many parts, {% endfor %}")} }] }
      - otherwise: [{ id: parts, send: sms, text: ${say(v, "parts", "Your account is {{ contact.account_id }}.")} }]
`,
  // Asks outside what is so before it speaks, and says what it heard.
  asker: (v) => `
class: transactional
trigger: { event: Survey Due }
reentry: parallel
expires: 90m
guard: { lookup.crm.status: { not: customer } }
actions:
  - { id: note, when: { lookup.app.plan: pro }, tag: asker }
  - { id: ask, send: email, subject: ${say(v, "ask", "A question")}, text: ${say(v, "ask", "What we know of you is {{ lookup.crm.status | default: 'unknown' }}.")} }
`,
  ghost: (v) => `
class: transactional
mode: shadow
trigger: { event: Survey Due }
reentry: parallel
actions:
  - { id: boo, send: email, subject: ${say(v, "boo", "Boo")}, text: ${say(v, "boo", "Nobody sees this.")} }
`,
};

export const ruleIds: readonly string[] = Object.keys(rules);

/** The files of a version, by name. */
export function filesOf(version: Version): Readonly<Record<string, string>> {
  const named = Object.entries(rules).map(([id, text]) => [
    `all/${id}.yaml`,
    `rule: ${id}\ndescription: For the simulation.\nowner: nobody\n${text(version).trimStart()}`,
  ]);
  return Object.fromEntries([["heed.yaml", heed(version)], ...named]);
}
