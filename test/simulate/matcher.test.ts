import { describe, expect, test } from "vitest";
import { fitsMatcher } from "../../src/simulate/matcher.ts";

describe("a pattern", () => {
  test.each([
    ["^Hi \\w+,", "Hi Ana, welcome", true],
    ["^Hi", "Oh, Hi", false],
    ["\\d+ \\u20ac", "9 €", true],
    ["^\\p{Lu}", "Élan", true],
    ["(?<year>\\d{4})", "in 2026", true],
    [".", "👋", true],
  ])("%s is looked for in the text", (matches, text, fits) => {
    expect(fitsMatcher({ matches }, text)).toBe(fits);
  });

  test("that a backtracking engine would never end takes no time", () => {
    const began = process.cpuUsage();
    expect(fitsMatcher({ matches: "^(a+)+$" }, `${"a".repeat(5_000)}!`)).toBe(false);
    expect(process.cpuUsage(began).user).toBeLessThan(1_500_000);
  });
});
