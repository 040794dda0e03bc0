import { describe, expect, test } from "vitest";
import { namesPath } from "../../src/conditions/condition.ts";
import { evaluate } from "../../src/conditions/evaluate.ts";
import { lowerCondition } from "../../src/conditions/lower.ts";
import { parseCondition } from "../../src/conditions/parse-condition.ts";
import type { Json } from "../../src/core/model/json.ts";

function problemsOf(source: Json) {
  const parsed = parseCondition(source);
  return parsed.ok ? [] : parsed.problems;
}

describe("one mistake gives one problem at its place", () => {
  test.each<[string, Json, (string | number)[], string]>([
    ["an empty condition", {}, [], "empty and so always true"],
    ["a text", "contact.plan = pro", [], "expected a condition"],
    ["a list", [{ "contact.a": 1 }], [], "expected a condition"],
    ["an empty any", { any: [] }, ["any"], "not empty"],
    ["an any that is a map", { any: { "contact.a": 1 } }, ["any"], "takes a list"],
    ["a misspelt operator", { "contact.a": { contians: "x" } }, ["contact.a", "contians"], "unknown operator"],
    ["an empty operator map", { "contact.a": {} }, ["contact.a"], "expected an operator"],
    ["a root nobody knows", { "contcat.a": 1 }, ["contcat.a"], "cannot begin with `contcat`"],
    ["a root alone", { contact: "x" }, ["contact"], "alone is no value"],
    ["a null", { "contact.a": null }, ["contact.a"], "exists: false"],
    ["a list as a value", { "contact.a": ["x"] }, ["contact.a"], "{ in: [...] }"],
    ["a text for a number", { "contact.a": { gt: "100" } }, ["contact.a", "gt"], "remove the quotes"],
    ["a list for one value", { "contact.a": { is: ["x"] } }, ["contact.a", "is"], "in or not_in"],
    ["a map in a list", { "contact.a": { in: ["x", {}] } }, ["contact.a", "in", 1], "texts, numbers or booleans"],
    ["a text for a boolean", { "contact.a": { exists: "yes" } }, ["contact.a", "exists"], "true or false"],
    ["no time", { "contact.a": { before: "tomorrow" } }, ["contact.a", "before"], "a time with a zone"],
    ["no duration", { "contact.a": { within: "1 day" } }, ["contact.a", "within"], "such as 30s"],
    ["history of nothing", { did: { within: "3d" } }, ["did"], "`event` is missing"],
    ["history that is no map", { did: "Order Completed" }, ["did"], "takes a map of event, where"],
    ["a misspelt key of history", { did: { event: "x", witin: "3d" } }, ["did", "witin"], "has no `witin`"],
    ["history without end", { did: { event: "x", within: "3 days" } }, ["did", "within"], "such as 30s"],
    ["history of a year", { did: { event: "x", within: "91d" } }, ["did", "within"], "90 days at most"],
    ["hours without end", { did_not: { event: "x", within: "2161h" } }, ["did_not", "within"], "90 days at most"],
    ["messages of a season", { was_sent: { within: "13w" } }, ["was_sent", "within"], "90 days at most"],
    ["no message in a year", { was_not_sent: { within: "365d" } }, ["was_not_sent", "within"], "90 days at most"],
    ["Liquid", { "event.data.id": "{{ contact.plan }}" }, ["event.data.id"], "texts here are not Liquid"],
    ["Liquid for a number", { "contact.a": { gt: "{{ x }}" } }, ["contact.a", "gt"], "texts here are not Liquid"],
    [
      "Liquid in a list",
      { "contact.a": { in: ["x", "{% x %}"] } },
      ["contact.a", "in", 1],
      "texts here are not Liquid",
    ],
    ["a path", { "event.data.id": "trigger.order_id" }, ["event.data.id"], "`trigger.order_id` is only a text here"],
    ["a path to differ from", { "contact.a": { not: "event.data.a" } }, ["contact.a", "not"], "compares with a value"],
    ["never", { did_not: { event: "x", at_least: 0 } }, ["did_not", "at_least"], "a whole number from 1 to 100"],
    [
      "a past event and the contact",
      { did: { event: "x", where: { "contact.a": 1 } } },
      ["did", "where", "contact.a"],
      "can't be asked of a past event",
    ],
    [
      "history in history",
      { did: { event: "x", where: { did: { event: "y" } } } },
      ["did", "where", "did"],
      "judged by itself",
    ],
    ["no channel", { was_sent: { channel: 3 } }, ["was_sent", "channel"], "a channel of heed.yaml"],
    [
      "a nested mistake",
      { any: [{ "contact.a": 1 }, { not: { "contact.b": { gt: true } } }] },
      ["any", 1, "not", "contact.b", "gt"],
      "takes a number",
    ],
  ])("%s", (_, source, at, message) => {
    const problems = problemsOf(source);
    expect(problems).toHaveLength(1);
    expect(problems[0]?.at).toEqual(at);
    expect(problems[0]?.message).toContain(message);
  });

  test.each(["90d", "12w", "2160h"])("history may go back %s", (within) => {
    expect(problemsOf({ did: { event: "x", within }, was_not_sent: { within } })).toEqual([]);
  });

  test.each<Json>([
    { "contact.a": "I asked trigger.order_id" },
    { "contact.a": "contact" },
    { "contact.a": "contact.example.com/x" },
    { "event.type": { in: ["contact.created"] } },
    { "contact.a": "{ or }" },
  ])("a text that refers to nothing is a value: %j", (source) => {
    expect(problemsOf(source)).toEqual([]);
  });

  test("every mistake of a condition is told at once", () => {
    expect(problemsOf({ "contact.a": { gt: "x" }, nothing: 1, any: [] })).toHaveLength(3);
  });
});

