import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { countSegments, segmentLimits, septetsOf } from "../../src/core/segments.ts";

function x(count: number, character = "x"): string {
  return character.repeat(count);
}

describe("a text is cut as networks cut it", () => {
  test.each<[string, string, number]>([
    ["nothing", "", 0],
    ["one character", "x", 1],
    ["160 of the alphabet", x(160), 1],
    ["161", x(161), 2],
    ["306", x(306), 2],
    ["307", x(307), 3],
    ["158 and a euro sign, which counts two", `${x(158)}€`, 1],
    ["159 and a euro sign", `${x(159)}€`, 2],
    ["80 brackets", x(80, "["), 1],
    ["81 brackets", x(81, "["), 2],
    ["a euro sign that does not fit into the first part moves to the second", `${x(152)}€${x(151)}`, 2],
    ["and costs a part where it leaves no room", `${x(152)}€${x(152)}`, 3],
    ["70 of Unicode", x(70, "ж"), 1],
    ["71", x(71, "ж"), 2],
    ["134", x(134, "ж"), 2],
    ["135", x(135, "ж"), 3],
    ["35 emoji of two units", x(35, "🎉"), 1],
    ["36", x(36, "🎉"), 2],
    ["66 emoji, of which a part holds 33", x(66, "🎉"), 2],
    ["67 emoji", x(67, "🎉"), 3],
    ["160 characters and one curly apostrophe", `${x(159)}’`, 3],
    ["half of a surrogate pair", "\ud83c", 1],
  ])("%s", (_, text, count) => {
    expect(countSegments(text).count).toBe(count);
  });
});

test("the alphabet has 127 characters and its extension 10", () => {
  const all = Array.from({ length: 0x3000 }, (_, code) => String.fromCodePoint(code));
  expect(all.filter((character) => septetsOf(character) === 1)).toHaveLength(127);
  expect(all.filter((character) => septetsOf(character) === 2)).toHaveLength(10);
  expect(["ç", "Á", "`", "\t", "’", "\u00a0"].map(septetsOf)).toEqual([null, null, null, null, null, null]);
});

test("the first character that leaves the alphabet is named with its place", () => {
  expect(countSegments("Hi [there]").outsider).toBeNull();
  expect(countSegments("Hi 🎉 ’").outsider).toEqual({ character: "🎉", index: 3 });
  expect(countSegments("[é]“x”")).toMatchObject({ encoding: "ucs-2", outsider: { character: "“", index: 3 } });
});

const gsm = fc.constantFrom(...Array.from("aZ0 \né@Ω€[~"));
const any = fc.constantFrom(...Array.from("aé€[ж’漢🎉👍\ud83c"));
const textOf = (character: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.array(character, { maxLength: 700 }).map((characters) => characters.join(""));

/** As a phone would: the text in pieces of what a part holds, cut before a character that does not fit whole. */
function piecesOf(text: string, part: number, size: (character: string) => number): readonly number[] {
  const sizes: number[] = [];
  let rest = Array.from(text, size);
  while (rest.length > 0) {
    let taken = 0;
    let sum = 0;
    while (taken < rest.length && sum + (rest[taken] ?? 0) <= part) {
      sum += rest[taken] ?? 0;
      taken += 1;
    }
    sizes.push(sum);
    rest = rest.slice(taken);
  }
  return sizes;
}

test("parts are never overfull, and the next character would not have fitted", () => {
  fc.assert(
    fc.property(fc.oneof(textOf(gsm), textOf(any)), (text) => {
      const { encoding, count, units, outsider } = countSegments(text);
      const size = (character: string): number =>
        encoding === "gsm-7" ? (/[\f^{}\\[~\]|€]/.test(character) ? 2 : 1) : character.length;
      const pieces = piecesOf(text, segmentLimits[encoding].part, size);
      expect(units).toBe(pieces.reduce((sum, piece) => sum + piece, 0));
      expect(count).toBe(units <= segmentLimits[encoding].single ? Math.min(1, pieces.length) : pieces.length);
      expect(encoding).toBe(/^[aZ0 \né@Ω€[~]*$/.test(text) ? "gsm-7" : "ucs-2");
      expect(outsider === null).toBe(encoding === "gsm-7");
      if (outsider !== null) expect(text.startsWith(outsider.character, outsider.index)).toBe(true);
    }),
  );
});

test("a longer text never costs less, and leaving the alphabet never either", () => {
  fc.assert(
    fc.property(textOf(gsm), textOf(gsm), (text, more) => {
      expect(countSegments(text + more).count).toBeGreaterThanOrEqual(countSegments(text).count);
      const without = text.replaceAll(/[€[~]/g, "a");
      expect(countSegments(`${without}ж`).count).toBeGreaterThanOrEqual(countSegments(`${without}a`).count);
    }),
  );
});
