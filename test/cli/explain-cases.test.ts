import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { explain, type ExplainFlags } from "../../src/cli/explain.ts";
import { readRunSettings } from "../../src/cli/run-settings.ts";
import { systemClock } from "../../src/cli/system-clock.ts";
import { scratchDirectory, writeFiles } from "../support/scratch.ts";

/** `UPDATE_GOLDEN=1` writes the outputs anew. */
const golden = new URL("../golden/explain/", import.meta.url).pathname;
const update = process.env["UPDATE_GOLDEN"] === "1";

const heed = `
workspace: acme
time_zone: America/New_York
country: US
providers: { outbox: {} }
channels:
  sms: { kind: sms, provider: outbox, from: "+12025550100", quiet_hours: { from: "21:00", to: "08:00" } }
  email: { kind: email, provider: outbox, from: "Acme <hello@acme.example>" }
contacts: { fields: { status: { type: string }, score: { type: integer } } }
events:
  cart.left: { data: { total: number, cart_id: string } }
  order.paid: { data: { cart_id: string } }
  trial.began: { data: { plan: string } }
  complaint.opened: { data: { topic: string } }
consent: { sms: opt_in, email: opt_out }
caps:
  - { max: 1, per: contact, channel: email, within: { calendar: day, zone: Europe/Berlin } }
`;

const ruleHead = "description: Says something.\nowner: growth-ops\n";
const marketing = `${ruleHead}class: marketing\ncaps: [{ max: 9, per: contact, within: 24h }]\n`;
const files = {
  "heed.yaml": heed,
  "cart.yaml": `rule: cart
${marketing}trigger: { event: cart.left }
stop_on: [{ event: order.paid, same: data.cart_id }]
delay: 15m
actions:
  - { send: sms, text: "Your cart is waiting. Reply STOP to end." }
`,
  "trial.yaml": `rule: trial
${ruleHead}class: transactional
trigger: { event: trial.began }
actions:
  - { set: { contact.status: "{{ event.data.plan | default: 'none' }}", contact.score: 5 } }
  - { send: email, subject: "Your trial", text: "It has begun." }
  - { wait: 1h }
  - { send: sms, text: "Your trial has begun." }
  - { wait: 1h }
  - { send: email, subject: "Your trial", text: "It goes on." }
`,
  "care.yaml": `rule: care
${ruleHead}class: transactional
trigger: { event: complaint.opened }
actions:
  - { hold: { class: marketing, for: 3d } }
`,
  "all.test.yaml": `suite: all
rules: [cart.yaml, trial.yaml, care.yaml]
start: 2026-03-06T23:00:00-05:00
horizon: 2d
contacts:
  ana: { id: ana, phone: "+12025550143", consent: { sms: granted } }
  bea: { id: bea, phone: "+12025550144", email: bea@example.com }
cases:
  - name: stops during the quiet hours
    given:
      - { at: 0s, contact: ana, event: cart.left, data: { total: 80, cart_id: one } }
      - { at: 2h, contact: ana, event: sms.opted_out, data: { text: STOP } }
    expect: none
  - name: is held by a complaint, and still is at the end
    given:
      - { at: 0s, contact: ana, event: complaint.opened, data: { topic: late } }
      - { at: 1m, contact: ana, event: cart.left, data: { total: 80, cart_id: one } }
    expect: none
  - name: has no email
    given:
      - { at: 10h, contact: ana, event: trial.began, data: { plan: pro } }
    expect: [{ at: 11h, send: sms }]
  - name: gets one email a day
    given:
      - { at: 10h, contact: bea, event: trial.began, data: { plan: pro } }
    expect:
      - { at: 10h, send: email }
      - { at: 11h, send: sms }
`,
};
const workspace = writeFiles(join(scratchDirectory(), "rules"), files);

async function told(flags: ExplainFlags): Promise<string> {
  let out = "";
  const talk = (text: string): never => expect.fail(text);
  const io = { write: (text: string) => void (out += text), talk, colours: false, clock: systemClock };
  await explain(readRunSettings(workspace, { store: "embedded" }, {}), flags, io);
  return out;
}

describe("what happened is told in the order in which it happened", () => {
  test.each([
    ["cut-short", "stops during"],
    ["held", "is held"],
    ["refused-before-sent", "has no email"],
    ["refused-after-sent", "one email a day"],
  ])("%s", async (name, wanted) => {
    const out = await told({ test: wanted });
    const file = join(golden, `${name}.txt`);
    if (update) writeFileSync(file, out);
    expect(out).toBe(readFileSync(file, "utf8"));
  });
});
