import { expect, test } from "vitest";
import { checkWorkspace } from "../../src/rulebook/check-workspace.ts";
import { runTests } from "../../src/simulate/run-tests.ts";
import { inMemory } from "../rulebook/in-memory.ts";
import { messagesOf } from "./play.ts";

const heedYaml = `
workspace: acme
time_zone: America/New_York
country: US
providers:
  twilio: { account_sid: "\${TWILIO_ACCOUNT_SID}", auth_token: "\${TWILIO_AUTH_TOKEN}", voice: { language: en-US } }
channels:
  calls: { kind: voice, provider: twilio, from: "+12025550100", quiet_hours: { from: "21:00", to: "08:00" } }
  sms: { kind: sms, provider: twilio, from: "+12025550100" }
events:
  asked: { data: { source: string } }
`;

const rules = {
  "call.yaml": `
rule: call
description: Calls whoever asked and agreed to calls.
owner: growth-ops
class: marketing
trigger: { event: asked }
reentry: { cooldown: 1d }
actions:
  - { send: calls, text: Hello from Acme. }
`,
  "machine.yaml": `
rule: machine
description: Writes to those whose machine answered.
owner: growth-ops
class: transactional
trigger: { event: voice.delivered, where: { event.data.machine: true } }
reentry: { cooldown: 1d }
actions:
  - { send: sms, text: We called you. }
`,
};

const tests = `
suite: voice
rules: [call.yaml, machine.yaml]
start: 2026-03-06T14:00:00-05:00
horizon: 24h
contacts:
  ana: { id: c1, phone: "+12025550143", consent: { calls: granted } }
  ben: { id: c2, phone: "+12025550144", consent: { sms: granted } }
cases:
  - name: whoever agreed to calls is called
    given: [{ at: 0s, contact: ana, event: asked, data: { source: form } }]
    expect: [{ send: calls, to: "+12025550143", text: Hello from Acme. }]
  - name: consent to texts is none to calls
    given: [{ at: 0s, contact: ben, event: asked, data: { source: form } }]
    expect: none
  - name: a call waits for the morning
    given: [{ at: 8h, contact: ana, event: asked, data: { source: form } }]
    expect: [{ send: calls, at: 18h }]
  - name: a machine that answered is told of
    given: [{ at: 0s, contact: ben, event: voice.delivered, data: { machine: true, AnsweredBy: machine_start } }]
    expect: [{ send: sms, text: We called you. }]
  - name: a person who answered is not
    given: [{ at: 0s, contact: ben, event: voice.delivered, data: { AnsweredBy: human } }]
    expect: none
`;

test("a call keeps to consent and hours of its own, and who answered it is known to rules", async () => {
  const files = { "heed.yaml": heedYaml, ...rules, "voice.test.yaml": tests };
  const { parsed, problems } = checkWorkspace(inMemory(files), null);
  expect(problems.flatMap(({ severity, message }) => (severity === "error" ? [message] : []))).toEqual([]);
  if (parsed.workspace === null) throw new Error("no heed.yaml");
  const report = await runTests({ parsed, heed: parsed.workspace }, () => true);
  expect(report.cases.flatMap(messagesOf)).toEqual([]);
  expect(report.cases).toHaveLength(5);
});
