import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { cut } from "../../../src/cli/recordings/file-part.ts";
import { readLines, type Stretch } from "../../../src/cli/recordings/line-reader.ts";
import { scratchDirectory } from "../../support/scratch.ts";

const path = join(scratchDirectory(), "lines");

async function linesOf(stretch?: Stretch): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const lines of readLines(path, "lines", stretch))
    found.push(...lines.map((line) => line.toString("utf8")));
  return found;
}

test("a file that is cut anywhere has each line in one of its stretches, in order", async () => {
  const line = fc.oneof(fc.constant(""), fc.string({ maxLength: 12 }), fc.constant("żółw\r"));
  const texts = fc.array(line.map((text) => text.replaceAll("\n", "")));
  await fc.assert(
    fc.asyncProperty(texts, fc.boolean(), fc.integer({ min: 1, max: 9 }), async (lines, ended, count) => {
      const text = lines.join("\n") + (ended ? "\n" : "");
      writeFileSync(path, text);
      const whole = await linesOf();
      // What stands behind the last end is a line where there is anything.
      expect(whole).toEqual(text.split("\n").slice(0, text.endsWith("\n") || text === "" ? -1 : undefined));
      const pieces: string[] = [];
      for (const stretch of cut(Buffer.byteLength(text), count)) pieces.push(...(await linesOf(stretch)));
      expect(pieces).toEqual(whole);
    }),
  );
});

test("a line that is longer than what is read at once belongs to the stretch in which it begins", async () => {
  const lines = ["a".repeat(700_000), "b".repeat(3_000_000), "c"];
  writeFileSync(path, lines.join("\n"));
  const found = [];
  for (const stretch of cut(3_700_003, 3)) found.push((await linesOf(stretch)).map((text) => text.length));
  expect(found).toEqual([[700_000, 3_000_000], [], [1]]);
});
