import { describe, expect, test } from "vitest";
import { checkWorkspace } from "../../src/rulebook/check-workspace.ts";
import { fixWorkspace } from "../../src/rulebook/fix-workspace.ts";
import { heedYaml, inMemory, ruleYaml } from "./in-memory.ts";

const heed = heedYaml.replace(
  "    status: { type: string }\n",
  "    status: { type: string }\n    vip: { type: boolean }\n    seats: { type: integer }\n    size: { type: number }\n",
);

function files(more: string): Readonly<Record<string, string>> {
  return { "heed.yaml": heed, "a.yaml": ruleYaml("a", more) };
}

function fixed(more: string): string {
  const { loaded } = fixWorkspace(inMemory(files(more)));
  return loaded.files.find(({ name }) => name === "a.yaml")?.text ?? "";
}

function said(more: string, workspace = heed): readonly string[] {
  const { problems } = checkWorkspace(inMemory({ "heed.yaml": workspace, "a.yaml": ruleYaml("a", more) }), null);
  return problems.filter(({ code }) => code === "HEED320").map(({ message, help }) => `${message}; ${help}`);
}

describe("quotes too many or too few are mended", () => {
  test.each([
    ['guard: { contact.vip: "true" }', "guard: { contact.vip: true }"],
    ["guard: { contact.vip: no }", "guard: { contact.vip: false }"],
    ['guard: {"contact.vip":"true"}', 'guard: {"contact.vip":true}'],
    ['guard: { contact.seats: { in: [1, "2"] } }', "guard: { contact.seats: { in: [1, 2] } }"],
    ["guard: { contact.size: '-1.5' }", "guard: { contact.size: -1.5 }"],
    ["guard: { contact.status: 5 } # why", 'guard: { contact.status: "5" } # why'],
    ["guard: { contact.tags: { contains: 2026 } }", 'guard: { contact.tags: { contains: "2026" } }'],
  ])("%s", (before, after) => {
    expect(fixed(before)).toBe(ruleYaml("a", after));
    expect(said(after)).toEqual([]);
  });
});

describe("what may be meant otherwise is left to its author", () => {
  test.each([
    ["guard: { contact.seats: '1.5' }", "write a whole number"],
    ["guard: { contact.seats: many }", "write a whole number"],
    ["guard: { contact.vip: 1 }", "write true or false"],
    ["guard: { contact.status: 1.10 }", 'write "1.10"'],
  ])("%s", (before, help) => {
    expect(said(before)).toEqual([expect.stringContaining(help)]);
    expect(fixed(before)).toBe(ruleYaml("a", before));
  });
});

test("several events may carry several types, and one that fits is enough", () => {
  const several = heed.replace(
    "  Order Completed: {}\n",
    "  A: { data: { at: time, n: number } }\n  B: { data: { at: string, n: number } }\n",
  );
  const at = (where: string): readonly string[] => said(`stop_on: [{ event: [A, B], where: { ${where} } }]`, several);
  expect(at("event.data.at: { before: now }")).toEqual([]);
  expect(at("event.data.at: { contains: '2026' }")).toEqual([]);
  expect(at("event.data.at: { gt: 5 }")).toEqual([expect.stringContaining("is a time, or a text")]);
  expect(at("event.data.n: x")).toHaveLength(1);
});

test("what is the same in two events is of one type", () => {
  const two = heed
    .replace(
      "lead.demo_requested: { data: { company: string } }",
      "lead.demo_requested: { data: { company: string, amount: number, ref: time } }",
    )
    .replace("  Order Completed: {}\n", "  Order Completed: { data: { amount: string, ref: string } }\n");
  const same = (path: string): readonly string[] => said(`stop_on: [{ event: Order Completed, same: ${path} }]`, two);
  expect(same("data.amount")).toEqual([expect.stringContaining("never the same")]);
  expect(same("data.ref")).toEqual([]);
});

describe("events of which one speaks of no message have none in common", () => {
  const events = heed.replace(
    "Order Completed: {}",
    "Order Completed: {}\n  Cart Updated: { data: { total: number } }\n  Mail Seen: { data: { message_id: string } }",
  );
  const stop = (event: string, trigger: string): readonly string[] => {
    const rule = ruleYaml("a", `stop_on: [{ event: ${event}, same: message_id }]`);
    const { problems } = checkWorkspace(
      inMemory({ "heed.yaml": events, "a.yaml": rule.replace("lead.demo_requested", trigger) }),
      null,
    );
    return problems.filter(({ code }) => code === "HEED320").map(({ severity, message }) => `${severity}: ${message}`);
  };

  test.each([
    ["sms.received", "sms.delivered", "error: `sms.received` speaks"],
    ["contact.tagged", "email.delivered", "error: `contact.tagged` speaks"],
    ["[Cart Updated, contact.tagged]", "email.delivered", "warning: `Cart Updated` or `contact.tagged` speaks"],
    ["email.opened", "Cart Updated", "warning: `Cart Updated`, which starts the rule, speaks"],
  ])("%s and %s", (event, trigger, message) => {
    expect(stop(event, trigger)).toEqual([expect.stringContaining(message)]);
  });

  test.each([
    ["email.opened", "email.delivered"],
    ["[sms.received, sms.failed]", "sms.delivered"],
    // Declared without its data, or with the message's id: it may well say so.
    ["Order Completed", "email.delivered"],
    ["Mail Seen", "email.delivered"],
    ["email.replied", "email.delivered"],
  ])("but not %s and %s", (event, trigger) => {
    expect(stop(event, trigger)).toEqual([]);
  });
});
