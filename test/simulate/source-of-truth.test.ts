import { expect, test } from "vitest";
import { messagesOf, play } from "./play.ts";

/** "Texted in the last 24 hours? Converted a minute ago in another tab? Then silence": a rule that asks before it speaks. */
const files = {
  "heed.yaml": `
workspace: acme
time_zone: America/New_York
country: US
providers: { outbox: {} }
channels:
  sms: { kind: sms, provider: outbox, from: "+12025550100" }
  sales: { kind: slack, provider: outbox }
contacts: { fields: { first_name: { type: string } } }
events:
  email.clicked: { data: { campaign: string } }
consent: { sms: opt_in }
lookups:
  app:
    postgres: { url: "\${DATABASE_URL}", query: "select converted_at from users where id = $1", params: ["{{ contact.id }}"] }
    on_error: hold
    fields: { converted_at: { type: time } }
  crm:
    hubspot: { access_token: "\${HUBSPOT_TOKEN}" }
    on_error: skip
    fields: { lifecycle: { type: string, enum: [lead, customer] }, owner: { type: string } }
  cache:
    redis: { url: "\${REDIS_URL}", hgetall: "texted:{{ contact.id }}" }
    on_error: treat_as_missing
    fields: { last_texted_at: { type: time } }
`,
  "clicked-sms.yaml": `
rule: clicked-sms
description: Text people who clicked, unless somebody knows better by then.
owner: growth-ops
class: marketing
trigger: { event: email.clicked }
delay: 60s
guard:
  not: { lookup.cache.last_texted_at: { within: 24h } }
  lookup.app.converted_at: { exists: false }
  lookup.crm.lifecycle: { not: customer }
caps:
  - { max: 2, per: contact, channel: sms, within: 30d }
actions:
  - send: sms
    text: 'Hi {{ contact.first_name | default: "there" }}, {{ lookup.crm.owner | default: "our team" }} can help. Reply YES if you would like a call, STOP to end.'
`,
};

const tests = `
suite: clicked-sms
rules: [clicked-sms.yaml]
start: 2026-03-06T14:00:00-05:00
horizon: 2d
contacts:
  ana: { id: c1, email: ana@example.com, phone: "+12025550143", first_name: Ana, consent: { sms: granted } }
events:
  click: { event: email.clicked, data: { campaign: spring } }
lookups: { cache: {}, app: {}, crm: { lifecycle: lead, owner: Sam } }
cases:
  - name: nobody knows better, so a text with the owner's name a minute after the click
    given: [{ at: 0s, contact: ana, extend: click }]
    expect: [{ at: 60s, send: sms, text: { contains: "Hi Ana, Sam can help" } }]
  - name: texted five hours ago by another system, so silence
    lookups: { cache: { last_texted_at: "2026-03-06T09:00:00-05:00" } }
    given: [{ at: 0s, contact: ana, extend: click }]
    expect: none
    because: [{ rule: clicked-sms, reason: guard.false, at: 60s }]
  - name: texted the day before yesterday does not count
    lookups: { cache: { last_texted_at: "2026-03-04T09:00:00-05:00" } }
    given: [{ at: 0s, contact: ana, extend: click }]
    expect: [{ at: 60s, send: sms }]
  - name: converted a minute ago in another tab, so silence
    lookups: { app: { converted_at: "2026-03-06T14:00:30-05:00" } }
    given: [{ at: 0s, contact: ana, extend: click }]
    expect: none
  - name: the database is down for a moment, so the text waits
    lookups: { app: [fails, fails, {}] }
    given: [{ at: 0s, contact: ana, extend: click }]
    expect: [{ at: 2m, send: sms }]
    because: [{ rule: clicked-sms, reason: lookup.failed, at: 60s }]
  - name: the CRM is down, so this one is given up
    lookups: { crm: fails }
    given: [{ at: 0s, contact: ana, extend: click }]
    expect: none
    because: [{ rule: clicked-sms, reason: lookup.failed, at: 60s }]
  - name: the cache is down, and only ever made things faster
    lookups: { cache: fails }
    given: [{ at: 0s, contact: ana, extend: click }]
    expect: [{ at: 60s, send: sms }]
  - name: whoever opted out meanwhile is not even looked up
    given: [{ at: 0s, contact: ana, extend: click }, { at: 30s, contact: ana, event: sms.received, data: { text: STOP } }]
    lookups: { app: { converted_at: soon } }
    expect: none
    because: [{ rule: clicked-sms, reason: stopped.by_opt_out }]
`;

test("a rule that asks the source of truth before it speaks, with tests that read like sentences", async () => {
  const { cases, coverage } = await play({ ...files, "clicked-sms.test.yaml": tests });
  expect(cases).toHaveLength(8);
  expect(Object.fromEntries(cases.map((one) => [one.name, messagesOf(one)]))).toEqual(
    Object.fromEntries(cases.map((one) => [one.name, []])),
  );
  expect(coverage[0]?.points.filter(({ covered }) => !covered).map(({ name }) => name)).toEqual(["cap.reached"]);
});
