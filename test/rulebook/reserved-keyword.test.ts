import { expect, test } from "vitest";
import { checkWorkspace } from "../../src/rulebook/check-workspace.ts";
import { heedYaml, inMemory, ruleYaml } from "./in-memory.ts";

function problemsOf(files: Readonly<Record<string, string>>): readonly string[] {
  const { problems } = checkWorkspace(
    inMemory({ "heed.yaml": heedYaml, "hello.yaml": ruleYaml("hello"), ...files }),
    null,
  );
  return problems.map(({ code, severity, message }) => `${code} ${severity} ${message}`);
}

test.each([
  ["START", "error"],
  ["un-stop", "error"],
  ["yes", "error"],
  ["Help!", "error"],
  ["info", "error"],
  ["Arrêt", "warning"],
])("the keyword %s is refused, or not needed", (word, severity) => {
  const said = problemsOf({ "heed.yaml": heedYaml.replace("[baja]", `["${word}"]`) });
  expect(said).toEqual([expect.stringContaining(`HEED408 ${severity} \`${word}\``)]);
});

test("other words are fine", () => {
  expect(problemsOf({ "heed.yaml": heedYaml.replace("[baja]", "[baja, afmelden, starten]") })).toEqual([]);
});

const received = (where: string, event = "sms.received") => ({
  "hello.yaml": ruleYaml("hello", `  where: { ${where} }`).replace("lead.demo_requested", event),
});

test.each([
  ["event.data.text: Stop.", "sms.opted_out"],
  ["event.data.text: BAJA", "sms.opted_out"],
  ["event.data.text: { in: [call me, start] }", "sms.opted_in"],
  ["any: [{ event.data.text: { is: help } }]", "sms.help"],
])("a rule that waits for { %s } waits for ever", (where, event) => {
  expect(problemsOf(received(where))).toEqual([expect.stringContaining(`comes as ${event}`)]);
});

test.each([
  ["event.data.text: YES"],
  ["event.data.text: { contains: stop }"],
  ["event.data.text: { not: STOP }"],
  ["event.data.text: call me"],
])("{ %s } may well be", (where) => {
  expect(problemsOf(received(where)).filter((said) => said.startsWith("HEED408"))).toEqual([]);
});

test("the event that a keyword comes as has the text", () => {
  expect(problemsOf(received("event.data.text: STOP", "sms.opted_out"))).toEqual([]);
});
