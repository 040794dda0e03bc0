import { describe, expect, test } from "vitest";
import { checkWorkspace } from "../../src/rulebook/check-workspace.ts";
import { inMemory } from "../rulebook/in-memory.ts";
import { heedYaml, outcomes, play, ruleYaml, testYaml } from "./play.ts";

const text = "actions:\n  - { send: sms, text: Hello. }";

describe("a case says in which arm a contact is", () => {
  test("holdout, treated and outside hold whatever the draw would be", async () => {
    const found = await outcomes(
      `holdout: 50%\nrollout: 50%\n${text}`,
      `
  - name: measured
    arms: { ana: holdout }
    given: [{ at: 0s, contact: ana, event: asked }]
    expect: none
    because: [{ rule: story, reason: holdout, contact: ana }]
  - name: messaged
    arms: { ana: treated, ben: { story: treated } }
    given: [{ at: 0s, contact: ana, event: asked }, { at: 0s, contact: ben, event: asked }]
    expect: [{ at: 0s, send: sms, contact: ana }, { at: 0s, send: sms, contact: ben }]
  - name: not enrolled
    arms: { ana: outside }
    given: [{ at: 0s, contact: ana, event: asked }]
    expect: none
    because: [{ rule: story, reason: rollout, contact: ana }]
  - name: every arm
    matrix: { arm: [treated, holdout, outside] }
    arms: { ana: "{arm}" }
    given: [{ at: 0s, contact: ana, event: asked }]
    expect_by: { treated: [{ at: 0s, send: sms }], "*": none }
  - name: a wrong expectation fails
    arms: { ana: holdout }
    given: [{ at: 0s, contact: ana, event: asked }]
    expect: [{ at: 0s, send: sms }]
`,
    );
    const { "a wrong expectation fails": wrong, ...right } = found;
    expect(Object.keys(right)).toHaveLength(6);
    for (const messages of Object.values(right)) expect(messages).toEqual([]);
    expect(wrong).toHaveLength(1);
  });

  test("what a contact is worth is counted by its arm", async () => {
    const goal = "goal: { event: bought, within: 2d }";
    const cases = ["treated", "holdout"].map((arm) => {
      const given = "given: [{ at: 0s, contact: ana, event: asked }, { at: 1h, contact: ana, event: bought }]";
      return `\n  - { name: ${arm}, arms: { ana: ${arm} }, ${given}, expect: [{ at: 1d, send: sms }] }`;
    });
    const files = {
      "story.yaml": ruleYaml("story", `holdout: 50%\n${goal}\n${text}`),
      "story.test.yaml": testYaml(cases.join("")),
    };
    const timelines = (await play(files)).cases.map(({ outcome }) =>
      outcome.status === "failed" ? outcome.timeline : [],
    );
    expect(timelines.map((lines) => lines.filter((line) => line.includes("reaches its goal")))).toEqual([
      ["+1h      ana: story reaches its goal: treated"],
      ["+1h      ana: story reaches its goal: holdout"],
    ]);
  });

  test("without a word about it, it is drawn as in production", async () => {
    const everybody = Array.from({ length: 40 }, (_, index) => `p${index}`);
    const given = everybody.map((name) => `{ at: 0s, contact: ${name}, event: asked }`).join(", ");
    const contacts = everybody.map((name) => `  ${name}: { id: ${name}, phone: "+12025550143" }`).join("\n");
    const found = await outcomes(
      `holdout: 50%\n${text}`,
      `
  - name: some are held out
    given: [${given}]
    expect: none
    because: [{ rule: story, reason: holdout }, { rule: story, reason: sent }]
`,
      "",
      contacts,
    );
    // Messages came although none is expected, and both reasons were recorded: not all have the same arm.
    const messages = found["some are held out"] ?? [];
    expect(messages.length).toBeGreaterThan(5);
    expect(messages.length).toBeLessThan(35);
    expect(messages.filter((message) => !message.startsWith("expected no message"))).toEqual([]);
  });

  test.each([
    ["{ anna: treated }", "HEED703", "there is no contact `anna`"],
    ["{ ana: { storry: holdout } }", "HEED705", "there is no rule `storry`"],
    ["{ ana: holdout }", "HEED705", "no rule of this test has a `holdout`"],
    ["{ ana: { story: outside } }", "HEED705", "the rule `story` does not have a `rollout`"],
    ["{ ana: control }", "HEED104", null],
  ])("%s is one mistake", (arms, code, message) => {
    const cases = `
  - name: one
    arms: ${arms}
    given: [{ at: 0s, contact: ana, event: asked }]
    expect: none
`;
    const { problems } = checkWorkspace(
      inMemory({ "heed.yaml": heedYaml, "story.yaml": ruleYaml("story", text), "story.test.yaml": testYaml(cases) }),
      null,
    );
    const errors = problems.filter(({ severity }) => severity === "error");
    expect(errors.map((problem) => problem.code)).toEqual([code]);
    if (message !== null) expect(errors[0]?.message).toBe(message);
  });
});

describe("values of a matrix stand anywhere in a case", () => {
  test("in what providers answer", async () => {
    const found = await outcomes(
      text,
      `
  - name: as it is answered
    matrix: { answer: [ok, 400, timeout_after_accept] }
    given: [{ at: 0s, contact: ana, event: asked }]
    providers: { sms: ["{answer}"] }
    expect_by: { "400": none, "*": [{ at: 0s, send: sms }] }
  - name: refused with a code
    matrix: { status: [400, 404], wait: [1h], code: [21610, 30007] }
    given: [{ at: 0s, contact: ana, event: asked }]
    providers: { sms: [{ status: "{status}", retry_after: "{wait}", code: "{code}" }] }
    expect: none
    because: [{ rule: story, reason: provider.rejected }]
`,
    );
    expect(Object.keys(found)).toHaveLength(7);
    for (const messages of Object.values(found)) expect(messages).toEqual([]);
  });

  test("a value that the place does not take is told with its name", () => {
    const cases = `
  - name: one
    matrix: { answer: [ok, sure] }
    given: [{ at: 0s, contact: ana, event: asked }]
    providers: { sms: ["{answer}"] }
    expect: [{ at: 0s, send: sms }]
`;
    const { problems } = checkWorkspace(
      inMemory({ "heed.yaml": heedYaml, "story.yaml": ruleYaml("story", text), "story.test.yaml": testYaml(cases) }),
      null,
    );
    const errors = problems.filter(({ severity }) => severity === "error");
    expect(errors).toHaveLength(1);
    expect(errors[0]?.message).toContain("with answer = sure");
  });
});
