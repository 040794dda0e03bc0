import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { checks } from "../../src/rulebook/checks.ts";
import { problemCodes } from "../../src/rulebook/codes.ts";

const here = new URL("../../", import.meta.url).pathname;

function textsBelow(folder: string, ending: string): readonly string[] {
  return readdirSync(join(here, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(ending))
    .map((name) => readFileSync(join(here, folder, name), "utf8"));
}

test("every file of checks/ is a check that has its name as id, and is run", () => {
  const files = readdirSync(join(here, "src/rulebook/checks")).map((name) => name.replace(/\.ts$/, ""));
  expect(checks.map(({ id }) => id).toSorted()).toEqual(files.toSorted());
});

test("every code is used, and shown by a golden output or a test", () => {
  const code = textsBelow("src/rulebook", ".ts")
    .filter((text) => !text.includes("export const problemCodes"))
    .join("\n");
  const shown = [...textsBelow("test/golden", ".out"), ...textsBelow("test/rulebook", ".ts")].join("\n");
  for (const name of Object.keys(problemCodes)) {
    expect(code, `${name} is never reported`).toContain(`"${name}"`);
    if (!["HEED014", "HEED015", "HEED016"].includes(name))
      expect(shown, `${name} is in no golden output and no test`).toContain(name);
  }
});

test("no two codes have the same name", () => {
  const names = Object.values(problemCodes);
  expect(new Set(names).size).toBe(names.length);
});
