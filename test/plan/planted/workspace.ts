/**
 * A small workspace whose rules a plain program can recount: no calendar days but quiet hours, nothing drawn by chance,
 * every limit one of a contact.
 */
export const plantedFiles: Readonly<Record<string, string>> = {
  "heed.yaml": `workspace: planted
time_zone: America/New_York
country: US
providers:
  outbox: {}
channels:
  email: { kind: email, provider: outbox, from: "Acme <hello@acme.example>", rate: 100/s, price: { per_message: 0.0010 USD } }
  sms:
    kind: sms
    provider: outbox
    from: "+12025550100"
    rate: 10/s
    quiet_hours: { from: "21:00", to: "08:00" }
    price: { per_segment: 0.0083 USD, prefixes: { "+44": 0.0400 USD } }
contacts:
  fields:
    first_name: { type: string }
    status: { type: string, enum: [lead, verified, customer] }
    plan: { type: string, enum: [free, pro, team] }
    language: { type: string }
events:
  email.delivered: { data: { template: string } }
  email.processed: { data: { template: string } }
  Signed Up: {}
  Checkout Started: { data: { cart_id: string, total: number } }
  Order Completed: { data: { cart_id: string } }
  Order Shipped: { data: { cart_id: string } }
  Guide Read: { data: { guide: string } }
  Price Dropped: { data: { product: string } }
  Account Closed: {}
consent: { sms: opt_in, email: opt_out }
caps:
  - { max: 2, per: contact, channel: sms, class: marketing, within: 72h }
replies: { stop: marketing }
limits: { sms_segments: 3, first_day: 1000000, race_window: 60s }
`,
  "account/welcome.yaml": `rule: welcome
description: Say hello to everybody who signs up.
owner: growth-ops
class: transactional
trigger:
  event: Signed Up
actions:
  - send: email
    subject: Welcome
    text: 'Hi {{ contact.first_name | default: "there" }}, good to have you.'
`,
  "account/verify-text.yaml": `rule: verify-text
description: Text people who did not open the verification email within 15 minutes of its delivery.
owner: growth-ops
class: transactional
trigger:
  event: email.delivered
  where: { event.data.template: account-verification }
stop_on:
  - event: [email.opened, email.clicked]
    same: message_id
delay: 15m
guard:
  contact.status: { not: verified }
caps:
  - { max: 1, per: contact, channel: sms, within: 24h }
actions:
  - send: sms
    text: We sent you an email. Please open it to verify your account.
`,
  "orders/receipt.yaml": `rule: receipt
description: Thank for an order.
owner: orders-team
class: transactional
trigger:
  event: Order Completed
actions:
  - send: email
    subject: Thank you
    text: 'Hi {{ contact.first_name | default: "there" }}, we have your order {{ trigger.cart_id | default: "" }}.'
`,
  "orders/shipped.yaml": `rule: shipped
description: Tell that an order is on its way.
owner: orders-team
class: transactional
trigger:
  event: Order Shipped
reentry: parallel
delay: 6m
actions:
  - send: sms
    text: 'Hi {{ contact.first_name | default: "there" }}, your order has left our warehouse and will be with you soon. You can follow it at https://acme.example/o and change the day.'
`,
  "orders/cart.yaml": `rule: cart
description: Remind of a cart that was left for an hour.
owner: growth-ops
class: marketing
trigger:
  event: Checkout Started
reentry: { policy: parallel, key: event.data.cart_id }
stop_on:
  - event: Order Completed
    same: data.cart_id
delay: 1h
caps:
  - { max: 1, per: contact, channel: sms, within: 48h }
actions:
  - send: sms
    text: 'Your cart is waiting at https://acme.example/cart. Reply STOP to opt out.'
`,
  "leads/offer.yaml": `rule: offer
description: Make an offer to readers of a guide who are on the free plan.
owner: growth-ops
class: marketing
trigger:
  event: Guide Read
  where: { contact.plan: free }
delay: 10m
caps:
  - { max: 1, per: contact, channel: sms, within: 12h }
actions:
  - send: sms
    text: 'Half of your first year is on us: https://acme.example/offer. Reply STOP to opt out.'
`,
  "leads/news.yaml": `rule: news
description: Tell people on the pro plan of lower prices.
owner: growth-ops
class: marketing
trigger:
  event: Price Dropped
guard:
  contact.plan: pro
caps:
  - { max: 1, per: contact, channel: email, within: 24h }
actions:
  - send: email
    subject: A lower price
    text: '{{ trigger.product | default: "Something" }} costs less now: https://acme.example/news'
`,
  "leads/news-click.yaml": `rule: news-click
description: Make an offer by text to those who looked at a lower price.
owner: growth-ops
class: marketing
trigger:
  event: email.clicked
  where: { event.data.url: { contains: /news } }
delay: 20m
caps:
  - { max: 1, per: contact, channel: sms, within: 24h }
actions:
  - send: sms
    text: 'Still thinking it over? We can talk: https://acme.example/talk. Reply STOP to opt out.'
`,
};

/** The workspace with one text replaced in one file, which must be there exactly once. */
export function edited(
  files: Readonly<Record<string, string>>,
  name: string,
  before: string,
  after: string,
): Readonly<Record<string, string>> {
  const text = files[name];
  if (text?.split(before).length !== 2) throw new Error(`expected ${JSON.stringify(before)} once in ${name}`);
  return { ...files, [name]: text.replace(before, () => after) };
}
