import { describe, expect, test } from "vitest";
import { compilePredicate } from "../../src/conditions/compile-predicate.ts";
import { evaluate } from "../../src/conditions/evaluate.ts";
import { lowerCondition } from "../../src/conditions/lower.ts";
import { parseCondition } from "../../src/conditions/parse-condition.ts";
import type { Facts } from "../../src/core/model/facts.ts";
import type { Json } from "../../src/core/model/json.ts";

const NOW = Date.parse("2026-03-09T12:00:00Z");

async function judge(source: Json, facts: Facts): Promise<boolean> {
  const parsed = parseCondition(source);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const closure = compilePredicate(parsed.condition)(facts);
  expect(await evaluate(lowerCondition(parsed.condition), facts)).toBe(closure);
  return closure;
}

/** Whether `test` holds for `value` at contact.x; undefined is a contact without it. */
function holds(operator: Json, value: Json | undefined): Promise<boolean> {
  return judge({ "contact.x": operator }, { contact: value === undefined ? {} : { x: value }, now: NOW });
}

describe("a missing value", () => {
  test.each<Json>([{ exists: false }, { not: "a" }, { not_in: ["a", "b"] }])("matches %j", async (operator) => {
    expect(await holds(operator, undefined)).toBe(true);
    expect(await holds(operator, null)).toBe(true);
  });

  test.each<Json>([
    "a",
    { is: "a" },
    { in: ["a"] },
    { gt: 0 },
    { gte: 0 },
    { lt: 0 },
    { lte: 0 },
    { contains: "a" },
    { not_contains: "a" },
    { starts_with: "a" },
    { ends_with: "a" },
    { exists: true },
    { before: "now" },
    { after: "now" },
    { within: "1d" },
  ])("does not match %j", async (operator) => {
    expect(await holds(operator, undefined)).toBe(false);
    expect(await holds(operator, null)).toBe(false);
  });
});

describe("comparing", () => {
  test.each<[Json, Json, boolean]>([
    ["pro", "pro", true],
    ["pro", "Pro", false],
    [100, "100", false],
    [true, "true", false],
    [{ in: ["free", "pro"] }, "pro", true],
    [{ in: ["free", "pro"] }, "PRO", false],
    [{ not_in: ["free"] }, "pro", true],
    [{ gt: 100 }, 100, false],
    [{ gte: 100 }, 100, true],
    [{ gte: 100 }, "150", false],
    [{ gte: 100, lt: 200 }, 150, true],
    [{ gte: 100, lt: 200 }, 200, false],
    [{ contains: "/GUIDES/" }, "https://example.com/guides/a", true],
    [{ contains: "vip" }, ["new", "VIP"], true],
    [{ contains: "vi" }, ["new", "VIP"], false],
    [{ contains: 7 }, [7], true],
    [{ not_contains: "vip" }, ["new"], true],
    [{ not_contains: "x" }, "xyz", false],
    [{ starts_with: "HTTPS://" }, "https://example.com", true],
    [{ ends_with: ".PDF" }, "guide.pdf", true],
    [{ ends_with: ".pdf" }, 7, false],
    [{ exists: true }, false, true],
  ])("%j against %j is %s", async (operator, value, expected) => {
    expect(await holds(operator, value)).toBe(expected);
  });
});

describe("times", () => {
  test.each<[Json, Json, boolean]>([
    [{ within: "24h" }, "2026-03-08T12:00:00Z", true],
    [{ within: "24h" }, "2026-03-08T11:59:59.999Z", false],
    [{ within: "24h" }, "2026-03-09T12:00:00.001Z", false],
    [{ within: "24h" }, "2026-03-09T07:59:00-04:00", true],
    [{ within: "24h" }, NOW - 1, true],
    [{ within: "24h" }, NOW / 1000 - 1, true],
    [{ within: "24h" }, "yesterday", false],
    [{ before: "now" }, "2026-03-09", true],
    [{ after: "now" }, "2026-03-10", true],
    [{ after: "2026-01-01" }, "2026-03-10", true],
    [{ before: "2026-01-01T00:00:00Z" }, "2026-01-01T00:00:00Z", false],
  ])("%j against %j is %s", async (operator, value, expected) => {
    expect(await holds(operator, value)).toBe(expected);
  });

  test("a day is a calendar day of the contact's zone, 23 hours when the clock goes forward", async () => {
    // 2026-03-08 lost an hour in New York: noon there was 23 hours after noon the day before.
    const facts = (zone: string): Facts => ({
      contact: { time_zone: zone, x: "2026-03-07T17:30:00Z" },
      now: Date.parse("2026-03-08T16:00:00Z"),
    });
    expect(await judge({ "contact.x": { within: "1d" } }, facts("America/New_York"))).toBe(true);
    expect(await judge({ "contact.x": { within: "1d" } }, facts("UTC"))).toBe(true);
    const early: Facts = {
      ...facts("America/New_York"),
      contact: { time_zone: "America/New_York", x: "2026-03-07T16:30:00Z" },
    };
    expect(await judge({ "contact.x": { within: "1d" } }, early)).toBe(false);
    expect(await judge({ "contact.x": { within: "24h" } }, early)).toBe(true);
  });
});

describe("paths", () => {
  test("reach into lists by position", async () => {
    const facts: Facts = { event: { data: { items: [{ sku: "a" }, { sku: "b" }] } }, now: NOW };
    expect(await judge({ "event.data.items.1.sku": "b" }, facts)).toBe(true);
    expect(await judge({ "event.data.items.2.sku": { exists: false } }, facts)).toBe(true);
    expect(await judge({ "event.data.items.length": { exists: false } }, facts)).toBe(true);
  });

  test("reach nothing that a prototype has", async () => {
    const facts: Facts = { contact: { name: "Ana" }, event: { data: { list: [] } }, now: NOW };
    for (const path of [
      "contact.__proto__",
      "contact.constructor.name",
      "contact.toString",
      "event.data.list.constructor",
      "contact.name.length",
    ]) {
      expect(await judge({ [path]: { exists: true } }, facts)).toBe(false);
    }
  });

  test("of a root that is no object lead nowhere", async () => {
    expect(await judge({ "contact.name": "Ana" }, { contact: "Ana", now: NOW })).toBe(false);
    expect(await judge({ "trigger.name": { exists: false } }, { now: NOW })).toBe(true);
  });
});

describe("combining", () => {
  test.each<[Json, boolean]>([
    [{ "contact.a": 1, "contact.b": 2 }, true],
    [{ "contact.a": 1, "contact.b": 3 }, false],
    [{ any: [{ "contact.a": 9 }, { "contact.b": 2 }] }, true],
    [{ any: [{ "contact.a": 9 }, { "contact.b": 9 }], "contact.a": 1 }, false],
    [{ all: [{ "contact.a": 1 }, { not: { "contact.b": 9 } }] }, true],
    [{ not: { "contact.a": 1, "contact.b": 9 } }, true],
    [{ not: { "contact.missing": "x" } }, true],
  ])("%j is %s", async (condition, expected) => {
    expect(await judge(condition, { contact: { a: 1, b: 2 }, now: NOW })).toBe(expected);
  });
});
