import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { markSeen, mayBeForgotten, type Seen, uniteSeen, wasSeen } from "../../src/core/model/seen.ts";

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

describe("what may be forgotten", () => {
  const decided = fc.array(fc.tuple(fc.nat(40 * HOUR), fc.nat(900)), { minLength: 1, maxLength: 12 });

  /** Decides so many things at each moment; gives what is remembered, and when each was decided. */
  function live(moments: readonly (readonly [pause: number, count: number])[], name: string) {
    const when = new Map<string, number>();
    let seen: Seen = {};
    let now = START;
    for (const [pause, count] of moments) {
      now += pause;
      for (let each = 0; each < count; each += 1) {
        const id = `${name} ${when.size}`;
        seen = markSeen(seen, id, now);
        when.set(id, now);
      }
    }
    return { seen, when, now };
  }

  function expectAllAccountedFor(seen: Seen, when: ReadonlyMap<string, number>): void {
    for (const [id, at] of when) if (!wasSeen(seen, id)) expect(mayBeForgotten(seen, at)).toBe(true);
  }

  test("is whatever was decided and is not remembered, however many there were and whenever, and after a merge", () => {
    fc.assert(
      fc.property(decided, decided, (one, two) => {
        const [a, b] = [live(one, "a"), live(two, "b")];
        expectAllAccountedFor(a.seen, a.when);
        expectAllAccountedFor(uniteSeen(a.seen, b.seen), new Map([...a.when, ...b.when]));
        const later = markSeen(uniteSeen(a.seen, b.seen), "later", Math.max(a.now, b.now) + HOUR);
        expectAllAccountedFor(later, new Map([...a.when, ...b.when]));
      }),
      { numRuns: 10 },
    );
  });

  test("is nothing that came after what was forgotten last, however long it has waited", () => {
    const before = markSeen(markSeen({}, "a", START), "b", START + 2 * HOUR);
    const after = markSeen(before, "c", START + 200 * HOUR);
    expect([wasSeen(after, "a"), wasSeen(after, "b")]).toEqual([false, false]);
    expect(mayBeForgotten(after, START + 2 * HOUR)).toBe(true);
    // Nobody knows the minute, and clocks differ.
    expect(mayBeForgotten(after, START + 4 * HOUR)).toBe(false);
    expect(mayBeForgotten(markSeen({}, "new", START), START - 200 * HOUR)).toBe(false);
    expect(mayBeForgotten({}, START - 200 * HOUR)).toBe(false);
  });

  test("is what is older than 72 hours where an older version of Heed has written the document last", () => {
    const written: Seen = { [START / HOUR]: "0123456789" };
    expect(mayBeForgotten(written, START - 74 * HOUR)).toBe(true);
    expect(mayBeForgotten(written, START - 70 * HOUR)).toBe(false);
    const since = markSeen(written, "a", START + HOUR);
    expect(mayBeForgotten(since, START - 74 * HOUR)).toBe(true);
    expect(mayBeForgotten(since, START - 70 * HOUR)).toBe(false);
  });
});
