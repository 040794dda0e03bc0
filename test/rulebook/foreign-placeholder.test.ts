import { expect, test } from "vitest";
import { checkWorkspace } from "../../src/rulebook/check-workspace.ts";
import { foreignPlaceholders, mayHavePlaceholders, unseenStretches } from "../../src/rulebook/foreign-placeholders.ts";
import { heedYaml, inMemory, ruleYaml } from "./in-memory.ts";

function found(text: string): readonly string[] {
  return foreignPlaceholders(text).map(({ written }) => written);
}

test.each([
  ["{name}"],
  ["{contact.first_name}"],
  ["{ first-name }"],
  ["{!Contact.FirstName}"],
  ["${contact.name}"],
  ["#{name}"],
  ["%NAME%"],
  ["%%first_name%%"],
  ["%name%"],
  ["[[name]]"],
  ["<%= name %>"],
  ["<%=user.name%>"],
  ["*|FNAME|*"],
])("%s is a placeholder, wherever it stands", (written) => {
  expect(mayHavePlaceholders(written)).toBe(true);
  expect(found(`Hi ${written}, hello.`)).toEqual([written]);
  expect(found(`https://acme.example/${written}?x=1`)).toEqual([written]);
});

test.each([
  ["100% off, 50% more"],
  ["100%off%"],
  ["Save 5%, 10% and 15%."],
  ["https://acme.example/?q=caf%C3%A9%20and%AD%BE"],
  ["a {color:red} p{ margin: 0 }"],
  ['{"plan": "pro", "n": {"a": 1}}'],
  ["{}, { }, {1}, {0, 1}, {a, b}, {a: b}"],
  ["[[1, 2], [3]], [[]], [name], [ [name] ]"],
  ["{{ contact.first_name }}, {% if true %}"],
  ["a < b, c <% d, x | y *|*"],
  ["$5, ${}, #5"],
])("%s holds none", (text) => {
  expect(found(text)).toEqual([]);
});

test("styles, scripts and comments of HTML are unseen, closed or not", () => {
  const html = "<p>a</p><style>b</style><SCRIPT x>c</script ><!-- d --><p>e</p><style>f";
  const seen = unseenStretches(html).reduceRight((text, [from, to]) => text.slice(0, from) + text.slice(to), html);
  expect(seen.replace(/[ >]*<p>|<\/p>/g, " ").trim()).toBe("a  e");
});

test.each([
  ["{ ".repeat(60_000)],
  ["%a".repeat(60_000)],
  ["<style".repeat(20_000)],
  ["[[a".repeat(40_000)],
  ["<%=".repeat(40_000)],
  ["{a.b.".repeat(30_000)],
  ["*|a".repeat(40_000)],
])("a text made to be slow is looked through in no time", (text) => {
  const start = performance.now();
  foreignPlaceholders(text);
  unseenStretches(text);
  expect(performance.now() - start).toBeLessThan(200);
});

function problemsOf(text: string, more: Readonly<Record<string, string>> = {}) {
  const rule = ruleYaml("hello").replace("text: Hello.", `text: ${text}`);
  const { problems } = checkWorkspace(inMemory({ "heed.yaml": heedYaml, "hello.yaml": rule, ...more }), null);
  return problems.map(({ code, file, help, range }) => ({ code, file, help, col: range.start.col }));
}

test("says what to write: the field that is meant, with a fallback unless every contact has it", () => {
  expect(problemsOf('"Hi %FIRSTNAME%."')).toMatchObject([
    { code: "HEED506", help: 'write {{ contact.first_name | default: "there" }}', col: 28 },
  ]);
  expect(problemsOf('"Account [[account-id]]."')).toMatchObject([{ help: "write {{ contact.account_id }}" }]);
  expect(problemsOf('"For {event.data.company}."')).toMatchObject([
    { help: 'write {{ event.data.company | default: "..." }}' },
  ]);
});

test("a shared text is looked at, too, and there `${name}` is one as well", () => {
  const rule = {
    "hello.yaml": ruleYaml("hello").replace("text: Hello.", "template: hi"),
    "templates/hi.liquid": "Hi ${first_name}.\n",
  };
  expect(problemsOf("unused", rule)).toMatchObject([{ code: "HEED506", file: "templates/hi.liquid", col: 4 }]);
});

test("what a text only compares with, and a text that is not Liquid, are not looked at", () => {
  expect(problemsOf(`'{% if contact.status == "{new}" %}Hi{% endif %} you.'`)).toEqual([]);
  expect(problemsOf(`'{name} {{ contact.status'`)).toMatchObject([{ code: "HEED501" }]);
});
