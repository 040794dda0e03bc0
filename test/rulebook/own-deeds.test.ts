import { expect, test } from "vitest";
import { checkWorkspace } from "../../src/rulebook/check-workspace.ts";
import { heedYaml, inMemory, ruleYaml } from "./in-memory.ts";

/** What is said of a rule with this guard and these steps, one to a line. */
function said(guard: string, steps: readonly string[]): readonly string[] {
  const more = guard === "" ? "" : `guard: ${guard}`;
  const rule = ruleYaml("hello", more).replace(/ {2}- \{ send.*/, steps.map((step) => `  - ${step}`).join("\n"));
  const { problems } = checkWorkspace(inMemory({ "heed.yaml": heedYaml, "hello.yaml": rule }), null);
  return problems.map(({ code, severity, range }) => `${code} ${severity} ${range.start.line}`);
}

const text = "{ send: sms, text: Hello. }";
const mail = "{ send: email, subject: Hello, text: Hello. }";
const isNew = "{ contact.status: { not: customer } }";
const bought = "set: { contact.status: customer }";
const fine: readonly string[] = [];

test.each<[string, string, readonly string[], readonly string[]]>([
  ["what the guard forbids is set above", isNew, [bought, text], ["HEED335 error 11"]],
  ["and the message comes much later", isNew, [bought, "wait: 1d", text], ["HEED335 warning 12"]],
  ["it is set behind the message", isNew, [text, bought], fine],
  ["something else is set", isNew, ["set: { contact.status: trial }", text], fine],
  ["it is taken back", isNew, [bought, "set: { contact.status: trial }", text], fine],
  ["nobody knows to what", isNew, [`set: { contact.status: "{{ event.data.company | default: 'x' }}" }`, text], fine],
  ["only for some", isNew, [`{ ${bought}, when: { contact.first_name: Ana } }`, text], fine],
  ["another way leads there", `{ any: [${isNew}, { contact.first_name: Ana }] }`, [bought, text], fine],
  ["a tag", "{ contact.tags: { not_contains: vip } }", ["tag: vip", text], ["HEED335 error 11"]],
  ["a tag that is taken away", "{ contact.tags: { contains: vip } }", ["untag: vip", text], ["HEED335 error 11"]],
  ["the `when` of the message", "", [bought, `{ send: sms, text: Hello., when: ${isNew} }`], ["HEED335 error 11"]],
])("a rule silences itself by what it writes: %s", (_, guard, steps, codes) => {
  expect(said(guard, steps)).toEqual(codes);
});

test.each<[string, string, readonly string[], readonly string[]]>([
  ["by the same channel", "{ channel: sms, within: 7d }", [text, "wait: 1d", text], ["HEED335 warning 12"]],
  ["by any", "{ within: 7d }", [mail, "wait: 1d", text], ["HEED335 warning 12"]],
  ["by this rule", "{ rule: this, within: 7d }", [mail, "wait: 1d", text], ["HEED335 warning 12"]],
  ["by another channel", "{ channel: sms, within: 7d }", [mail, "wait: 1d", text], fine],
  ["longer ago", "{ channel: sms, within: 24h }", [text, "wait: 2d", text], fine],
  ["perhaps longer ago", "{ channel: sms, within: 24h }", [text, "wait: { between: [2h, 2d] }", text], fine],
  ["just as long ago", "{ channel: sms, within: 24h }", [text, "wait: 24h", text], fine],
  ["within a day", "{ channel: sms, within: 7d }", [text, 'wait: { until: "09:15" }', text], ["HEED335 warning 12"]],
  [
    "in place of one that nobody got",
    "{ channel: sms, within: 7d }",
    [`{ send: sms, text: Hello., on_failure: [${mail}] }`, "wait: 1d", mail],
    fine,
  ],
])("a rule silences itself by what it sends: %s", (_, asked, steps, codes) => {
  expect(said(`{ was_not_sent: ${asked} }`, steps)).toEqual(codes);
});

const onlyNew = `{ send: sms, text: Hello., when: { contact.status: new } }`;

test.each<[string, readonly string[], readonly string[]]>([
  ["by one channel", [text, text], ["HEED336 warning 11"]],
  ["with something done between them", [text, "tag: vip", text], ["HEED336 warning 12"]],
  ["by two channels", [text, mail], fine],
  ["to one's own people", [text, "{ send: sales, text: Look. }", "{ send: sales, text: Look. }"], fine],
  ["with a wait between them", [text, "wait: 30m", text], fine],
  ["each for some", [onlyNew, text], fine],
  ["to different people", [mail, mail.replace("email", "email, to: team@acme.example")], fine],
  ["as one goes, or another", [`{ send: sms, text: Hello., on_failure: [${text}] }`], fine],
])("two messages go out at once: %s", (_, steps, codes) => {
  expect(said("", steps).filter((one) => !one.startsWith("HEED333"))).toEqual(codes);
});
