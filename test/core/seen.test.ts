import fc from "fast-check";
import { expect, test } from "vitest";
import { markSeen, type Seen, wasSeen } from "../../src/core/model/seen.ts";

const HOUR = 3_600_000;
const START = Date.parse("2026-03-06T19:00:00Z");

test("what was marked is seen, and nothing else is", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string(), { minLength: 1, maxLength: 60 }), fc.nat(59), (ids, split) => {
      const marked = ids.slice(0, split);
      const seen = marked.reduce<Seen>((before, id, index) => markSeen(before, id, START + index * HOUR), {});
      for (const id of ids) expect(wasSeen(seen, id)).toBe(marked.includes(id));
    }),
  );
});

test("an id is remembered for at least 71 hours and forgotten after 73", () => {
  const seen = markSeen({}, "a", START);
  expect(wasSeen(markSeen(seen, "b", START + 71 * HOUR), "a")).toBe(true);
  expect(wasSeen(markSeen(seen, "b", START + 73 * HOUR), "a")).toBe(false);
});

test("a contact with endless events keeps the youngest ids, in bounded room", () => {
  let seen: Seen = {};
  for (let i = 0; i < 5_000; i++) seen = markSeen(seen, `event-${i}`, START + i * 1_000);
  expect(JSON.stringify(seen).length).toBeLessThan(21_000);
  expect(wasSeen(seen, "event-4999")).toBe(true);
  expect(wasSeen(seen, "event-3100")).toBe(true);
  expect(wasSeen(seen, "event-100")).toBe(false);
});
