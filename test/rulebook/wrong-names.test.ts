import { describe, expect, test } from "vitest";
import { checkWorkspace } from "../../src/rulebook/check-workspace.ts";
import { heedYaml, inMemory, ruleYaml } from "./in-memory.ts";

/** What is said of a name that nobody knows, by its code. */
function help(code: string, rule: string): readonly (string | undefined)[] {
  const { problems } = checkWorkspace(inMemory({ "heed.yaml": heedYaml, "hello.yaml": rule }), null);
  expect(problems.map((problem) => problem.code)).toEqual(problems.map(() => code));
  return problems.map((problem) => problem.help);
}

describe("a field that is not declared gets the type that its test needs", () => {
  test.each([
    ["{ gt: 5 }", "number"],
    ["5", "number"],
    ["{ in: [1, 2] }", "number"],
    ["{ not: true }", "boolean"],
    ["pro", "string"],
    ["{ in: [1, pro] }", "string"],
    ["{ contains: x }", "string"],
    ["{ exists: true }", "string"],
    ["{ before: now }", "time"],
    ["{ within: 3d }", "time"],
  ])("%s is of a %s", (test, type) => {
    const said = help("HEED204", ruleYaml("hello", `guard: { contact.zzz: ${test} }`));
    expect(said).toEqual([`declare it in heed.yaml: contacts: { fields: { zzz: { type: ${type} } } }`]);
  });

  test("so does what an event carries, and what a conversion is worth", () => {
    expect(help("HEED204", ruleYaml("hello", "guard: { event.data.amount: { gte: 100 } }"))).toEqual([
      "if it does, add it to heed.yaml: events: { lead.demo_requested: { data: { amount: number } } }",
    ]);
    const shipped = heedYaml.replace("Order Completed: {}", "Order Completed: { data: { id: string } }");
    const rule = ruleYaml("hello", "goal: { event: Order Completed, within: 7d, value: event.data.revenue }");
    const { problems } = checkWorkspace(inMemory({ "heed.yaml": shipped, "hello.yaml": rule }), null);
    expect(problems.map((problem) => problem.help)).toEqual([expect.stringContaining("revenue: number")]);
  });
});

describe("a path without its beginning", () => {
  test.each([
    [
      "url: { contains: x }",
      "write event.data.url for what the event carries, or contact.url for a field of the contact",
    ],
    ["data.amount: { gt: 5 }", "write event.data.amount"],
    ["message_id: m1", "write event.message_id"],
    ["address.email: a@b.example", "write event.address.email"],
    ["or: [{ contact.status: new }]", "write any: [...]"],
    ["and: [{ contact.status: new }]", "write all: [...]"],
    ["user.status: new", "did you mean `contact`?"],
  ])("{ %s }", (where, said) => {
    expect(help("HEED111", ruleYaml("hello", `  where: { ${where} }`))).toEqual([said]);
  });

  test("in a guard it is more likely a field of the contact, and of a past event nothing else is there", () => {
    expect(help("HEED111", ruleYaml("hello", "guard: { plan: pro }"))).toEqual([
      expect.stringMatching(/^write contact\.plan/),
    ]);
    const past = "guard: { did: { event: Order Completed, within: 1d, where: { total: 5 } } }";
    expect(help("HEED111", ruleYaml("hello", past))).toEqual(["write event.data.total for what the event carries"]);
  });
});

describe("a product event is no slip of the pen for what a provider reports", () => {
  const stop = (event: string) => help("HEED203", ruleYaml("hello", `stop_on: [{ event: ${event} }]`));

  test.each([
    ["Cart Updated", "if it is one of your own, add it to heed.yaml: events: { Cart Updated: {} }"],
    ["Order Complete", "did you mean `Order Completed`?"],
    ["Email Opened", "did you mean `email.opened`?"],
    ["email.open", "did you mean `email.opened`?"],
    ["contact.update", "did you mean `contact.updated`?"],
  ])("%s", (event, said) => {
    expect(stop(event)).toEqual([said]);
  });
});
