import { expect, test } from "vitest";
import { checkWorkspace } from "../../src/rulebook/check-workspace.ts";
import { heedYaml, inMemory, ruleYaml, testYaml } from "./in-memory.ts";

const email = ruleYaml("hello").replace(
  "{ send: sms, text: Hello. }",
  "{ send: [email, sms], subject: Hi, text: Hello. }",
);

function said(expected: string, rule = email, more: Readonly<Record<string, string>> = {}): readonly string[] {
  const tests = testYaml("hello")
    .replace("event: email.processed", "event: lead.demo_requested")
    .replace("expect: none", `expect: [{ ${expected} }]`);
  const files = { "heed.yaml": heedYaml, "hello.yaml": rule, "hello.test.yaml": tests, ...more };
  return checkWorkspace(inMemory(files), null).problems.map(({ code, message }) => `${code} ${message}`);
}

test.each([
  ["send: email, html: { contains: Hello }", "no rule of this test sends `html` through `email`"],
  ["send: email, body: x, rule: hello", "`hello` never sends `body` through `email`"],
])("what no step sends cannot be expected: { %s }", (expected, message) => {
  expect(said(expected)).toEqual([`HEED704 ${message}`]);
});

test.each([
  ["send: email, text: Hello., subject: Hi"],
  ["send: sms, text: { absent: false }"],
  ["send: email, html: { absent: true }"],
])("what some step sends, or that there is none, can: { %s }", (expected) => {
  expect(said(expected).filter((each) => each.startsWith("HEED704"))).toEqual([]);
});

test("a shared text gives what it has", () => {
  const shared = email.replace("text: Hello.", "template: hi");
  expect(
    said("send: email, html: x", shared, { "templates/hi.html.liquid": "<p>x</p>", "templates/hi.liquid": "x" }),
  ).toEqual([]);
  expect(said("send: email, html: x", shared, { "templates/hi.liquid": "x" })).toHaveLength(1);
});
