import { expect, test } from "vitest";
import { checkWorkspace } from "../../src/rulebook/check-workspace.ts";
import { inMemory } from "../rulebook/in-memory.ts";
import { heedYaml, messagesOf, play, ruleYaml, testYaml } from "./play.ts";

const confirming = `${heedYaml}opt_out: { keywords: [baja], confirm: "No more texts from Acme." }\n`;
const rule = ruleYaml("story", "class: marketing\nactions:\n  - { send: sms, text: 'Reply STOP to end.' }");

async function failures(cases: string, heed = confirming): Promise<Record<string, readonly string[]>> {
  const twin = '  twin: { extend: ana, id: c7, email: twin@example.com }\n  cato: { id: c6, phone: "+12025550147" }\n';
  const report = await play({ "heed.yaml": heed, "story.yaml": rule, "story.test.yaml": testYaml(cases, "", twin) });
  return Object.fromEntries(report.cases.map((result) => [result.name, messagesOf(result)]));
}

test("an opt-out is confirmed once to the number that said it, whoever shares it and whatever the hour", async () => {
  expect(
    await failures(`
  - name: to one of two who share a number
    given: [{ at: 0s, contact: ana, event: sms.received, data: { text: STOP } }]
    expect: [{ at: 0s..1m, send: sms, to: "+12025550143", text: { contains: No more texts from Acme } }]
  - name: to a number alone
    given: [{ at: 0s, address: { phone: "+12025550143" }, event: sms.received, data: { text: baja } }]
    expect: [{ at: 0s..1m, send: sms, to: "+12025550143" }]
  - name: to somebody nobody knows, at night
    start: 2026-03-06T23:30:00-05:00
    given: [{ at: 0s, address: { phone: "+12025550199" }, event: sms.received, data: { text: Stop } }]
    expect: [{ at: 0s..1m, send: sms, to: "+12025550199" }]
  - name: not again while it is silent
    given:
      - { at: 0s, contact: cato, event: sms.received, data: { text: STOP } }
      - { at: 1h, contact: cato, event: sms.received, data: { text: STOP ALL } }
      - { at: 2h, contact: cato, event: sms.received, data: { text: stop } }
    expect: [{ at: 0s..1m, send: sms }]
  - name: again after a START
    given:
      - { at: 0s, contact: cato, event: sms.received, data: { text: STOP } }
      - { at: 1h, contact: cato, event: sms.received, data: { text: START } }
      - { at: 2h, contact: cato, event: sms.received, data: { text: STOP } }
    expect: [{ at: 0s..1m, send: sms }, { at: 2h..121m, send: sms }]
  - name: and nothing else is said any more
    given:
      - { at: 0s, contact: ana, event: sms.received, data: { text: STOP } }
      - { at: 1h, contact: ana, event: asked }
      - { at: 1h, contact: twin, event: asked }
    expect: [{ at: 0s..1m, send: sms, rule: opt-out-confirmation }]
    because: [{ rule: story, contact: ana, reason: suppressed }, { rule: story, contact: twin, reason: suppressed }]
`),
  ).toEqual({
    "to one of two who share a number": [],
    "to a number alone": [],
    "to somebody nobody knows, at night": [],
    "not again while it is silent": [],
    "again after a START": [],
    "and nothing else is said any more": [],
  });
});

test("nothing is confirmed unless heed.yaml says so", async () => {
  const cases = `
  - name: silence
    given: [{ at: 0s, contact: ana, event: sms.received, data: { text: STOP } }]
    expect: none
`;
  expect(await failures(cases, heedYaml)).toEqual({ silence: [] });
});

test("nobody is written to who said it long ago", async () => {
  expect(
    await failures(`
  - name: news that is an hour old
    given: [{ at: 0s, arrives: 1h, contact: cato, event: sms.opted_out }]
    expect: none
    because: [{ rule: opt-out-confirmation, reason: event.stale }]
`),
  ).toEqual({ "news that is an hour old": [] });
});

test("the rule that it makes has its name for itself", () => {
  const own = ruleYaml("opt-out-confirmation", "actions:\n  - { send: sms, text: Hello. }");
  const check = (heed: string) =>
    checkWorkspace(inMemory({ "heed.yaml": heed, "opt-out-confirmation.yaml": own }), null).problems.map(
      ({ file, code, message }) => `${file} ${code} ${message}`,
    );
  expect(check(heedYaml)).toEqual([]);
  expect(check(confirming)).toEqual([
    "opt-out-confirmation.yaml HEED409 `opt_out.confirm` of heed.yaml makes a rule `opt-out-confirmation` of its own",
  ]);
});
