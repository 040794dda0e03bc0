import { expect, test } from "vitest";
import { distance, slipOf, suggest } from "../../src/rulebook/suggest.ts";

const keys = [
  "rule",
  "description",
  "owner",
  "class",
  "enabled",
  "trigger",
  "reentry",
  "delay",
  "guard",
  "stop_on",
  "expires",
  "caps",
  "actions",
  "retry",
];

test.each([
  ["dealy", "delay"],
  ["gaurd", "guard"],
  ["triger", "trigger"],
  ["stopOn", "stop_on"],
  ["stop-on", "stop_on"],
  ["STOP_ON", "stop_on"],
  ["when", "guard"],
  ["wait", "delay"],
  ["steps", "actions"],
  ["type", "class"],
  ["decsription", "description"],
])("%s is taken for %s", (word, wanted) => {
  expect(suggest(word, keys)).toBe(wanted);
});

test.each(["zebra", "x", "", "configuration", "a".repeat(5_000)])("%s is taken for nothing", (word) => {
  expect(suggest(word, keys)).toBeNull();
});

test("neighbours that changed places count once", () => {
  expect(distance("dealy", "delay")).toBe(1);
  expect(distance("ab", "ba")).toBe(1);
  expect(distance("abc", "abc")).toBe(0);
  expect(distance("", "abc")).toBe(3);
  expect(distance("kitten", "sitting")).toBe(3);
});

test.each([
  ["monday", ["mon", "tue", "wed"], "mon"],
  ["thurs", ["tue", "wed", "thu"], "thu"],
  ["bool", ["string", "number", "boolean"], "boolean"],
  ["weekly", ["day", "week", "month"], "week"],
  ["rule_id", ["rule", "owner"], "rule"],
  ["dry-run", ["live", "shadow"], "shadow"],
  ["text", ["string", "number"], "string"],
  ["on_timeout", ["timeout", "then", "otherwise"], "otherwise"],
])("%s among %j is taken for %s", (word, known, wanted) => {
  expect(suggest(word, known)).toBe(wanted);
});

test("a beginning that two words have is taken for neither, and nor is one of two letters", () => {
  expect(suggest("mess", ["message_id", "message_of_the_day"])).toBeNull();
  expect(suggest("is", ["island_of_dreams"])).toBeNull();
});

test("a word of its own is no slip of the pen for another", () => {
  const arm = ["when", "do", "otherwise"];
  expect(suggest("then", arm)).toBe("do");
  expect(slipOf("then", arm)).toBe(null);
  expect(slipOf("wehn", arm)).toBe("when");
});
