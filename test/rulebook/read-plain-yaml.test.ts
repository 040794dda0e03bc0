import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readPlainYaml } from "../../src/rulebook/read-plain-yaml.ts";
import { readAnyYaml } from "../../src/rulebook/read-yaml.ts";
import { createSourceFile } from "../../src/rulebook/source-file.ts";
import { seed } from "../support/seed.ts";
import { scraps } from "./fuzz-words.ts";

const library = (text: string) => readAnyYaml(createSourceFile("a.yaml", text), 20_000);

/** Whatever is read without the library is what the library reads, in the same order, and nothing is wrong with it. */
function expectAgreement(text: string): void {
  const plain = readPlainYaml(text);
  if (plain === undefined) return;
  const read = library(text);
  expect(read.ok ? JSON.stringify(read.document.data) : read.problems, text).toBe(JSON.stringify(plain));
}

const folders = ["../../rules", "../golden/rules"].map((folder) => new URL(folder, import.meta.url).pathname);
const files = folders.flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".yaml"))
    .map((name) => readFileSync(join(folder, name), "utf8")),
);

describe("the reader of plain files", () => {
  test.each([
    ["a map", "a: b\nc.d: e f\n", { a: "b", "c.d": "e f" }],
    ["comments", "# one\na: b # two\n  # three\nc:\n  # four\n  d: e\n", { a: "b", c: { d: "e" } }],
    ["a list below its key", "a:\n- b\n- c: d\n  e: f\ng: h\n", { a: ["b", { c: "d", e: "f" }], g: "h" }],
    ["a list that is indented", "a:\n  - b:\n      - c\n  - d\n", { a: [{ b: ["c"] }, "d"] }],
    ["brackets", "a: { b: [c, { d: 1 }], e: {}, f: [] }\n", { a: { b: ["c", { d: 1 }], e: {}, f: [] } }],
    ["quotes", `a: "b: c # d"\ne: 'it''s'\nf: "say \\"\\\\\\n"\n`, { a: "b: c # d", e: "it's", f: 'say "\\\n' }],
    ["a text in lines", "a: |\n  b\n   c\n\n  # d\n\ne: |-\n  f\n", { a: "b\n c\n\n# d\n", e: "f" }],
    ["a folded text", "a: >-\n  b\n  c\nd: >\n  e\n", { a: "b c", d: "e\n" }],
    ["numbers, truths and nothing", "a: [1, -2, 0.5, true, False, null]\n", { a: [1, -2, 0.5, true, false, null] }],
    [
      "what only looks like a number",
      "a: [15m, 7d, 10%, 100/s, 09:00]\n",
      { a: ["15m", "7d", "10%", "100/s", "09:00"] },
    ],
  ])("reads %s as the library does", (_, text, expected) => {
    expect(readPlainYaml(text)).toEqual(expected);
    expectAgreement(text);
  });

  test.each([
    ["a key that is written twice", "a: b\na: c\n"],
    ["a key that every object has", "__proto__: b\n"],
    ["a key without a value", "a:\nb: c\n"],
    ["a text over several lines", "a: b\n  c\n"],
    ["a text in a list over several lines", "a:\n  - b\n    - c\n"],
    ["a text whose first line is indented the most", "a: |\n    b\n  c\n"],
    ["brackets over several lines", "a: [b,\n  c]\n"],
    ["an anchor", "a: &b c\n"],
    ["a tag", "a: !b c\n"],
    ["two documents", "a: b\n---\nc: d\n"],
    ["a tab", "a:\tb\n"],
    ["a phone number without quotes", "a: +12025550143\n"],
    ["a number with leading zeros", "a: 0123\n"],
    ["a long number", "a: 12345678901234567890\n"],
    ["a colon in a text", "a: b: c\n"],
    ["a comment that may be part of the text", "text: order #5\n"],
    ["braces of Liquid", "a: {{ b }}\n"],
    ["a wrong indentation", "a: b\n c: d\n"],
    ["a file that is too long", `a: ${"b".repeat(20_000)}\n`],
    ["a file that is too deep", Array.from({ length: 30 }, (_, depth) => `${" ".repeat(depth)}a:\n`).join("")],
    ["nothing", "# a\n"],
  ])("leaves %s to the library", (_, text) => {
    expect(readPlainYaml(text)).toBeUndefined();
  });

  test("reads most files that there are, and all as the library does", () => {
    for (const text of files) expectAgreement(text);
    expect(files.filter((text) => readPlainYaml(text) !== undefined).length).toBeGreaterThan(files.length / 2);
  });

  const marks = [
    "\n",
    "\n  ",
    "\n- ",
    " # c",
    "# x\n",
    "  # x\n",
    "key: v\n",
    "k:\n",
    " |\n  a\n b\n",
    " >-\n  a\n  b\n\n",
  ];
  const values = [
    "[a, b]",
    "{ a: [b, { c: d }] }",
    "'it''s'",
    '"\\""',
    "-5",
    "1.50",
    "1e3",
    "7d",
    "0d",
    "null",
    "~",
    "\u00a0",
  ];
  const bits = fc.constantFrom(...scraps.filter((scrap) => scrap.length < 100), ...marks, ...values, " ", "");
  const edits = fc.array(fc.tuple(fc.nat(4_000), fc.nat(5), bits), { maxLength: 4 });
  const pieces = fc.tuple(
    fc.constantFrom(...files.filter((text) => text.length < 4_000)),
    fc.nat(100),
    fc.nat(12),
    edits,
  );

  /** Some lines of a file, so that what is put into them meets. */
  function pieceOf(text: string, from: number, count: number): string {
    const lines = text.split("\n").slice(from % text.split("\n").length, 1 + from + count);
    const indents = lines.filter((line) => line.trim() !== "").map((line) => line.search(/\S/));
    return lines.map((line) => line.slice(Math.min(...indents, 80))).join("\n");
  }

  test("never reads anything otherwise than the library, whatever is put into it", () => {
    fc.assert(
      fc.property(pieces, fc.boolean(), ([file, from, count, changes], whole) => {
        const piece = whole ? file : pieceOf(file, from, count);
        const text = changes.reduce((all, [place, cut, bit]) => {
          const at = place % (all.length + 1);
          return all.slice(0, at) + bit + all.slice(at + cut);
        }, piece);
        expectAgreement(text);
      }),
      { seed, numRuns: 3_000 * Number(process.env["HEED_FUZZ"] ?? 1) },
    );
  });
});
