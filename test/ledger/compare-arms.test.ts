import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareArms } from "../../src/ledger/compare-arms.ts";

const arm = (converted: number, enrolled: number) => ({ converted, enrolled });

describe("messaged contacts against those that are not", () => {
  // Newcombe 1998, table II, contrast (a), method 10; and where both shares are none, which is the score interval alone.
  it.each([
    [arm(56, 70), arm(48, 80), 0.2, 0.0524, 0.3339],
    [arm(0, 30), arm(0, 30), 0, -0.1135, 0.1135],
  ])("%j against %j differ as published", (treated, holdout, difference, low, high) => {
    const found = compareArms(treated, holdout);
    expect(found?.difference).toBeCloseTo(difference, 3);
    expect(found?.low).toBeCloseTo(low, 2);
    expect(found?.high).toBeCloseTo(high, 2);
  });

  it("say nothing while one of both is small", () => {
    expect(compareArms(arm(10, 29), arm(10, 1_000))).toBeNull();
    expect(compareArms(arm(10, 1_000), arm(0, 0))).toBeNull();
  });

  it("differ by what lies within the interval, the other way about when they change places", () => {
    const some = fc
      .integer({ min: 30, max: 5_000 })
      .chain((enrolled) =>
        fc.record({ enrolled: fc.constant(enrolled), converted: fc.integer({ min: 0, max: enrolled }) }),
      );
    fc.assert(
      fc.property(some, some, (treated, holdout) => {
        const found = compareArms(treated, holdout);
        const back = compareArms(holdout, treated);
        if (found === null || back === null) throw new Error("expected both to be large enough");
        expect(found.low).toBeLessThanOrEqual(found.difference + 1e-12);
        expect(found.high).toBeGreaterThanOrEqual(found.difference - 1e-12);
        expect(Math.min(found.low + 1, 1 - found.high)).toBeGreaterThanOrEqual(-1e-9);
        expect(back.low).toBeCloseTo(-found.high, 9);
      }),
    );
  });
});
