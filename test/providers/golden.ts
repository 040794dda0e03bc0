import { readFileSync, readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseJson } from "../../src/core/model/parse-json.ts";
import type { Normalized } from "../../src/providers/provider.ts";

export interface Fixtures {
  readonly names: readonly string[];
  read(name: string): string;
}

/** The requests of a vendor in `fixtures/<vendor>/`, each beside what it must be read as. */
export function fixturesOf(vendor: string): Fixtures {
  const folder = new URL(`fixtures/${vendor}/`, import.meta.url);
  const names = readdirSync(folder).filter((name) => !name.includes(".canonical."));
  return { names, read: (name) => readFileSync(new URL(name, folder), "utf8") };
}

/** Every fixture is read as its golden canonical form. */
export function goldenContract(
  vendor: string,
  { names, read }: Fixtures,
  normalize: (name: string) => Promise<Normalized>,
): void {
  describe(`what ${vendor} says happened`, () => {
    it.each(names)("in %s is read as its golden canonical form", async (name) => {
      const golden = parseJson(read(name.replace(/\.\w+$/, ".canonical.json")));
      expect({ ok: true, value: await normalize(name) }).toStrictEqual(golden);
    });
  });
}
