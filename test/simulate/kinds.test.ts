import { expect, test } from "vitest";
import { checkWorkspace } from "../../src/rulebook/check-workspace.ts";
import { runTests } from "../../src/simulate/run-tests.ts";
import { inMemory } from "../rulebook/in-memory.ts";
import { messagesOf } from "./play.ts";

const heedYaml = `
workspace: acme
time_zone: America/New_York
country: US
providers: { outbox: {} }
channels:
  app: { kind: push, provider: outbox }
  calls: { kind: voice, provider: outbox, from: "+12025550100" }
  team: { kind: slack, provider: outbox }
  desk: { kind: ticket, provider: outbox }
  crm: { kind: webhook, provider: outbox }
  sms: { kind: sms, provider: outbox, from: "+12025550100" }
events:
  asked: { data: { source: string, score: integer } }
consent: { push: opt_in }
`;

const story = `
rule: story
description: Speaks through every kind of channel.
owner: growth-ops
class: transactional
trigger: { event: asked }
actions:
  - { send: [app, sms], subject: Your demo, text: We call you. }
  - { send: calls, text: Hello from Acme. }
  - { send: team, text: "A lead from {{ event.data.source | default: 'somewhere' }}" }
  - { send: desk, subject: A lead, text: Please call. }
  - send: crm
    body: { type: lead.asked, data: { source: "{{ event.data.source | default: 'none' }}", score: 3, tags: [a, b] } }
`;

/** Ana has the app, Ben has a phone only. */
const tests = (expect: string, who = "ana") => `
suite: story
rules: [story.yaml]
start: 2026-03-06T14:00:00-05:00
horizon: 1h
contacts:
  ana: { id: c1, phone: "+12025550143", push: token-of-ana }
  ben: { id: c2, phone: "+12025550144" }
  eve: { extend: ana, id: c3, push: token-of-eve, suppressed: [app] }
cases:
  - name: story
    given: [{ at: 0s, contact: ${who}, event: asked, data: { source: form } }]
    expect:
      ${expect}
      - { send: team, text: A lead from form }
      - { send: desk, subject: A lead, text: { contains: call } }
      - { send: crm, body: '{"type":"lead.asked","data":{"source":"form","score":3,"tags":["a","b"]}}' }
`;

async function failures(test: string): Promise<readonly string[]> {
  const files = { "heed.yaml": heedYaml, "story.yaml": story, "story.test.yaml": test };
  const { parsed, problems } = checkWorkspace(inMemory(files), null);
  expect(problems.filter(({ severity }) => severity === "error")).toEqual([]);
  if (parsed.workspace === null) throw new Error("no heed.yaml");
  const report = await runTests({ parsed, heed: parsed.workspace }, () => true);
  return report.cases.flatMap(messagesOf);
}

const called = (number: string) => `- { send: calls, to: "${number}", text: Hello from Acme. }`;

test("every kind of channel can be expected, each with what it carries", async () => {
  const expected = `- { send: app, to: token-of-ana, subject: Your demo, text: We call you. }\n      ${called("+12025550143")}`;
  expect(await failures(tests(expected))).toEqual([]);
  expect(await failures(tests(expected.replace("token-of-ana", "another")))).toHaveLength(1);
});

test("without a device, or on one that is silent, the next channel of a send speaks", async () => {
  const text = (number: string) => `- { send: sms, to: "${number}", text: We call you. }\n      ${called(number)}`;
  expect(await failures(tests(text("+12025550144"), "ben"))).toEqual([]);
  expect(await failures(tests(text("+12025550143"), "eve"))).toEqual([]);
});
