import { expect, test } from "vitest";
import { checkWorkspace } from "../../src/rulebook/check-workspace.ts";
import { heedYaml, inMemory, ruleYaml } from "./in-memory.ts";

/** What is said of a rule whose trigger is `lead.demo_requested` and that sends one text. */
function said(more: string, change: (rule: string) => string = (rule) => rule): readonly string[] {
  const { problems } = checkWorkspace(
    inMemory({ "heed.yaml": heedYaml, "hello.yaml": change(ruleYaml("hello", more)) }),
    null,
  );
  return problems.map(({ code, severity }) => `${code} ${severity}`);
}

const never = ["HEED321 error"];
const always = ["HEED322 warning"];
const late = ["HEED321 warning"];
const fine: readonly string[] = [];
const lead = "event: lead.demo_requested";

test.each([
  ["in the trigger, for as long as it may be late", `  where: { did_not: { ${lead}, within: 24h } }`, never],
  ["in the trigger, for less than that", `  where: { did_not: { ${lead}, within: 1h } }`, late],
  ["that it did, in the trigger", `  where: { did: { ${lead}, within: 2d } }`, always],
  ["that it did, a short time ago", `  where: { did: { ${lead}, within: 1h } }`, fine],
  ["twice", `  where: { did_not: { ${lead}, within: 7d, at_least: 2 } }`, fine],
  ["some of them", `  where: { did_not: { ${lead}, within: 7d, where: { event.data.company: x } } }`, fine],
  ["another event", "  where: { did_not: { event: Order Completed, within: 7d } }", fine],
  ["among others", `  where: { did_not: { event: [Order Completed, lead.demo_requested], within: 7d } }`, never],
  ["in the guard, for as long as the rule lives", `guard: { did_not: { ${lead}, within: 30d } }`, never],
  ["in the guard, for longer than the delay", `delay: 2h\nguard: { did_not: { ${lead}, within: 3h } }`, late],
  [
    "in the guard, for less than the delay",
    `delay: { between: [2h, 5h] }\nguard: { did_not: { ${lead}, within: 3h } }`,
    fine,
  ],
  ["turned around", `guard: { not: { did_not: { ${lead}, within: 30d } } }`, always],
  ["as one of two ways", `guard: { any: [{ did: { ${lead}, within: 30d } }, { contact.status: new }] }`, always],
  [
    "where another event is looked at",
    `stop_on: [{ event: Order Completed, where: { did: { ${lead}, within: 30d } } }]`,
    fine,
  ],
])("the event that starts a rule is one that the contact did: %s", (_, more, codes) => {
  expect(said(more)).toEqual(codes);
});

test("a machine's click counts only for who names it", () => {
  const clicked = (rule: string) => rule.replaceAll("lead.demo_requested", "email.clicked");
  const asked = `guard: { did_not: { ${lead}, within: 30d } }`;
  expect(said(asked, clicked)).toEqual(never);
  expect(said(`  where: { event.data.machine: true }\n${asked}`, clicked)).toEqual(fine);
});

test.each([
  ["in the guard", "guard: { was_sent: { rule: this, within: 30d } }", never],
  ["by its own name", "guard: { was_sent: { rule: hello, within: 30d } }", never],
  ["beside another condition", "guard: { contact.status: new, was_sent: { rule: this, within: 30d } }", never],
  [
    "as one of two ways, of which the other lets it speak",
    "guard: { any: [{ was_sent: { rule: this, within: 1d } }, { contact.status: new }] }",
    fine,
  ],
  ["that it was not", "guard: { was_not_sent: { rule: this, within: 30d } }", fine],
  ["another rule", "guard: { was_sent: { rule: any, within: 30d } }", fine],
  [
    "of a rule that went on from another",
    "moved: { from: hi }\nguard: { was_sent: { rule: this, within: 30d } }",
    fine,
  ],
  ["through a channel it does not use", "guard: { was_not_sent: { rule: this, channel: email, within: 30d } }", always],
])("a rule that speaks only when it has spoken never begins to: %s", (_, more, codes) => {
  expect(said(more)).toEqual(codes);
});

test("before its only message a rule has sent none, before its second it has", () => {
  const sends =
    (...lines: readonly string[]) =>
    (rule: string) =>
      rule.replace(
        "  - { send: sms, text: Hello. }",
        lines.map((line) => `  - { send: sms, text: Hello.${line} }`).join("\n  - wait: 30m\n"),
      );
  const asked = ", when: { was_sent: { rule: this, within: 1d } }";
  expect(said("", sends(asked))).toEqual(never);
  expect(said("", sends("", asked))).toEqual(fine);
});
