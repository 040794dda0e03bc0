import { expect, test } from "vitest";
import { checkWorkspace } from "../../src/rulebook/check-workspace.ts";
import { heedYaml, inMemory, ruleYaml } from "./in-memory.ts";

/** What is said of a rule with these lines, beside one that gives the tags `source:whitepaper` and `tier:1`. */
function said(more: string): readonly string[] {
  const tagging = ruleYaml("tagging").replace(/ {2}- \{ send.*/, "  - tag: source:whitepaper\n  - tag: tier:1");
  const { problems } = checkWorkspace(
    inMemory({ "heed.yaml": heedYaml, "hello.yaml": ruleYaml("hello", more), "tagging.yaml": tagging }),
    null,
  );
  return problems.map(({ code, help }) => `${code} ${help ?? ""}`);
}

test.each<[string, string, string | null]>([
  ["a slip in a list of tags", "guard: { contact.tags: { not_contains: source:whitepapre } }", "source:whitepaper"],
  ["another case", "guard: { contact.tags: { contains: Source:Whitepaper } }", null],
  [
    "a slip in what starts it",
    "stop_on: [{ event: contact.tagged, where: { event.data.tag: source:white-paper } }]",
    "source:whitepaper",
  ],
  ["another number", "guard: { contact.tags: { contains: tier:2 } }", null],
  ["a tag of one's own", "guard: { contact.tags: { contains: vip } }", null],
])("a tag that no rule gives: %s", (_, more, meant) => {
  expect(said(more)).toEqual(meant === null ? [] : [`HEED227 did you mean \`${meant}\`?`]);
});

test.each<[string, string, string | null]>([
  ["unequal", 'guard: { contact.status: "!= new" }', "write { not: new }"],
  ["unequal, turned around", 'guard: { contact.status: { not: "<>new" } }', "write { not: new }"],
  ["equal", 'guard: { contact.status: "==new" }', "write new"],
  ["in a list", 'guard: { contact.status: { in: [new, ">= 5"] } }', "write { gte: 5 }"],
  ["an arrow of one's own", 'guard: { contact.status: "-> new" }', null],
  ["a wildcard at the end", 'guard: { contact.status: { starts_with: "ne*" } }', 'write "ne"'],
  ["as of a pattern", 'guard: { contact.status: { contains: ".*ew.*" } }', 'write "ew"'],
  ["an asterisk within", 'guard: { contact.status: { contains: "a*b" } }', null],
  [
    "an answer",
    "stop_on: [{ event: sms.received, where: { event.data.text: Call me } }]",
    'write { starts_with: "Call me" } or { contains: … }, which ignore case',
  ],
  ["answers", "stop_on: [{ event: sms.received, where: { event.data.text: { in: [YES, yes] } } }]", null],
  ["part of an answer", "stop_on: [{ event: sms.received, where: { event.data.text: { contains: call } } }]", null],
])("a text that hardly any value is like: %s", (_, more, help) => {
  expect(said(more)).toEqual(help === null ? [] : [`HEED325 ${help}`]);
});
