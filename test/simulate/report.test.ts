import { describe, expect, test } from "vitest";
import { coveredPercent } from "../../src/simulate/coverage.ts";
import { runTests, titleOf } from "../../src/simulate/run-tests.ts";
import { renderReport, testFormats } from "../../src/simulate/report/render-report.ts";
import { messagesOf, play, ruleYaml, testYaml, workspaceOf } from "./play.ts";

const rule = `delay: 15m
guard: { contact.status: { not: customer } }
stop_on: [{ event: bought }]
actions:
  - { id: text, when: { trigger.source: form }, send: sms, text: Hello. }
  - wait: 1h
  - wait_for: { event: bought, timeout: 1d, then: [{ tag: buyer }], otherwise: [{ id: bye, stop: gave up }] }`;

const asked = "given: [{ at: 0s, contact: ana, event: asked, data: { source: form } }]";

function storyOf(cases: string) {
  return workspaceOf({ "story.yaml": ruleYaml("story", rule), "story.test.yaml": testYaml(cases) });
}

async function uncovered(cases: string): Promise<readonly string[]> {
  const { coverage } = await runTests(storyOf(cases), () => true);
  return coverage.flatMap(({ points }) => points.filter(({ covered }) => !covered).map(({ name }) => name));
}

describe("coverage", () => {
  test("names what the rule says and no case shows", async () => {
    expect(
      await uncovered(`  - name: a\n    given: [{ at: 0s, contact: ana, event: bought }]\n    expect: none`),
    ).toEqual([
      "trigger",
      "guard true",
      "guard false",
      "step text (send)",
      "when of step text true",
      "when of step text false",
      "step 2 (wait)",
      "step 3 (wait_for)",
      "step 3.then.1 (tag)",
      "step bye (stop)",
      "stopped.by_event",
    ]);
    const spoken = `  - name: a\n    ${asked}\n    expect: [{ send: sms }]\n`;
    expect(await uncovered(spoken)).toEqual([
      "guard false",
      "when of step text false",
      "step 3.then.1 (tag)",
      "stopped.by_event",
    ]);
  });

  test("is full when every guard, step and reason was seen, in any case", async () => {
    const all = `
  - name: speaks, waits, gives up
    ${asked}
    expect: [{ send: sms }]
  - name: is stopped
    given:
      - { at: 0s, contact: ana, event: asked, data: { source: chat } }
      - { at: 2h, contact: ana, event: bought }
    expect: none
  - name: has bought before
    given:
      - { at: 0s, contact: ana, event: contact.updated, data: { traits: { status: customer } } }
      - { at: 1s, contact: ana, event: asked, data: { source: form } }
    expect: none
  - name: says nothing
    given: [{ at: 0s, contact: ana, event: asked, data: { source: chat } }]
    expect: none
`;
    // What stops the rule is what it waits for, so that way is never gone.
    expect(await uncovered(all)).toEqual(["step 3.then.1 (tag)"]);
    const { coverage } = await runTests(storyOf(all), () => true);
    expect(coveredPercent(coverage)).toBe(Math.floor((100 * 10) / 11));
  });

  test("is of the way that a branch took, and of no other", async () => {
    const branching = ruleYaml(
      "story",
      "actions:\n  - branch:\n      on: trigger.source\n      cases: { form: [{ tag: form }], chat: [{ tag: chat }] }\n      otherwise: [{ tag: else }]",
    );
    const { coverage } = await runTests(
      workspaceOf({
        "story.yaml": branching,
        "story.test.yaml": testYaml(
          "  - name: a\n    given: [{ at: 0s, contact: ana, event: asked, data: { source: chat } }]\n    expect: none",
        ),
      }),
      () => true,
    );
    const points = coverage.flatMap((of) => of.points).filter(({ name }) => name.endsWith("(tag)"));
    expect(points.map(({ covered }) => covered)).toEqual([false, true, false]);
  });

  test("points at the line of the rule", async () => {
    const { coverage } = await runTests(storyOf(`  - name: a\n    ${asked}\n    expect: [{ send: sms }]`), () => true);
    const lines = coverage.flatMap(({ points }) => points.map(({ name, range }) => `${range.start.line} ${name}`));
    expect(lines.slice(0, 4)).toEqual(["5 trigger", "7 guard true", "7 guard false", "10 step text (send)"]);
  });
});

