import fc from "fast-check";
import { expect, test } from "vitest";
import { newContact } from "../../../src/core/model/contact.ts";
import { createDocuments } from "../../../src/plan/backtest/documents.ts";
import { createShelf } from "../../../src/plan/backtest/shelf.ts";

test("a text comes back from the shelf as it was put there, however texts grow and shrink", () => {
  const text = fc.oneof(
    fc.string({ unit: "grapheme", maxLength: 300 }),
    fc.nat(3_000).map((length) => "ü".repeat(length)),
  );
  fc.assert(
    fc.property(fc.array(fc.record({ who: fc.nat(9), text }), { maxLength: 120 }), (puts) => {
      const shelf = createShelf();
      const places = new Map<number, number>();
      const texts = new Map<number, string>();
      for (const { who, text: whole } of puts) {
        places.set(who, shelf.put(whole, places.get(who) ?? -1));
        texts.set(who, whole);
        for (const [other, place] of places) expect(shelf.take(place)).toBe(texts.get(other));
      }
    }),
  );
  const shelf = createShelf();
  const long = "x".repeat(3_000_000);
  const [first, second] = [shelf.put(long, -1), shelf.put("short", -1)];
  expect([shelf.take(first) === long, shelf.take(second)]).toEqual([true, "short"]);
});

test("whoever slept is who they were, down to words that look like ours", () => {
  const documents = createDocuments();
  const contacts = Array.from({ length: 5_000 }, (_, number) => ({
    ...newContact(number % 3 === 0 ? `email:p${number}@example.com` : `id:c${number}`),
    attributes: { said: `"intents":{"\u0001\u0002 ${number} ü \\","channel":"`, empty: {} },
    emitted: number % 2 === 0 ? { hour: 0, count: 0 } : { hour: 5, count: 1 },
    tags: number % 5 === 0 ? ["a"] : [],
  }));
  for (const contact of contacts) documents.set(contact.key, contact);
  for (const contact of contacts) expect(documents.get(contact.key)).toEqual(contact);
  expect(documents.get("id:nobody")).toBeUndefined();
});
