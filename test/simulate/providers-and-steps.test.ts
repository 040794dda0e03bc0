import { describe, expect, test } from "vitest";
import { outcomes, play, ruleYaml, testYaml } from "./play.ts";

async function expectOutcomes(
  rule: string,
  cases: string,
  wrong: Readonly<Record<string, readonly string[]>> = {},
): Promise<void> {
  const found = await outcomes(rule, cases);
  expect(found).toEqual(Object.fromEntries(Object.keys(found).map((name) => [name, wrong[name] ?? []])));
}

const text = "actions:\n  - { send: sms, text: Hello. }";

describe("providers answer as the case says, and ok when the list ends", () => {
  test("what passes is tried again, what is final is not", async () => {
    await expectOutcomes(
      text,
      `
  - name: busy, then ok
    given: [{ at: 0s, contact: ana, event: asked }]
    providers: { sms: [{ status: 429, retry_after: 30s }] }
    expect: [{ at: 30s..2m, send: sms }]
    because: [{ rule: story, reason: provider.failed, at: 0s }]
  - name: down for good
    given: [{ at: 0s, contact: ana, event: asked }]
    providers: { sms: [500, 500, 500, 500, 500, 500] }
    expect: none
    because: [{ rule: story, reason: provider.failed }]
  - name: refused
    given: [{ at: 0s, contact: ana, event: asked }]
    providers: { sms: [{ status: 400 }] }
    expect: none
    because: [{ rule: story, reason: provider.rejected }]
  - name: each message takes the next answer
    given:
      - { at: 0s, contact: ana, event: asked }
      - { at: 1h, contact: ben, event: asked }
    providers: { sms: [ok, { status: 400 }] }
    expect: [{ at: 0s, send: sms, contact: ana }]
  - name: answers of another channel are not taken
    given: [{ at: 0s, contact: ana, event: asked }]
    providers: { email: [{ status: 400 }] }
    expect: [{ at: 0s, send: sms }]
`,
    );
  });

  test("a vendor's code means what it means to the vendor", async () => {
    await expectOutcomes(
      text,
      `
  - name: the number has opted out, and stays silent
    given:
      - { at: 0s, contact: ana, event: asked }
      - { at: 1h, contact: ana, event: asked }
    providers: { sms: [{ code: 21610 }] }
    expect: none
    because:
      - { rule: story, reason: provider.rejected, at: 0s }
      - { rule: story, reason: suppressed, at: 1h }
`,
    );
  });

  test("a lost answer is asked for where that can be done, and never sent twice", async () => {
    const lost = (channel: string) => `
  - name: taken
    given: [{ at: 0s, contact: ana, event: asked }]
    providers: { ${channel}: [timeout_after_accept] }
    expect: [{ at: 0s, send: ${channel} }]
  - name: not taken
    given: [{ at: 0s, contact: ana, event: asked }]
    providers: { ${channel}: [timeout] }
    expect: [{ at: 1s..30m, send: ${channel} }]
`;
    await expectOutcomes("actions:\n  - { send: texts, text: Hello. }", lost("texts"));
    await expectOutcomes(text, lost("sms"));
  });
});