describe("a report", () => {
  const cases = `
  - name: one
    ${asked}
    expect: [{ at: 15m, send: sms }]
  - name: two
    ${asked}
    expect: none
  - name: three
    skip: not yet
    ${asked}
    expect: none
  - name: four
    matrix: { who: [ana, ben], source: [form, chat] }
    given: [{ at: 0s, contact: "{who}", event: asked, data: { source: "{source}" } }]
    expect_by:
      "*,chat": none
      "ana,form": [{ send: sms, to: "+12025550143" }]
      "ben,*": [{ send: sms, contact: "{who}" }]
`;

  test("has a line for every run of every case, with a title that stays", async () => {
    const report = await runTests(storyOf(cases), () => true);
    expect(report.cases.map((result) => `${result.outcome.status}: ${titleOf(result)}`)).toEqual([
      "passed: story › one",
      "failed: story › two",
      "skipped: story › three",
      "passed: story › four [ana, form]",
      "passed: story › four [ana, chat]",
      "passed: story › four [ben, form]",
      "passed: story › four [ben, chat]",
    ]);
  });

  test("is the same every time, in every format, and whatever else is tested", async () => {
    const whole = await runTests(storyOf(cases), () => true);
    const again = await runTests(storyOf(cases), () => true);
    for (const format of testFormats) {
      const options = { format, coverage: true, colours: false, base: "rules/" };
      expect(renderReport(again, options)).toBe(renderReport(whole, options));
    }
    for (const result of whole.cases) {
      const alone = await runTests(storyOf(cases), (title) => title === titleOf(result));
      expect(alone.cases).toEqual([result]);
    }
  });

  test("plays only what is wanted", async () => {
    const report = await runTests(storyOf(cases), (title) => title.includes("[ben"));
    expect(report.cases.map(titleOf)).toEqual(["story › four [ben, form]", "story › four [ben, chat]"]);
  });
});

describe("why a case failed", () => {
  test("is told by the rules that ever do what is missing, those that were stirred first", async () => {
    const silent = (id: string, steps: string, event = "bought") =>
      ruleYaml(id, `actions: [${steps}]`).replace("event: asked", `event: ${event}`);
    const files = {
      "a-tags.yaml": silent("a-tags", "{ tag: hot }"),
      "b-mails.yaml": silent("b-mails", "{ send: email, subject: Hi, text: Hello. }"),
      "c-texts.yaml": silent("c-texts", "{ send: sms, text: Hello. }"),
      "d-texts.yaml": silent(
        "d-texts",
        "{ send: [sms, email], subject: Hi, text: Hello., when: { contact.status: new } }",
        "asked",
      ),
      "story.test.yaml": testYaml(`
  - name: nobody is texted
    given: [{ at: 0s, contact: ana, event: asked }]
    expect: [{ send: sms }]`),
    };
    const { cases } = await play(files);
    const outcome = cases[0]?.outcome;
    if (outcome?.status !== "failed") throw new Error("the case should fail");
    expect(outcome.failures.flatMap((failure) => failure.why.map(({ text }) => text.split(" ")[0]))).toEqual([
      "d-texts",
      "c-texts",
    ]);
  });

  const why = async (rules: string, given: string, rest: string): Promise<readonly string[]> => {
    const { cases } = await play({
      "story.yaml": ruleYaml("story", rules),
      "story.test.yaml": testYaml(`  - name: it\n    given:\n${given}\n    ${rest}`),
    });
    const [only] = cases;
    expect(only === undefined ? [] : messagesOf(only)).not.toEqual([]);
    return only?.outcome.status === "failed"
      ? only.outcome.failures.flatMap((failure) => failure.why.map(({ text, range }) => `${range.start.line}: ${text}`))
      : [];
  };
  const start = "      - { at: 0s, contact: ana, event: asked, data: { source: form } }";

  test("no event came", async () => {
    const rules = "actions:\n  - { send: sms, text: Hello. }";
    const given = "      - { at: 0s, contact: ana, event: bought }";
    expect(await why(rules, given, "expect: [{ send: sms }]")).toEqual(["5: story never started: no asked arrived"]);
  });

  test("the trigger, the guard or a stop said no, with the values they saw", async () => {
    const rules = `delay: 1h
guard: { contact.status: { not: customer }, any: [{ trigger.source: chat }, { trigger.source: mail }] }
actions:\n  - { send: sms, text: Hello. }`;
    expect(await why(rules, start, "expect: [{ send: sms }]")).toEqual([
      '7: story ended at +1h: guard.false; the guard did not hold: trigger.source is "form" (`is "chat"` fails), trigger.source is "form" (`is "mail"` fails)',
    ]);
    const stopped = `delay: 1h\nstop_on: [{ event: bought }]\nactions:\n  - { send: sms, text: Hello. }`;
    const bought = `${start}\n      - { at: 5m, contact: ana, event: bought }`;
    expect(await why(stopped, bought, "expect: [{ send: sms }]")).toEqual(["7: story ended at +5m: stopped.by_event"]);
  });

  test("a stop was about something else", async () => {
    const rules = `delay: 1h\nstop_on: [{ event: bought, same: data.id }]\nactions:\n  - { send: sms, text: Hello. }`;
    const given = `${start}\n      - { at: 5m, contact: ana, event: bought, data: { id: b } }`;
    expect(await why(rules, given, "expect: none")).toEqual([
      "8: story started at +0s and spoke at +1h",
      "7: bought at +5m did not stop story: its data.id is not that of the trigger",
    ]);
  });

  test("it came at another time", async () => {
    const rules = "delay: 1h\nactions:\n  - { send: sms, text: Hello. }";
    expect(await why(rules, start, "expect: [{ at: 15m, send: sms }]")).toEqual([
      "6: story started at +0s and spoke at +1h",
    ]);
  });
});
