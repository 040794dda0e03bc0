import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { fractionOf, idOf, sha256Hex } from "../../src/core/model/sha256.ts";

test("the core's SHA-256 equals the platform's on any text", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 300 }), (text) => {
      expect(sha256Hex(text)).toBe(createHash("sha256").update(text, "utf8").digest("hex"));
    }),
    { numRuns: 500 },
  );
});

test("it equals the platform's at every length around a block boundary", () => {
  for (let length = 0; length < 200; length++) {
    const text = "a".repeat(length);
    expect(sha256Hex(text)).toBe(createHash("sha256").update(text).digest("hex"));
  }
});

test("fractions are spread evenly and parts cannot run into each other", () => {
  const buckets = Array.from({ length: 10 }, () => 0);
  for (let i = 0; i < 10_000; i++) {
    const bucket = Math.floor(fractionOf("x", String(i)) * 10);
    buckets[bucket] = (buckets[bucket] ?? 0) + 1;
  }
  for (const count of buckets) expect(count).toBeGreaterThan(850);
  expect(idOf("ab", "c")).not.toBe(idOf("a", "bc"));
});