describe("paths that run code elsewhere", () => {
  const hostile = [
    "$..[?(process.exit(1))]",
    "event[?(@.constructor.constructor('return process')())]",
    "event.$[(this.constructor.constructor('globalThis.pwned=1')())]",
    'event.data[(0).constructor.constructor("globalThis.pwned=1")()]',
    "event.data.`parent`",
    "event..*",
    "event.data.a b",
    "contact.",
    ".contact",
    "contact..a",
    "contact.\u0000",
    "contact.${NAME}",
  ];

  test.each(hostile)("are refused: %s", (path) => {
    expect(problemsOf({ [path]: 1 })).toHaveLength(1);
  });

  test.each(hostile)("do nothing as values: %s", async (text) => {
    const parsed = parseCondition({ "contact.a": text });
    if (!parsed.ok) throw new Error("a value may be any text");
    expect(await evaluate(lowerCondition(parsed.condition), { contact: { a: text }, now: 0 })).toBe(true);
    expect(Reflect.get(globalThis, "pwned")).toBeUndefined();
  });

  test("do nothing when a tree was tampered with", async () => {
    for (const path of hostile) {
      const tree = { all: [{ fact: "contact", path, operator: "exists", value: true }] };
      expect(await evaluate(tree, { contact: { a: 1 }, now: 0 })).toBe(false);
    }
    expect(Reflect.get(globalThis, "pwned")).toBeUndefined();
  });
});

test("nesting beyond the bound is a problem, not an overflow", () => {
  let source: Json = { "contact.a": 1 };
  for (let depth = 0; depth < 5_000; depth += 1) source = { not: source };
  expect(problemsOf(source)).toHaveLength(1);
});

test("namesPath sees a path wherever it is nested, and no other", () => {
  const parsed = parseCondition({ any: [{ "contact.a": 1 }, { not: { "event.data.machine": true } }] });
  if (!parsed.ok) throw new Error("unexpected");
  expect(namesPath(parsed.condition, "event.data.machine")).toBe(true);
  expect(namesPath(parsed.condition, "event.data")).toBe(false);
});