describe("steps", () => {
  test("set, tag and emit are seen, with the rule that did it", async () => {
    await expectOutcomes(
      `actions:
  - set: { contact.lead_source: "{{ trigger.source | default: 'unknown' }}" }
  - tag: asked
  - untag: cold
  - emit: { event: lead.qualified, data: { source: "{{ trigger.source | default: 'unknown' }}" } }`,
      `
  - name: all of it
    given: [{ at: 0s, contact: cold, event: asked, data: { source: form } }]
    expect:
      - { at: 0s, set: { contact.lead_source: form }, contact: cold, rule: story }
      - { tag: asked, rule: story }
      - { untag: cold }
      - { event: lead.qualified, data: { source: { one_of: [form, chat] } }, contact: cold, rule: story }
      - { event: contact.tagged, data: { tag: asked } }
  - name: nothing need be expected of it
    given: [{ at: 0s, contact: cold, event: asked }]
    expect: none
  - name: another value
    given: [{ at: 0s, contact: cold, event: asked, data: { source: form } }]
    expect:
      - { set: { contact.lead_source: chat } }
      - { event: lead.qualified, data: { source: chat } }
      - { tag: warm }
`,
      {
        "another value": [
          'expected a change of the contact, contact.lead_source "chat", but `contact.lead_source` is "form"',
          'expected the event lead.qualified, source "chat", but `source` is "form"',
          'expected the tag "warm", and there was none',
        ],
      },
    );
  });

  test("that wait for an event go on with it, or with the time-out", async () => {
    await expectOutcomes(
      `actions:
  - wait_for:
      event: bought
      timeout: 2d
      then: [{ send: email, subject: Thanks, text: Thank you. }]
      otherwise: [{ send: sms, text: Still there? }]`,
      `
  - name: in time
    given:
      - { at: 0s, contact: ana, event: asked }
      - { at: 1d, contact: ana, event: bought }
    expect: [{ at: 1d, send: email, subject: Thanks }]
  - name: not in time
    given: [{ at: 0s, contact: ana, event: asked }]
    expect: [{ at: 2d, send: sms }]
`,
    );
  });

  test("go one way of several, and another way when the contact cannot be reached", async () => {
    await expectOutcomes(
      `actions:
  - branch:
      on: trigger.source
      cases:
        form: [{ send: email, subject: Form, text: Form. }]
        chat:
          - send: sms
            text: Chat.
            on_failure: [{ send: email, subject: Chat, text: Chat. }]
      otherwise: [{ stop: from nowhere }]`,
      `
  - name: a form
    given: [{ at: 0s, contact: ana, event: asked, data: { source: form } }]
    expect: [{ send: email, subject: Form }]
  - name: a chat
    given: [{ at: 0s, contact: ana, event: asked, data: { source: chat } }]
    expect: [{ send: sms }]
  - name: a chat with somebody who has no phone
    given: [{ at: 0s, contact: mail, event: asked, data: { source: chat } }]
    expect: [{ send: email, subject: Chat }]
    because: [{ rule: story, reason: address.missing }]
  - name: anything else
    given: [{ at: 0s, contact: ana, event: asked, data: { source: mail } }]
    expect: none
    because: [{ rule: story, reason: stopped.by_step }]
`,
    );
  });
});

describe("caps", () => {
  test("over one contact and over many hold within a case, and not from one case to the next", async () => {
    await expectOutcomes(
      `caps:
  - { max: 1, per: contact, within: 24h }
  - { max: 2, per: rule, within: 24h }
${text}`,
      `
  - name: once a day for each, twice for all
    given:
      - { at: 0s, contact: ana, event: asked }
      - { at: 1h, contact: ana, event: asked }
      - { at: 2h, contact: ben, event: asked }
      - { at: 3h, contact: mail, event: asked }
    expect:
      - { at: 0s, send: sms, contact: ana }
      - { at: 2h, send: sms, contact: ben }
    because:
      - { rule: story, reason: cap.reached, contact: ana }
  - name: the next case begins anew
    given: [{ at: 0s, contact: ana, event: asked }]
    expect: [{ at: 0s, send: sms }]
`,
    );
  });
});

describe("several rules of one test", () => {
  const files = {
    "first.yaml": ruleYaml("first", "actions:\n  - emit: { event: lead.qualified, data: { source: first } }"),
    "second.yaml": ruleYaml("second", text).replace("event: asked", "event: lead.qualified"),
  };

  test("hand over to each other, and rules that are not listed are not there", async () => {
    const cases = (expect: string) => `
  - name: they do
    given: [{ at: 0s, contact: ana, event: asked }]
    expect: ${expect}`;
    const both = { ...files, "both.test.yaml": testYaml(cases("[{ send: sms, rule: second }]")) };
    const one = {
      ...files,
      "one.test.yaml": testYaml(cases("none")).replace('["*.yaml"]', "[first.yaml]"),
    };
    for (const workspace of [both, one]) {
      const { cases: played } = await play(workspace);
      expect(played.map(({ outcome }) => outcome.status)).toEqual(["passed"]);
    }
  });

  test("that go in circles pause themselves, as they do in production", async () => {
    const circle = {
      "first.yaml": ruleYaml("first", "actions:\n  - emit: { event: lead.qualified, data: { source: a } }"),
      "second.yaml": ruleYaml("second", "actions:\n  - emit: { event: asked }").replace(
        "event: asked }\nactions",
        "event: lead.qualified }\nactions",
      ),
      "circle.test.yaml": testYaml(
        "  - name: round\n    given: [{ at: 0s, contact: ana, event: asked }]\n    expect: none\n    because: [{ rule: first, reason: self_paused }]",
      ),
    };
    // The checker finds the circle; who runs the tests all the same must not wait for ever.
    const { cases: played } = await play(circle, ["HEED331"]);
    expect(played.map(({ outcome }) => outcome.status)).toEqual(["passed"]);
  });
});
